import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { systemClock } from '../../src/base/clock.ts'
import { redisReader, type RedisReader } from '../../src/redis/redis-reader.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const context = (url: string) => ({
  topology: 'test', component: 'join', task: 1, index: 0, parallelism: 1, worker: 0, tasksOf: () => [],
  log: silentLogger, metrics: { counter: () => ({ add: () => {} }) }, clock: systemClock, connections: { redis: { url, connectTimeoutMs: 500 } },
})

describe('a reader of Redis', () => {
  let server: RedisServer
  let redis: Redis
  let reader: RedisReader
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(async () => {
    redis = new Redis(server.url)
    reader = await redisReader(context(server.url))
  })
  afterEach(() => {
    reader.close()
    redis.disconnect()
  })
  afterAll(() => server.stop())

  test('answers what is there, and that nothing is there', async () => {
    await redis.mset('ad', 'campaign', 'empty', '')
    await redis.hset('hash', { a: '1', 数: '3' })
    await redis.sadd('set', 'x', 'y')
    expect(await Promise.all(['ad', 'empty', 'nothing'].map((key) => reader.get(key)))).toEqual(['campaign', '', null])
    expect(await Promise.all(['a', 'b'].map((field) => reader.hget('hash', field)))).toEqual(['1', null])
    expect(await reader.hgetall('hash')).toEqual(new Map([['a', '1'], ['数', '3']]))
    expect(await reader.hgetall('nothing')).toEqual(new Map())
    expect(await reader.smembers('set')).toEqual(new Set(['x', 'y']))
  })

  test('takes no name for another: a lone surrogate is refused instead of being read as U+FFFD', async () => {
    await redis.set('\ufffd', 'another')
    await redis.hset('hash', '\ufffd', 'another')
    await expect(reader.get('\ud800')).rejects.toMatchObject({ code: 'MR_RECORD_INVALID' })
    await expect(reader.hget('hash', '\udc00')).rejects.toMatchObject({ code: 'MR_RECORD_INVALID' })
  })

  test('says what is wrong with a key of another type', async () => {
    await redis.set('text', 'x')
    await expect(reader.hgetall('text')).rejects.toMatchObject({ code: expect.stringMatching(/^MR_REDIS_/) as string })
  })

  test('waits out a Redis that is away', async () => {
    await redis.set('ad', 'campaign')
    await redis.save()
    await server.kill()
    const answer = reader.get('ad')
    await server.start()
    expect(await answer).toBe('campaign')
  })

  test('rejects what is outstanding when it is closed', async () => {
    await server.kill()
    const answer = reader.get('ad')
    reader.close()
    await expect(answer).rejects.toMatchObject({ code: 'MR_REDIS_CLOSED' })
    await server.start()
  })

  test('is refused where no Redis answers', async () => {
    await expect(redisReader(context('redis://127.0.0.1:1'))).rejects.toMatchObject({ code: 'MR_REDIS_UNREACHABLE' })
  })
})
