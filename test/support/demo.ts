import { Command, InvalidArgumentError } from 'commander'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { mobyDickLines } from './data/moby-dick.ts'
import { countWords } from './data/sentences.ts'
import { demoLine, demoLines } from './demo-screen.ts'
import { startKafka } from './kafka-server.ts'
import { load } from './load.ts'
import { startRedis } from './redis-server.ts'
import { MissingProgramError } from './server-process.ts'
import { createTopic, topicNames } from './topics.ts'

/**
 * `npm start`: a Kafka and a Redis, Moby Dick flowing in, and `millrace run topologies/word-count.ts`
 * counting its words. Ctrl-C ends all of it.
 */
const options = new Command('npm start --')
  .description('Counts the words of Moby Dick, live: Kafka, millrace, Redis.')
  .option('--brokers <list>', 'brokers of a running Kafka; default: starts one (needs Java 17 and Maven)')
  .option('--redis <url>', 'a running Redis; default: starts one (needs redis-server)')
  .option('--rate <n>', 'sentences a second', wholeNumber, 200)
  .option('--once', 'send the book once, count it, compare every count with a recount, and end')
  .parse()
  .opts<{ brokers?: string; redis?: string; rate: number; once?: true }>()

const topic = 'sentences'
const partitions = 4
const resultKey = 'words'
const watched = ['whale', 'ahab', 'sea']
const root = fileURLToPath(new URL('../..', import.meta.url))
// a timer of kafkajs warns on every connection; a demo has better things to print
process.removeAllListeners('warning')

const servers: { stop(): Promise<void> }[] = []
let stopping = false
let topology: ChildProcess | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopping = true
    topology?.kill(signal)
  })
}

try {
  process.exitCode = await demo()
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  if (error instanceof MissingProgramError) console.error('or name servers that run already: npm start -- --brokers host:9092 --redis redis://host:6379')
  process.exitCode = 1
} finally {
  await Promise.all(servers.map((server) => server.stop()))
}

async function demo(): Promise<number> {
  if (options.once && (options.brokers !== undefined || options.redis !== undefined)) {
    throw new Error('--once compares with what it sent itself, so it needs servers of its own: leave out --brokers and --redis')
  }
  const [brokers, redisUrl] = await Promise.all([brokersToUse(), redisToUse()])
  if (stopping) return 0
  if (!(await topicNames(brokers)).includes(topic)) await createTopic(brokers, topic, partitions)
  const redis = new Redis(redisUrl)
  try {
    return options.once ? await countOnce(brokers, redisUrl, redis) : await countLive(brokers, redisUrl, redis)
  } finally {
    redis.disconnect()
  }
}

async function countLive(brokers: readonly string[], redisUrl: string, redis: Redis): Promise<number> {
  const ended = startTopology(brokers, redisUrl, [])
  const book = sentencesOf(mobyDickLines())
  const producer = new Kafka({ clientId: 'demo', brokers: [...brokers], logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  let running = true
  const exitCode = ended.finally(() => (running = false))
  const perTick = Math.max(1, Math.round(options.rate / 10))
  let sent = 0
  const show = screen(redisUrl)
  try {
    for (let tick = 0; running && !stopping; tick++) {
      const messages = Array.from({ length: perTick }, () => ({ value: book[sent++ % book.length]! }))
      await producer.send({ topic, messages })
      if (tick % show.everyTicks === 0) show.draw({ sentences: sent, counts: await readCounts(redis), watched })
      await delay(100)
    }
  } finally {
    await producer.disconnect()
  }
  const code = await exitCode
  show.draw({ sentences: sent, counts: await readCounts(redis), watched })
  return code
}

async function countOnce(brokers: readonly string[], redisUrl: string, redis: Redis): Promise<number> {
  const book = sentencesOf(mobyDickLines())
  await load(brokers, topic, book)
  const code = await startTopology(brokers, redisUrl, ['--until-caught-up'])
  if (code !== 0) return code
  const right = countWords(book)
  const found = await readCounts(redis)
  const wrong = new Set([...right.keys(), ...found.keys()].filter((word) => right.get(word) !== found.get(word)))
  for (const line of demoLines({ sentences: book.length, counts: found, watched })) console.log(line)
  console.log(wrong.size === 0 ? `all ${right.size} counts equal the recount` : `${wrong.size} of ${right.size} counts differ from the recount`)
  return wrong.size === 0 ? 0 : 1
}

/** Runs the command line program; answers its exit code. Only its errors reach the terminal. */
function startTopology(brokers: readonly string[], redisUrl: string, more: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [
    '--conditions=source', 'src/cli/millrace.ts', 'run', 'topologies/word-count.ts',
    '--brokers', brokers.join(','), '--redis', redisUrl, '--log-level', 'warn', '--json', ...more,
  ], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  topology = child
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code !== 0) console.error(`millrace ended with ${signal ?? `code ${code}`}\n${output.trim().split('\n').at(-1) ?? ''}`)
      resolve(code ?? 1)
    })
  })
}

async function brokersToUse(): Promise<readonly string[]> {
  if (options.brokers !== undefined) return options.brokers.split(',')
  console.log('starting a Kafka (the first time Maven fetches it)')
  const kafka = await startKafka()
  servers.push(kafka)
  return kafka.brokers
}

async function redisToUse(): Promise<string> {
  if (options.redis !== undefined) return options.redis
  const redis = await startRedis()
  servers.push(redis)
  return redis.url
}

/** Words in lower case between single spaces, one sentence of the book after the other. */
function sentencesOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(/(?<=[.!?;])\s+/))
    .map((sentence) => (sentence.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu) ?? []).join(' '))
    .filter((sentence) => sentence !== '')
}

async function readCounts(redis: Redis): Promise<Map<string, number>> {
  return new Map(Object.entries(await redis.hgetall(resultKey)).map(([word, count]) => [word, Number(count)]))
}

interface DemoScreen {
  readonly everyTicks: number
  draw(view: Parameters<typeof demoLines>[0]): void
}

function screen(redisUrl: string): DemoScreen {
  const hint = `redis-cli -u ${redisUrl} HGET ${resultKey} whale`
  if (!process.stdout.isTTY) {
    console.log(`look yourself: ${hint}`)
    return { everyTicks: 20, draw: (view) => console.log(demoLine(view)) }
  }
  let drawn = 0
  return {
    everyTicks: 5,
    draw(view) {
      const lines = [...demoLines(view), '', `look yourself: ${hint}`, 'Ctrl-C ends it']
      process.stdout.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`)
      drawn = lines.length
    },
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1')
  return Number(text)
}
