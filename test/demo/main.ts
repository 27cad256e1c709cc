import { Command, InvalidArgumentError } from 'commander'
import { Redis } from 'ioredis'
import { startEmbeddedKafka, startEmbeddedRedis } from 'millrace/embedded'
import type { EmbeddedKafka, EmbeddedRedis } from 'millrace/embedded'
import { submit } from 'millrace'
import type { RunningTopology } from 'millrace'
import { kafkaProducer } from 'millrace/kafka'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../src/base/clock.ts'
import { onInterrupt } from '../../src/cli/interrupts.ts'
import { errorText } from '../../src/cli/error-text.ts'
import { exitCodeOf } from '../../src/cli/exit-code.ts'
import { lockDirectory } from '../../src/embedded/directory-lock.ts'
import type { DirectoryLock } from '../../src/embedded/directory-lock.ts'
import { asMillraceError, MillraceError } from '../../src/errors.ts'
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
const usage = 2
const options = new Command('npm start --')
  .description('Counts the words of Moby Dick, live: Kafka, millrace, Redis. Nothing has to be installed.')
  .option('--data-dir <dir>', 'where records and counts are kept between runs', join('.millrace', 'demo'))
  .option('--fresh', 'begin anew: remove what earlier runs have kept there')
  .option('--rate <n>', 'lines a second; default: 500 on a terminal, else as fast as it goes', wholeNumber)
  .option('--times <n>', 'end by itself when the book was fed so often; default: 10 off a terminal', wholeNumber)
  .option('--redis <which>', '`installed` is the redis-server on PATH, `own` the one of millrace; default: installed if there is one', whichRedis)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage))
  .parse()
  .opts<{ dataDir: string; fresh?: true; rate?: number; times?: number; redis?: 'installed' | 'own' }>()

const topic = 'sentences'
const resultKey = 'words'
const partitions = 4
const progressWithinMs = 60_000
const terminal = process.stdout.isTTY
// A reader that has gone away ends no stream.
process.stdout.on('error', () => {})

const stopping = new AbortController()
const stopListening = onInterrupt(process, systemClock, {
  drain: () => stopping.abort(),
  endNow: () => process.exit(130),
})

try {
  const dataDir = await openDataDir(options.dataDir, options.fresh === true)
  try {
    process.exitCode = await demo(dataDir.path) === 0 ? 0 : 1
  } finally {
    await dataDir.lock.release()
  }
} catch (thrown) {
  const error = asMillraceError(thrown, 'MR_INTERNAL')
  process.stderr.write(errorText(error))
  process.exitCode = exitCodeOf(error.code)
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
    const ends = [...starts]
    const ended = new AbortController()
    const showing = show(topology, client, ends, ended.signal)
    try {
      await feed({
        producer,
        topic,
        book,
        ends,
        lines: times === undefined ? Infinity : times * book.lines.length,
        perSecond: options.rate ?? (terminal ? 500 : Infinity),
        signal: stopping.signal,
      })
      stopping.abort()
      await caughtUp(client, ends)
    } finally {
      await producer.close()
      ended.abort()
      await showing
    }
    await topology.drain()
    return verify(client, book, ends, await endOffsets(brokers, topic))
  }
}

/** Rejects when one of them does, and never resolves: what ends as it should is no failure. */
function failureOf(...ends: readonly Promise<void>[]): Promise<never> {
  return Promise.race(ends.map((end) => end.then(() => new Promise<never>(() => {}))))
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
async function show(topology: RunningTopology, client: Redis, ends: readonly number[], ended: AbortSignal): Promise<void> {
  const everyMs = terminal ? 500 : 1000
  let drawn = 0
  let before: { readonly lines: number; readonly atMs: number } | undefined
  for (let last = false; !last;) {
    await delay(everyMs, undefined, { signal: ended }).catch(() => {})
    last = ended.aborted
    const [counts, positions] = await Promise.all([readCounts(client), readPositions(client)])
    const now = { lines: sum(positions.values()), atMs: performance.now() }
    const view: DemoView = {
      rate: before === undefined ? 0 : (1000 * (now.lines - before.lines)) / (now.atMs - before.atMs),
      lines: now.lines,
      lag: sum(ends) - now.lines,
      commitMs: topology.metrics().commits.ms.p50,
      counts,
      draining: stopping.signal.aborted,
    }
    before = now
    // A terminal that does not know its size says 0.
    const [columns, rows] = [process.stdout.columns || 80, process.stdout.rows || 24]
    if (!terminal) {
      console.log(demoLine(view, Infinity))
      continue
    }
    const lines = demoLines(view, columns - 1).slice(0, Math.max(1, rows - 1))
    process.stdout.write(`${drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : ''}${lines.map((line) => `${line}\n`).join('')}`)
    drawn = lines.length
  }
}

/** Resolves when all that was fed is committed. */
async function caughtUp(client: Redis, ends: readonly number[]): Promise<void> {
  let reached = -1
  let deadline = 0
  for (;;) {
    const positions = await readPositions(client)
    if (ends.every((end, partition) => (positions.get(`${topic}/${partition}`) ?? 0) >= end)) return
    const lines = sum(positions.values())
    if (lines > reached) [reached, deadline] = [lines, performance.now() + progressWithinMs]
    if (performance.now() > deadline) throw new MillraceError('MR_DRAIN_TIMEOUT', `nothing was counted for ${progressWithinMs / 1000} s, though ${sum(ends) - lines} lines wait`, { remedy: 'look at what the machine is busy with, and start again: nothing is lost' })
    await delay(20)
  }
}

async function verify(client: Redis, book: EndlessBook, ends: readonly number[], allEnds: readonly number[]): Promise<number> {
  const foreign = allEnds.reduce((sum, end, partition) => sum + end - ends[partition]!, 0)
  if (foreign > 0) console.log(`${foreign} records of ${topic} came from somebody else: they are counted, but stand in no recount of the book`)
  const right = book.countWords(ends)
  const found = await readCounts(client)
  const differing = differences(found, right)
  if (differing.length > 0) console.log('records of others in the topic, of this run or an earlier one, are counted too; --fresh begins anew')
  for (const key of differing.slice(0, 5)) console.log(`  ${JSON.stringify(key)}: ${found.get(key) ?? 'missing'}, recounted ${right.get(key) ?? 'none'}`)
  console.log(`verified ${new Set([...right.keys(), ...found.keys()]).size} keys: ${differing.length} differ`)
  return differing.length
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

async function readCounts(client: Redis): Promise<Map<string, number>> {
  return new Map(Object.entries(await client.hgetall(resultKey)).map(([word, count]) => [word, Number(count)]))
}

/** `topic/partition` → offset up to which the counts go; stands in Redis beside them. */
async function readPositions(client: Redis): Promise<Map<string, number>> {
  const stored = Object.entries(await client.hgetall('{word-count}:offsets'))
  return new Map(stored.map(([partition, position]) => [partition, Number(position.split('|')[0])]))
}

/** Nothing is put into a directory, or removed from it, that holds what others have made, or that another run uses. */
async function openDataDir(written: string, fresh: boolean): Promise<{ readonly path: string; readonly lock: DirectoryLock }> {
  const path = resolve(written)
  const mark = join(path, 'made-by-npm-start')
  const place = { at: path }
  const remedy = 'name another directory with --data-dir'
  if (written === '') throw new MillraceError('MR_OPTIONS_INVALID', '--data-dir: the name is empty')
  try {
    mkdirSync(path, { recursive: true })
    if (readdirSync(path).length > 0 && !existsSync(mark)) throw new MillraceError('MR_OPTIONS_INVALID', '--data-dir: the directory holds what npm start has not made', { place, remedy })
    const lock = await lockDirectory(path)
    if (fresh) for (const part of ['kafka', 'redis']) rmSync(join(path, part), { recursive: true, force: true })
    writeFileSync(mark, '')
    return { path, lock }
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause
    throw new MillraceError('MR_EMBEDDED_SERVER', 'the data directory cannot be used', { place, cause, remedy })
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1')
  return Number(text)
}

function whichRedis(text: string): 'installed' | 'own' {
  if (text !== 'installed' && text !== 'own') throw new InvalidArgumentError('write installed or own')
  return text
}
