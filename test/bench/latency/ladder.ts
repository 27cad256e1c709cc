import { Redis } from 'ioredis'
import { wrongCounts } from '../../support/counts.ts'
import { replaceTopic } from '../../support/topics.ts'
import { startContestant } from '../contestant-process.ts'
import { handLoop, millrace } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import { startPacedLoad } from '../paced/load.ts'
import type { PacedLoad } from '../paced/load.ts'
import { nowMs } from '../paced/schedule.ts'
import { untilReading } from '../paced/reading.ts'
import { pacedCounts } from '../paced/values.ts'
import { watchVisible } from '../paced/visible.ts'
import { cpuMs } from '../process-usage.ts'
import type { Servers } from '../servers.ts'
import { Latencies } from './latencies.ts'

/** One contestant at one rate. Times from when a record was due until Redis had its count, in ms. */
export interface Step {
  readonly contestant: string
  readonly recordsPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** The producer kept its schedule, all was counted, and the latency did not grow with time. */
  readonly held: boolean
  /** CPU seconds a second of the contestant while it counted, in percent of one core. */
  readonly cpuPercent: number
  /** How far the producer was behind its schedule at worst. */
  readonly producerLateMs: number
  /** 99 of 100 looks at Redis came so soon after the one before: the error of the measurement. */
  readonly lookGapMs: number
}

export interface StepOptions {
  readonly recordsPerSecond: number
  /** Of load that counts, after the warm-up. */
  readonly seconds: number
  readonly warmUpSeconds: number
}

/** The loop by hand writes as often as our shortest epoch lasts: at its usual 250 ms it could only lose. */
const flushEveryMs = 40
const topic = 'sentences'
const partitions = 8
/** The rest after the end of the load may take so long. */
const patienceMs = 15_000
const producerMayBeLateMs = 100
const mayGrowMs = 50

export function climbers(): readonly Contestant[] {
  return [handLoop(2), millrace('functions', 2), millrace('bolts', 2)]
}

/** A fresh process of the contestant counts the words of a fresh topic. Throws when the counts are wrong in the end. */
export async function climb(contestant: Contestant, options: StepOptions, servers: Servers): Promise<Step> {
  const { recordsPerSecond, seconds, warmUpSeconds } = options
  const redis = new Redis(servers.redisUrl)
  let load: PacedLoad | undefined
  await redis.flushall()
  await replaceTopic(servers.brokers, topic, partitions)
  const { command, threads, style } = contestant
  const running = startContestant(command, { job: 'word-count', topic, partitions, ...servers, threads, style, endless: true, flushEveryMs })
  try {
    await untilReading(redis, servers, topic, partitions)
    load = await startPacedLoad({ recordsPerSecond, partitions, brokers: servers.brokers, topic, seconds: warmUpSeconds + seconds })
    const { schedule } = load
    const [fromMs, toMs] = [schedule.startAtMs + warmUpSeconds * 1000, schedule.startAtMs + (warmUpSeconds + seconds) * 1000]
    const records = schedule.dueBy(toMs - 1)
    const latencies = new Latencies(schedule, fromMs, records)
    let cpuBefore: number | undefined
    const { gapMs } = await watchVisible(redis, partitions, (counts, atMs) => {
      running.throwIfEnded()
      if (atMs >= fromMs) cpuBefore ??= cpuMs(running.pid)
      return latencies.see(counts, atMs) || atMs > toMs + patienceMs
    })
    const cpuPercent = ((cpuMs(running.pid) - cpuBefore!) / (nowMs() - fromMs)) * 100
    const missing = latencies.giveUp(nowMs())
    const sent = await load.ended
    const wrong = missing > 0 ? [] : await wrongCounts(servers.redisUrl, 'words', pacedCounts(partitions, records))
    if (wrong.length > 0) throw new Error(`${contestant.name} at ${recordsPerSecond}/s counted wrong:\n  ${wrong.join('\n  ')}`)
    gapMs.sort((a, b) => a - b)
    return {
      contestant: contestant.name,
      recordsPerSecond,
      p50: latencies.quantile(0.5),
      p99: latencies.quantile(0.99),
      p999: latencies.quantile(0.999),
      max: latencies.quantile(1),
      held: missing === 0 && sent.maxLateMs <= producerMayBeLateMs && latencies.growthMs() <= mayGrowMs,
      cpuPercent,
      producerLateMs: sent.maxLateMs,
      lookGapMs: gapMs[Math.floor(gapMs.length * 0.99)]!,
    }
  } finally {
    await Promise.all([load?.kill(), running.kill()])
    redis.disconnect()
  }
}
