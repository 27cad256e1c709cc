import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { startFeed } from '../support/feed.ts'
import { startKafka } from '../support/kafka-server.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { startRedis } from '../support/redis-server.ts'
import { expectCounted } from '../support/expect-counted.ts'
import { scenario } from '../support/scenario.ts'
import { addPartitions, endOffsets } from '../support/topics.ts'
import { waitUntil, waitWhileRunning } from '../support/wait-until.ts'

describe('counts stay exact', () => {
  const servers: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    await killLeftovers()
    await Promise.all(servers.splice(0).map((server) => server.stop()))
  })

  it.each(['always', 'everysec'])('when Redis is killed with -9 and comes back from its log (appendfsync %s)', async (appendfsync) => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync } })
    servers.push(redis)
    const run = await scenario({ redisUrl: redis.url, topology: 'word-count-bolts' })
    const feed = startFeed(run.brokers, run.topic)
    const millrace = run.start()
    for (let kill = 0; kill < 3; kill++) {
      const before = await run.totalCount()
      await waitWhileRunning(millrace, 'more counts', async () => await run.totalCount() > before)
      await redis.kill()
      await delay(300)
      await redis.start()
    }
    const sent = await feed.stop()

    await expectCounted(run, millrace, sent)
    millrace.kill('SIGTERM')
    expect(await millrace.ended).toMatchObject({ code: 0 })
    expect(await run.wrongCounts(countWords(sent))).toEqual([])
  })

  it('when the only broker is killed with -9 and comes back', async () => {
    const kafka = await startKafka()
    servers.push(kafka)
    const run = await scenario({ brokers: kafka.brokers })
    const sentences = [...hostileSentences(20_000)]
    await load(kafka.brokers, run.topic, sentences)
    const millrace = run.start()
    await waitWhileRunning(millrace, 'the first counts', async () => await run.totalCount() > 0)
    await kafka.kill()
    await kafka.start()
    const more = [...hostileSentences(20_000, 2)]
    await load(kafka.brokers, run.topic, more)

    await expectCounted(run, millrace, [...sentences, ...more])
    millrace.kill('SIGTERM')
    expect(await millrace.ended).toMatchObject({ code: 0 })
  })

  it('when partitions are added while records flow', async () => {
    const run = await scenario({ partitions: 2, membership: { metadataRefreshMs: 500 } })
    const feed = startFeed(run.brokers, run.topic)
    const millrace = run.start()
    await waitWhileRunning(millrace, 'the first counts', async () => await run.totalCount() > 0)
    await addPartitions(run.brokers, run.topic, 5)
    await waitUntil('records in all partitions', async () => (await endOffsets(run.brokers, run.topic)).every((end) => end > 1_000))
    const sent = await feed.stop()

    await expectCounted(run, millrace, sent)
    millrace.kill('SIGTERM')
    expect(await millrace.ended).toMatchObject({ code: 0 })
  })
})
