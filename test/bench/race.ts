import { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import type { Assignment } from './assignment.ts'
import { startContestant } from './contestant-process.ts'
import type { ContestantProcess } from './contestant-process.ts'
import type { Contestant } from './contestants.ts'
import type { Job } from './job.ts'
import { cpuMs, peakRssBytes } from './process-usage.ts'
import type { Servers } from './servers.ts'
import { steadyRate } from './steady-rate.ts'

/** One contestant's result on one job, in one run. */
export interface Result {
  /** First fetch sent → Redis holds the right result. */
  readonly jobMs: number
  /** Process started → Redis holds the right result. */
  readonly withStartMs: number
  /** Records a second between 20 % and 90 % of the input; undefined when the contestant told too little. */
  readonly steadyPerSecond: number | undefined
  /** Of the whole process, from its start until all was written. */
  readonly cpuMs: number
  readonly peakRssBytes: number
}

const timeoutMs = 180_000
const pollEveryMs = 10

/**
 * Lets one contestant do the job in a process of its own. The clock is stopped by what Redis holds,
 * never by what the contestant says: whenever writes pause, the result is looked at, and the time of
 * the last write before the right one counts. Throws when the result stays wrong.
 */
export async function race(contestant: Contestant, job: Job, servers: Servers): Promise<Result> {
  const redis = new Redis(servers.redisUrl)
  let running: ContestantProcess | undefined
  try {
    await redis.flushall()
    await job.prepare(redis)
    const { threads, style, variant } = contestant
    const assignment: Assignment = { job: job.name, topic: job.topic, partitions: job.partitions, ...servers, threads, style, variant, endless: false }
    const startedAt = Date.now()
    running = startContestant(contestant.command, assignment)
    const { rightAt, ...usage } = await untilRight(redis, job, running)
    const firstFetchAt = await running.firstFetchAt
    return {
      jobMs: rightAt - firstFetchAt,
      withStartMs: rightAt - startedAt,
      steadyPerSecond: steadyRate(firstFetchAt, running.progress, job.records),
      ...usage,
    }
  } finally {
    await running?.kill()
    redis.disconnect()
  }
}

async function untilRight(redis: Redis, job: Job, running: ContestantProcess): Promise<{ rightAt: number; cpuMs: number; peakRssBytes: number }> {
  const deadline = Date.now() + timeoutMs
  let writes = await countWrites(redis)
  let lastWriteAt = 0
  let looked = true
  while (Date.now() < deadline) {
    await delay(pollEveryMs)
    running.throwIfEnded()
    const now = await countWrites(redis)
    if (now !== writes) {
      writes = now
      lastWriteAt = Date.now()
      looked = false
    } else if (!looked) {
      looked = true
      if (!await job.looksDone(redis)) continue
      // Before the long look at every key, through which the contestant idles.
      const usage = { cpuMs: cpuMs(running.pid), peakRssBytes: peakRssBytes(running.pid) }
      if ((await job.faults(redis)).length === 0) return { rightAt: lastWriteAt, ...usage }
    }
  }
  const faults = await job.faults(redis)
  throw new Error(`${job.name}: ${faults.length} wrong results after ${timeoutMs} ms:\n  ${faults.slice(0, 10).join('\n  ')}`)
}

/** Grows with every change of the data. */
async function countWrites(redis: Redis): Promise<number> {
  const info = await redis.info('persistence')
  return Number(/rdb_changes_since_last_save:(\d+)/.exec(info)![1])
}
