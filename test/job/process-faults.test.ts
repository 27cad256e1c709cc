import { afterEach, describe, expect, it } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { countWords } from '../support/data/sentences.ts'
import { below, seededRandom } from '../support/data/random.ts'
import { startFeed } from '../support/feed.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario } from '../support/scenario.ts'
import { shares } from '../support/topics.ts'
import { waitWhileRunning } from '../support/wait-until.ts'

describe('counts stay exact', () => {
  afterEach(killLeftovers)

  it.each(['word-count', 'word-count-bolts'])('through twenty kill -9 of the process at random times (%s)', async (topology) => {
    const { brokers, topic, start, catchUp, wrongCounts, totalCount } = await scenario({ topology })
    const seed = Date.now() % 100_000
    const random = seededRandom(seed)
    const feed = startFeed(brokers, topic, { seed, portion: 500 })
    for (let kill = 0; kill < 20; kill++) {
      const before = await totalCount()
      const millrace = start()
      // Every other one while it counts, the rest at any time, its start included.
      if (kill % 2 === 0) await waitWhileRunning(millrace, 'more counts', async () => await totalCount() > before)
      await delay(below(random, 1500))
      millrace.kill('SIGKILL')
      expect(await millrace.ended).toMatchObject({ signal: 'SIGKILL' })
    }
    const sent = await feed.stop()

    expect(await catchUp()).toMatchObject({ code: 0 })
    expect(await wrongCounts(countWords(sent)), `seed ${seed}`).toEqual([])
  })

  it('through SIGTERM while records flow, which ends with code 0 and loses nothing that was read', async () => {
    const { brokers, topic, start, catchUp, wrongCounts, totalCount } = await scenario({ topology: 'word-count-bolts' })
    const feed = startFeed(brokers, topic)
    for (let round = 0; round < 3; round++) {
      const before = await totalCount()
      const millrace = start()
      await waitWhileRunning(millrace, 'the first counts', async () => await totalCount() > before)
      millrace.kill('SIGTERM')
      expect(await millrace.ended).toMatchObject({ code: 0, stderr: '' })
    }
    const sent = await feed.stop()

    expect(await catchUp()).toMatchObject({ code: 0 })
    expect(await wrongCounts(countWords(sent))).toEqual([])
  })

  it('when a second process joins and leaves while records flow, with a goodbye and without', async () => {
    const { brokers, topic, start, wrongCounts, totalCount } = await scenario({ topology: 'word-count-bolts', partitions: 6, membership: { sessionTimeoutMs: 6_000, heartbeatMs: 500 } })
    const feed = startFeed(brokers, topic)
    const first = start(['--instance', 'first'])
    const moreCounts = async (): Promise<void> => {
      const before = await totalCount()
      await waitWhileRunning(first, 'more counts', async () => await totalCount() > before)
    }
    await moreCounts()
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const second = start(['--instance', 'second'])
      await waitWhileRunning(second, 'its share of the partitions', async () => (await shares(brokers, topic)).join() === '3,3')
      await moreCounts()
      second.kill(signal)
      expect(await second.ended).toMatchObject(signal === 'SIGTERM' ? { code: 0 } : { signal })
      await moreCounts()
    }
    const sent = await feed.stop()

    const right = countWords(sent)
    await waitWhileRunning(first, 'the first process to have counted all', async () => (await wrongCounts(right)).length === 0, 90_000)
    first.kill('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0 })
    expect(await wrongCounts(right)).toEqual([])
  })
})
