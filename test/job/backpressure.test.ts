import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { countWords, sentences } from '../support/data/sentences.ts'
import { expectCounted } from '../support/expect-counted.ts'
import { startFeed } from '../support/feed.ts'
import { startKafka } from '../support/kafka-server.ts'
import { load } from '../support/load.ts'
import { watchMemory, type MemoryWatch } from '../support/memory-watch.ts'
import { killLeftovers, type MillraceProcess } from '../support/millrace-process.ts'
import { startRedis } from '../support/redis-server.ts'
import { scenario, type Scenario } from '../support/scenario.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { createTopic, groupMembers } from '../support/topics.ts'
import { waitWhileRunning } from '../support/wait-until.ts'

/** How long a server stands still; a minute says more, and takes one. */
const standstillMs = 1000 * Number(process.env['MILLRACE_STANDSTILL_SECONDS'] ?? 20)
/** Words that all differ. */
const distinctWords = Number(process.env['MILLRACE_DISTINCT_WORDS'] ?? 1_000_000)
/** Shorter than the standstill: a member that does not send heartbeats meanwhile is out. */
const membership = { sessionTimeoutMs: 6_000, heartbeatMs: 500 }

describe('memory stays below its ceiling, and nothing is lost,', () => {
  const servers: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    await killLeftovers()
    await Promise.all(servers.splice(0).map((server) => server.stop()))
  })

  const below = (watch: MemoryWatch, what: string): void => {
    watch.stop()
    console.log(`${what}: ${Math.round(watch.grownBytes / 1e6)} MB more, of ${Math.round(watch.ceilingBytes / 1e6)} MB`)
    expect(watch.grownBytes).toBeLessThan(watch.ceilingBytes)
  }

  /** One attempt from the beginning to the end: nothing was given up, no partition lost. */
  async function expectOneAttempt(millrace: MillraceProcess): Promise<void> {
    millrace.kill('SIGTERM')
    const { code, stderr } = await millrace.ended
    expect(code, stderr).toBe(0)
    expect(stderr.match(/attempt begins/g), stderr.slice(-4000)).toHaveLength(1)
  }

  async function firstCounts(run: Scenario, millrace: MillraceProcess): Promise<MemoryWatch> {
    await waitWhileRunning(millrace, 'the first counts', async () => await run.totalCount() > 0)
    return watchMemory(millrace)
  }

  it('while Redis stands still under load, with the partitions kept', async () => {
    const redis = await startRedis()
    servers.push(redis)
    const run = await scenario({ redisUrl: redis.url, topology: 'word-count-bolts', membership })
    const feed = startFeed(run.brokers, run.topic)
    const millrace = run.start(['--log-level', 'info'])
    const watch = await firstCounts(run, millrace)
    const members = await groupMembers(run.brokers, run.topic)
    process.kill(redis.pid!, 'SIGSTOP')
    try {
      await delay(standstillMs)
      expect(await groupMembers(run.brokers, run.topic)).toEqual(members)
    } finally {
      process.kill(redis.pid!, 'SIGCONT')
    }
    const sent = await feed.stop()

    await expectCounted(run, millrace, sent)
    below(watch, `Redis stands still for ${standstillMs} ms, ${sent.length} sentences`)
    await expectOneAttempt(millrace)
  })

  it.each(['busy', 'waiting'])('while a bolt takes long for every record (%s)', async (sleep) => {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-flag-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const flag = join(dir, 'awake')
    const run = await scenario({ topology: 'sleeping', membership })
    const all = [...sentences(200_000)]
    await load(run.brokers, run.topic, all)
    const millrace = run.start(['--log-level', 'info'], { env: { TEST_SLEEP: sleep, TEST_FLAG: flag } })
    const watch = await firstCounts(run, millrace)
    await delay(standstillMs / 2)
    await writeFile(flag, '')

    await expectCounted(run, millrace, all)
    below(watch, `a bolt that takes long, ${sleep}`)
    await expectOneAttempt(millrace)
  })

  it('with very many different keys, and every one is counted', async () => {
    const redis = await startRedis()
    servers.push(redis)
    const run = await scenario({ redisUrl: redis.url, topology: 'word-count-bolts' })
    function* different(): Generator<string> {
      for (let word = 0; word < distinctWords; word += 10) yield Array.from({ length: 10 }, (_, i) => `word-${word + i}`).join(' ')
    }
    await load(run.brokers, run.topic, sentences(100))
    const millrace = run.start(['--log-level', 'info'])
    const watch = await firstCounts(run, millrace)
    await load(run.brokers, run.topic, different())
    const ordinary = countWords(sentences(100))
    const client = new Redis(redis.url)
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    await waitWhileRunning(millrace, 'all keys', async () => await client.hlen(run.key) === distinctWords + ordinary.size, 60_000 + distinctWords / 5)
    below(watch, `${distinctWords} different keys`)
    await expectOneAttempt(millrace)

    let ones = 0
    const others = new Map<string, number>()
    for await (const pairs of client.hscanStream(run.key, { count: 5_000 }) as AsyncIterable<string[]>) {
      for (let i = 0; i < pairs.length; i += 2) {
        const [word, count] = [pairs[i]!, pairs[i + 1]!]
        if (!word.startsWith('word-')) others.set(word, Number(count))
        else if (count === '1' && Number(word.slice(5)) < distinctWords) ones++
      }
    }
    // A field may be seen twice while a hash is scanned; none is missed, and none but these are there.
    expect(ones).toBeGreaterThanOrEqual(distinctWords)
    expect(others).toEqual(ordinary)
    expect(await client.hlen(run.key)).toBe(distinctWords + ordinary.size)
  })

  it('while Redis is slow and its answers come in slices', async () => {
    const redis = await startRedis()
    servers.push(redis)
    const proxy = await tcpProxy(redis.port)
    onTestFinished(() => proxy.close())
    const run = await scenario({ redisUrl: redis.url, topology: 'word-count-bolts', membership })
    const feed = startFeed(run.brokers, run.topic)
    const millrace = run.start(['--log-level', 'info', '--redis', `redis://127.0.0.1:${proxy.port}`])
    const watch = await firstCounts(run, millrace)
    proxy.way = { slowMs: 300 }
    await delay(standstillMs / 2)
    proxy.way = { sliceBytes: 1_000 }
    await delay(standstillMs / 4)
    proxy.way = 'open'
    const sent = await feed.stop()

    await expectCounted(run, millrace, sent)
    below(watch, 'a slow Redis')
    await expectOneAttempt(millrace)
  })

  it('while the broker answers nothing', async () => {
    const kafka = await startKafka()
    servers.push(kafka)
    const run = await scenario({ brokers: kafka.brokers, topology: 'word-count-bolts' })
    const first = [...sentences(200_000)]
    await load(run.brokers, run.topic, first)
    const millrace = run.start(['--log-level', 'info'])
    const watch = await firstCounts(run, millrace)
    const { pid } = kafka.nodes[0]!
    process.kill(pid!, 'SIGSTOP')
    try {
      await delay(standstillMs)
    } finally {
      process.kill(pid!, 'SIGCONT')
    }
    const more = [...sentences(50_000, 2)]
    await load(run.brokers, run.topic, more)

    await expectCounted(run, millrace, [...first, ...more])
    below(watch, 'a silent broker')
    millrace.kill('SIGTERM')
    expect(await millrace.ended).toMatchObject({ code: 0 })
  })

  it.each(['word-count', 'word-count-bolts'])('with values of 1 MB, and records as large as they may be (%s)', async (topology) => {
    const kafka = await startKafka({ config: { 'message.max.bytes': '20000000' } })
    servers.push(kafka)
    const run = await scenario({ brokers: kafka.brokers, topology, createTopic: false })
    await createTopic(run.brokers, run.topic, 4, { 'max.message.bytes': '20000000' })
    const sized = (size: number, word: string): string => `${word} `.repeat(Math.ceil(size / (word.length + 1))).slice(0, size)
    const largest = 8 * 2 ** 20
    const values = Array.from({ length: 120 }, (_, i) => sized(1_000_000, `w${i % 7}-${'x'.repeat(100)}`))
    for (let i = 0; i < 8; i++) values.push(sized(largest, `large${i}`))
    await load(run.brokers, run.topic, ['first words'])
    const millrace = run.start(['--log-level', 'info'], { env: { TEST_ON_ERROR: 'skip' } })
    const watch = await firstCounts(run, millrace)
    await load(run.brokers, run.topic, [...values, sized(largest + 1, 'never')], { batchRecords: 1 })

    await expectCounted(run, millrace, ['first words', ...values])
    below(watch, `large values, ${topology}`)
    await expectOneAttempt(millrace)
  })
})
