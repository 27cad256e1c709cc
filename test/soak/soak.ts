import { appendFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { wrongCounts } from '../support/counts.ts'
import { countWords, sentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { startMillrace } from '../support/millrace-process.ts'
import { createTopic } from '../support/topics.ts'
import { waitWhileRunning } from '../support/wait-until.ts'
import { soakFaults, type SoakServers } from './faults.ts'
import { heapMb, LoopDelays, processFigures, type Sample } from './sample.ts'

export interface SoakOptions {
  readonly seconds: number
  /** Records a second. Default: half of what the topology does at once. */
  readonly rate?: number
  readonly faultEverySeconds: number
  /** Gets a line of JSON for every sample. */
  readonly file: string
  /** File in `test/support/topologies`. */
  readonly topology: string
}

export interface SoakResult {
  readonly samples: readonly Sample[]
  readonly records: number
  readonly rate: number
  readonly faults: number
  readonly keys: number
  readonly wrong: readonly string[]
}

const topic = 'soak'
const partitions = 8
const sampleEverySeconds = 10
/** Different seconds of records; they come again and again. */
const portions = 10
const calibrationRecords = 400_000

/** Half of the greatest rate with a fault every so often, watched every ten seconds, every key compared at the end. */
export async function soak(servers: SoakServers, options: SoakOptions, print: (line: string) => void): Promise<SoakResult> {
  const { brokers } = servers.kafka
  const redisUrl = servers.redis.url
  await createTopic(brokers, topic, partitions, { 'retention.ms': '900000', 'segment.bytes': String(64 * 2 ** 20) })
  const right = new Map<string, number>()
  const send = async (values: readonly string[], counts: ReadonlyMap<string, number>): Promise<void> => {
    await load(brokers, topic, values)
    for (const [word, count] of counts) right.set(word, (right.get(word) ?? 0) + count)
  }
  const backlog = [...sentences(calibrationRecords, 1)]
  await send(backlog, countWords(backlog))
  let records = backlog.length

  const dir = await mkdtemp(join(tmpdir(), 'millrace-soak-'))
  const delaysFile = join(dir, 'loop-delays')
  writeFileSync(delaysFile, '')
  const millrace = startMillrace(['run', `test/support/topologies/${options.topology}.ts`, '--brokers', brokers.join(','), '--redis', redisUrl, '--workers', '2', '--json', '--log-level', 'warn'], {
    env: { TEST_NAME: topic, TEST_TOPIC: topic, TEST_KEY: 'words', SOAK_LOOP_DELAY_FILE: delaysFile, NODE_OPTIONS: `--import ${new URL('loop-delay.ts', import.meta.url).href}` },
  })
  const redis = new Redis(redisUrl)
  redis.on('error', () => {})
  const committed = async (): Promise<number> => {
    const offsets = Object.values(await redis.hgetall(`{${topic}}:offsets`))
    return offsets.reduce((sum, stored) => sum + Number(/^\d+/.exec(stored)![0]), 0)
  }
  try {
    await waitWhileRunning(millrace, 'the first counts', async () => await committed() > 0)
    const from = performance.now()
    const already = await committed()
    await waitWhileRunning(millrace, 'the backlog to be counted', async () => await committed() === records, 300_000)
    const rate = Math.round(options.rate ?? Math.max(1_000, (records - already) / ((performance.now() - from) / 1000) / 2))
    print(`${rate} records/s`)

    const values = [...sentences(portions * rate, 1)]
    const seconds = Array.from({ length: portions }, (_, i) => values.slice(i * rate, (i + 1) * rate))
    const counts = seconds.map(countWords)
    const samples: Sample[] = []
    const delays = new LoopDelays(delaysFile)
    const startedAt = performance.now()
    let faults = 0
    let fault: Promise<void> | undefined
    let phase = 'steady'
    let ended = false
    let lagMs = 0
    let waitingSince: number | undefined
    const secondsGone = (): number => (performance.now() - startedAt) / 1000
    const watch = async (): Promise<void> => {
      for (let next = sampleEverySeconds; !ended; next += sampleEverySeconds) {
        await delay(Math.max(0, next - secondsGone()) * 1000)
        if (ended) return
        const figures = { seconds: Math.round(secondsGone()), phase, ...processFigures(millrace.pid), heapMb: heapMb(millrace.output().stdout), loopDelayP99Ms: delays.worstMs() }
        const sample = { ...figures, lagMs: waitingSince === undefined ? lagMs : Math.max(lagMs, performance.now() - waitingSince) }
        samples.push(sample)
        appendFileSync(options.file, `${JSON.stringify(sample)}\n`)
        if (samples.length % 6 === 0) print(`${String(sample.seconds).padStart(7)} s  ${sample.rssMb.toFixed(0)} MB, heap ${sample.heapMb.toFixed(0)} MB, ${sample.descriptors} descriptors, loop ${sample.loopDelayP99Ms.toFixed(0)} ms, lag ${sample.lagMs.toFixed(0)} ms`)
      }
    }
    /** Of a second's records: from when they were written until they are in the results. */
    const measureLag = async (written: number): Promise<void> => {
      waitingSince = performance.now()
      while (!ended && await committed() < written) await delay(5)
      lagMs = performance.now() - waitingSince
      waitingSince = undefined
    }
    const watching = watch()
    watching.catch(() => {})
    for (let second = 0; second < options.seconds; second++) {
      await send(seconds[second % portions]!, counts[second % portions]!)
      records += rate
      if (waitingSince === undefined) measureLag(records).catch(() => {})
      if (fault === undefined && secondsGone() >= (faults + 1) * options.faultEverySeconds) {
        const { name, happen } = soakFaults[faults++ % soakFaults.length]!
        print(`${String(Math.round(secondsGone())).padStart(7)} s  ${name}`)
        phase = 'fault'
        fault = happen(servers).finally(() => {
          fault = undefined
          phase = 'steady'
        })
        fault.catch(() => {})
      }
      await delay(Math.max(0, second + 1 - secondsGone()) * 1000)
      if (secondsGone() > 1.5 * options.seconds + 60) break
    }
    await fault
    await waitWhileRunning(millrace, 'all records to be counted', async () => await committed() === records, 300_000)
    ended = true
    await watching
    millrace.kill('SIGTERM')
    const { code, stderr } = await millrace.ended
    if (code !== 0) throw new Error(`it ended with code ${code}:\n${stderr.slice(-2000)}`)
    return { samples, records, rate, faults, keys: right.size, wrong: await wrongCounts(redisUrl, 'words', right) }
  } finally {
    millrace.kill('SIGKILL')
    redis.disconnect()
    await rm(dir, { recursive: true })
  }
}
