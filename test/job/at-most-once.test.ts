import { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { countsTooHigh } from '../support/counts.ts'
import { countWords } from '../support/data/sentences.ts'
import { below, seededRandom } from '../support/data/random.ts'
import { startFeed } from '../support/feed.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario } from '../support/scenario.ts'
import { waitWhileRunning } from '../support/wait-until.ts'

const atMostOnce = ['--guarantee', 'at-most-once']

describe('counts that are made at most once', () => {
  afterEach(killLeftovers)

  it('are exact through SIGTERM while records flow', async () => {
    const { brokers, topic, start, catchUp, wrongCounts, totalCount } = await scenario({ topology: 'word-count-bolts' })
    const feed = startFeed(brokers, topic)
    for (let round = 0; round < 3; round++) {
      const before = await totalCount()
      const millrace = start(atMostOnce)
      await waitWhileRunning(millrace, 'more counts', async () => await totalCount() > before)
      millrace.kill('SIGTERM')
      expect(await millrace.ended).toMatchObject({ code: 0, stderr: '' })
    }
    const sent = await feed.stop()
    expect(await catchUp(atMostOnce)).toMatchObject({ code: 0 })
    expect(await wrongCounts(countWords(sent))).toEqual([])
  })

  it('are never too high through kill -9 at random times', async () => {
    const { brokers, topic, key, redisUrl, start, catchUp, totalCount } = await scenario({ topology: 'word-count-bolts' })
    const seed = Date.now() % 100_000
    const random = seededRandom(seed)
    const feed = startFeed(brokers, topic, { seed, portion: 500, everyMs: 20 })
    for (let kill = 0; kill < 8; kill++) {
      const before = await totalCount()
      const millrace = start(atMostOnce)
      await waitWhileRunning(millrace, 'more counts', async () => await totalCount() > before)
      await delay(below(random, 300))
      millrace.kill('SIGKILL')
      expect(await millrace.ended).toMatchObject({ signal: 'SIGKILL' })
    }
    const sent = await feed.stop()
    expect(await catchUp(atMostOnce)).toMatchObject({ code: 0 })
    expect(await countsTooHigh(redisUrl, key, countWords(sent)), `seed ${seed}`).toEqual([])
  })

  it('end with the same error when their key is taken, which says that records will be missing', async () => {
    const { brokers, topic, key, redisUrl, start, totalCount } = await scenario({ topology: 'word-count-bolts' })
    const feed = startFeed(brokers, topic)
    const millrace = start(atMostOnce)
    await waitWhileRunning(millrace, 'the first counts', async () => await totalCount() > 0)
    const redis = new Redis(redisUrl)
    try {
      await redis.set(key, 'something else')
      const { code, stderr } = await millrace.ended
      expect(code).not.toBe(0)
      expect(stderr).toContain('MR_COMMIT_REFUSED')
      expect(stderr).toContain('the records of this epoch will be missing')
    } finally {
      await redis.del(key)
      redis.disconnect()
      await feed.stop()
    }
  })
})
