import { Command, InvalidArgumentError } from 'commander'
import { Redis } from 'ioredis'
import { startEmbeddedKafka, startEmbeddedRedis } from 'millrace/embedded'
import type { EmbeddedKafka, EmbeddedRedis } from 'millrace/embedded'
import { submit } from 'millrace'
import type { RunningTopology } from 'millrace'
import { kafkaProducer } from 'millrace/kafka'
import type { KafkaProducer } from 'millrace/kafka'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../src/base/clock.ts'
import { onInterrupt } from '../../src/cli/interrupts.ts'
import { errorText } from '../../src/cli/error-text.ts'
import { asMillraceError } from '../../src/errors.ts'
import { mobyDickLines } from '../support/data/moby-dick.ts'
import { createTopic, endOffsets, topicNames } from '../support/topics.ts'
import { commandToLook } from './command-to-look.ts'
import { differences, EndlessBook } from './endless-book.ts'
import { feed } from './feed.ts'
import { demoLine, demoLines } from './screen.ts'
import type { DemoView } from './screen.ts'

/**
 * `npm start`: Moby Dick flows line by line through a Kafka of our own, `topologies/word-count.ts`
 * counts its words into Redis. At the end every count is compared with a recount of the book.
 */
const options = new Command('npm start --')
  .description('Counts the words of Moby Dick, live: Kafka, millrace, Redis. Nothing has to be installed.')
  .option('--data-dir <dir>', 'where records and counts are kept between runs', '.millrace')
  .option('--fresh', 'begin anew: remove what earlier runs have kept there')
  .option('--rate <n>', 'lines a second; default: 500 on a terminal, else as fast as it goes', wholeNumber)
  .option('--times <n>', 'end by itself when the book was fed so often; default: 10 off a terminal', wholeNumber)
  .option('--redis <which>', '`installed` is the redis-server on PATH, `own` the one of millrace; default: installed if there is one', whichRedis)
  .parse()
  .opts<{ dataDir: string; fresh?: true; rate?: number; times?: number; redis?: 'installed' | 'own' }>()

const topic = 'sentences'
const resultKey = 'words'
const partitions = 4
const catchUpWithinMs = 60_000
const terminal = process.stdout.isTTY

const stopping = new AbortController()
const stopListening = onInterrupt(process, systemClock, {
  drain: () => stopping.abort(),
  endNow: () => process.exit(130),
})

try {
  const differing = await demo(openDataDir(resolve(options.dataDir), options.fresh === true))
  process.exitCode = differing === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(errorText(asMillraceError(error, 'MR_INTERNAL')))
  process.exitCode = 1
} finally {
  stopListening()
}

/** Answers how many counts differ from the recount. */
async function demo(dataDir: string): Promise<number> {
  const kafka = await startEmbeddedKafka({ dataDir: join(dataDir, 'kafka') })
  try {
    const redis = await startEmbeddedRedis({ dir: join(dataDir, 'redis'), ...(options.redis === undefined ? {} : { use: options.redis }) })
    try {
      return await count(kafka, redis)
    } finally {
      await redis.close()
    }
  } finally {
    await kafka.close()
  }
}

async function count(kafka: EmbeddedKafka, redis: EmbeddedRedis): Promise<number> {
  const brokers = [kafka.address]
  if (!(await topicNames(brokers)).includes(topic)) await createTopic(brokers, topic, partitions, { 'retention.ms': '-1', 'retention.bytes': String(256 * 1024 * 1024) })
  const starts = await endOffsets(brokers, topic)
  const book = new EndlessBook(mobyDickLines(), starts.length)
  const client = new Redis(redis.url)
  // It connects again by itself; a Redis that has ended is noticed below.
  client.on('error', () => {})
  const topology = await submit(new URL('../../topologies/word-count.ts', import.meta.url), {
    connections: { kafka: { brokers }, redis: { url: redis.url } },
    workers: 2,
    log: { level: 'warn' },
  })
  announce(kafka, redis)
  try {
    return await Promise.race([failureOf(kafka.closed, redis.closed, topology.done), feedAndVerify()])
  } catch (error) {
    await topology.kill()
    throw error
  } finally {
    stopping.abort()
    client.disconnect()
  }

  async function feedAndVerify(): Promise<number> {
    const times = options.times ?? (terminal ? undefined : 10)
    const producer = await kafkaProducer({ brokers })
    const feeding = feed({
      producer,
      topic,
      book,
      starts,
      lines: times === undefined ? Infinity : times * book.lines.length,
      perSecond: options.rate ?? (terminal ? 500 : Infinity),
      signal: stopping.signal,
    })
    const ended = new AbortController()
    const showing = show(topology, client, ended.signal)
    const ends = await fed(feeding, () => ended.abort(), producer)
    await showing
    if (terminal) console.log('draining; then every count is compared with a recount of the book')
    await caughtUp(client, ends)
    await topology.drain()
    return verify(client, book, ends, await endOffsets(brokers, topic))
  }
}

/** Rejects when one of them does, and never resolves: what ends as it should is no failure. */
function failureOf(...ends: readonly Promise<void>[]): Promise<never> {
  return Promise.race(ends.map((end) => end.then(() => new Promise<never>(() => {}))))
}

async function fed(feeding: Promise<number[]>, ended: () => void, producer: KafkaProducer): Promise<number[]> {
  try {
    return await feeding
  } finally {
    ended()
    await producer.close()
  }
}

function announce(kafka: EmbeddedKafka, redis: EmbeddedRedis): void {
  const kept = relative(process.cwd(), resolve(options.dataDir)) || '.'
  console.log(`Kafka  ${kafka.address}, the broker of millrace in this process`)
  console.log(`Redis  ${redis.host}:${redis.port}, ${redis.description}`)
  console.log(`data   ${kept} is kept between runs; --fresh begins anew`)
  console.log(`look   ${commandToLook(redis.port, ['HGET', resultKey, 'whale'])}`)
  console.log(terminal ? 'Ctrl-C drains, recounts the book and compares every key' : 'feeding the book')
}

/** Draws until told to end, and once more then. */
async function show(topology: RunningTopology, client: Redis, ended: AbortSignal): Promise<void> {
  const everyMs = terminal ? 500 : 2000
  let drawn = 0
  let before = { read: 0, atMs: performance.now() }
  while (!ended.aborted) {
    await delay(everyMs, undefined, { signal: ended }).catch(() => {})
    const now = { read: received(topology), atMs: performance.now() }
    const view = await look(topology, client, (1000 * (now.read - before.read)) / (now.atMs - before.atMs))
    before = now
    if (!terminal) {
      console.log(demoLine(view))
      continue
    }
    const lines = demoLines(view, process.stdout.columns - 1).slice(0, Math.max(1, process.stdout.rows - 1))
    process.stdout.write(`${drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : ''}${lines.map((line) => `${line}\n`).join('')}`)
    drawn = lines.length
  }
}

async function look(topology: RunningTopology, client: Redis, rate: number): Promise<DemoView> {
  const [counts, positions] = await Promise.all([readCounts(client), readPositions(client)])
  const metrics = topology.metrics()
  return {
    rate,
    lines: [...positions.values()].reduce((sum, next) => sum + next, 0),
    lag: metrics.components.reduce((sum, { lag }) => sum + lag, 0),
    commitMs: metrics.commits.ms.p50,
    counts,
  }
}

/** Resolves when all that was fed is committed. */
async function caughtUp(client: Redis, ends: readonly number[]): Promise<void> {
  const deadline = performance.now() + catchUpWithinMs
  for (;;) {
    const positions = await readPositions(client)
    if (ends.every((end, partition) => (positions.get(`${topic}/${partition}`) ?? 0) >= end)) return
    if (performance.now() > deadline) throw new Error(`what was fed is not counted within ${catchUpWithinMs / 1000} s`)
    await delay(20)
  }
}

async function verify(client: Redis, book: EndlessBook, ends: readonly number[], allEnds: readonly number[]): Promise<number> {
  const foreign = allEnds.reduce((sum, end, partition) => sum + end - ends[partition]!, 0)
  if (foreign > 0) console.log(`${foreign} records of ${topic} came from somebody else: they are counted, but stand in no recount of the book`)
  const right = book.countWords(ends)
  const found = await readCounts(client)
  const differing = differences(found, right)
  for (const key of differing.slice(0, 5)) console.log(`  ${JSON.stringify(key)}: ${found.get(key) ?? 'missing'}, recounted ${right.get(key) ?? 'none'}`)
  console.log(`verified ${new Set([...right.keys(), ...found.keys()]).size} keys: ${differing.length} differ`)
  return differing.length
}

function received(topology: RunningTopology): number {
  return topology.metrics().components.reduce((sum, { kind, received }) => sum + (kind === 'spout' ? received : 0), 0)
}

async function readCounts(client: Redis): Promise<Map<string, number>> {
  return new Map(Object.entries(await client.hgetall(resultKey)).map(([word, count]) => [word, Number(count)]))
}

/** `topic/partition` → offset up to which the counts go; stands in Redis beside them. */
async function readPositions(client: Redis): Promise<Map<string, number>> {
  const stored = Object.entries(await client.hgetall('{word-count}:offsets'))
  return new Map(stored.map(([partition, position]) => [partition, Number(position.split('|')[0])]))
}

/** Only a directory that an earlier run has made is emptied. */
function openDataDir(dir: string, fresh: boolean): string {
  const mark = join(dir, 'made-by-npm-start')
  if (fresh && existsSync(dir) && readdirSync(dir).length > 0) {
    if (!existsSync(mark)) throw new Error(`${dir} was not made by npm start, so --fresh leaves it alone: name another --data-dir`)
    for (const part of ['kafka', 'redis']) rmSync(join(dir, part), { recursive: true, force: true })
  }
  mkdirSync(dir, { recursive: true })
  writeFileSync(mark, '')
  return dir
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1')
  return Number(text)
}

function whichRedis(text: string): 'installed' | 'own' {
  if (text !== 'installed' && text !== 'own') throw new InvalidArgumentError('write installed or own')
  return text
}
