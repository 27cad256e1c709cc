import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { freePort } from '../support/free-port.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import type { Ended } from '../support/millrace-process.ts'
import { startRedis } from '../support/redis-server.ts'
import { scenario } from '../support/scenario.ts'
import { topicNames } from '../support/topics.ts'

const secret = 'canary-5e3c'

/** What every refusal owes its reader: which error, where, and what to do about it; and no secret. */
function expectClear(ended: Ended, code: string, place: string | RegExp): void {
  expect(ended.code, ended.stderr).toBeGreaterThan(0)
  expect(ended.stderr).toContain(`${code}: `)
  expect(ended.stderr).toMatch(place)
  expect(ended.stderr).toMatch(/^ {2}place /m)
  expect(ended.stderr).toMatch(/^ {2}remedy /m)
  expect(ended.stdout + ended.stderr).not.toContain(secret)
}

describe('what cannot work is refused clearly', () => {
  afterEach(killLeftovers)

  it('a broker that cannot be reached', async () => {
    const port = await freePort()
    const { catchUp } = await scenario({ createTopic: false })

    expectClear(await catchUp(['--brokers', `127.0.0.1:${port}`], { timeoutMs: 120_000 }), 'MR_KAFKA_UNREACHABLE', `127.0.0.1:${port}`)
  })

  it('a Redis that cannot be reached', async () => {
    const port = await freePort()
    const { catchUp } = await scenario()

    expectClear(await catchUp(['--redis', `redis://127.0.0.1:${port}`], { timeoutMs: 120_000 }), 'MR_REDIS_UNREACHABLE', `127.0.0.1:${port}`)
  })

  it('a topic that does not exist, which stays so', async () => {
    const { brokers, topic, catchUp } = await scenario({ createTopic: false })

    expectClear(await catchUp(), 'MR_KAFKA_TOPIC_UNKNOWN', topic)
    expect(await topicNames(brokers)).not.toContain(topic)
  })

  it('a wrong password of Redis', async () => {
    const redis = await startRedis({ config: { requirepass: 'right' } })
    try {
      const { catchUp } = await scenario()
      expectClear(await catchUp(['--redis', `redis://:${secret}@127.0.0.1:${redis.port}`]), 'MR_REDIS_AUTH', `127.0.0.1:${redis.port}`)
    } finally {
      await redis.stop()
    }
  })

  it('a result key of another type, which stays as it is', async () => {
    const { brokers, redisUrl, topic, key, catchUp, wrongCounts } = await scenario()
    const redis = new Redis(redisUrl)
    await redis.lpush(key, 'mine')
    const sentences = [...hostileSentences(100)]
    await load(brokers, topic, sentences)

    expectClear(await catchUp(), 'MR_REDIS_BADTYPE', key)
    expect(await redis.lrange(key, 0, -1)).toEqual(['mine'])
    await redis.del(key)
    redis.disconnect()
    expect(await catchUp()).toMatchObject({ code: 0 })
    expect(await wrongCounts(countWords(sentences))).toEqual([])
  })

  it.each([
    ['a value that is not UTF-8', 'word-count', (word: string) => `${word} ${word}`, Buffer.from([0x77, 0xff, 0xfe])],
    ['a value that is not JSON', 'json-events', (word: string) => JSON.stringify({ page: word }), Buffer.from('{"page":')],
  ])('%s, until it is skipped on demand', async (_, topology, encode, broken) => {
    const { brokers, topic, catchUp, wrongCounts } = await scenario({ partitions: 1 })
    const words = Array.from({ length: 200 }, (_, index) => `w${index % 17}`)
    await load(brokers, topic, words.map(encode))
    await load(brokers, topic, [broken])
    await load(brokers, topic, words.map(encode))

    const refused = await catchUp([], { topology })
    expectClear(refused, 'MR_RECORD_INVALID', `${topic}/0@200`)
    expect(await catchUp([], { topology, env: { TEST_ON_ERROR: 'skip' } })).toMatchObject({ code: 0 })
    const once = topology === 'word-count' ? words.flatMap((word) => [word, word]) : words
    expect(await wrongCounts(countWords([...once, ...once]))).toEqual([])
  })

  it.each([
    ['throws', 'this file cannot be loaded'],
    ['exports-nothing', 'exports-nothing.ts'],
    ['does-not-exist', 'does-not-exist.ts'],
  ])('a topology file that %s', async (topology, place) => {
    const { catchUp } = await scenario({ createTopic: false })

    expectClear(await catchUp([], { topology }), 'MR_TOPOLOGY_FILE', place)
  })
})
