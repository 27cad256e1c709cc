import { Redis } from 'ioredis'
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { adsJob } from '../bench/job.ts'
import { killLeftovers, runMillrace, startMillrace } from '../support/millrace-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { waitWhileRunning } from '../support/wait-until.ts'

const job = adsJob(60_000, 10)
const brokers = inject('kafkaBrokers')
beforeAll(() => job.load(brokers))

describe.each(['topologies/ads.ts', 'topologies/ads-bolts.ts', 'test/support/topologies/ads-bolts-by-key.ts'])('the topology %s', (file) => {
  let server: RedisServer
  let redis: Redis
  beforeEach(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })
  afterEach(async () => {
    await killLeftovers()
    redis.disconnect()
    await server.stop()
  })

  test('has every window of every campaign right, though it was killed half-way', async () => {
    await job.prepare(redis)
    const command = ['run', file, '--brokers', brokers.join(','), '--redis', server.url, '--workers', '2', '--log-level', 'warn', '--until-caught-up']

    const first = startMillrace(command)
    const before = await redis.dbsize()
    await waitWhileRunning(first, 'count some windows', async () => (await redis.dbsize()) > before + 100)
    first.kill('SIGKILL')
    await first.ended

    expect(await runMillrace(command)).toMatchObject({ code: 0, stderr: '' })
    expect(await job.faults(redis)).toEqual([])
  })

  test('stops with the place of an ad that belongs to no campaign', async () => {
    // Where the test before has come this far, its group remembers.
    const ended = await runMillrace(['run', file, '--brokers', brokers.join(','), '--redis', server.url, '--from', 'earliest', '--until-caught-up'])
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toContain('MR_BOLT_FAILED')
    expect(ended.stderr).toContain('component join')
    expect(ended.stderr).toContain('ad-events/')
  })
})
