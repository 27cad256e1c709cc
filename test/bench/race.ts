import { Redis } from 'ioredis'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { askForUsage } from './contestant.ts'
import type { Assignment, Report } from './contestant.ts'
import type { Job } from './job.ts'

export interface Contestant {
  readonly name: string
  readonly program: 'hand-loop.ts' | 'millrace.ts'
  readonly threads: number
  /** Of our topologies: plain functions, or library bolts. Default functions. */
  readonly style?: 'functions' | 'bolts'
}

/** One contestant's result on one job, in one run. */
export interface Result {
  /** First fetch sent → Redis holds the right result. */
  readonly jobMs: number
  /** Process started → Redis holds the right result. */
  readonly wholeMs: number
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
export async function race(contestant: Contestant, job: Job, servers: { readonly brokers: readonly string[]; readonly redisUrl: string }): Promise<Result> {
  const redis = new Redis(servers.redisUrl)
  let child: ChildProcess | undefined
  try {
    await redis.flushall()
    await job.prepare(redis)
    const assignment: Assignment = { job: job.name, topic: job.topic, partitions: job.partitions, brokers: servers.brokers, redisUrl: servers.redisUrl, threads: contestant.threads, style: contestant.style ?? 'functions', endless: false }
    const startedAt = Date.now()
    child = startContestant(contestant, assignment)
    const reports = listen(child)
    const rightAt = await untilRight(redis, job, reports)
    const [usage, firstFetchAt] = await Promise.all([reports.usage(), reports.firstFetch])
    return { jobMs: rightAt - firstFetchAt, wholeMs: rightAt - startedAt, cpuMs: usage.cpuMs, peakRssBytes: usage.peakRssBytes }
  } finally {
    child?.kill('SIGKILL')
    redis.disconnect()
  }
}

export function startContestant(contestant: Contestant, assignment: Assignment): ChildProcess {
  return fork(fileURLToPath(new URL(contestant.program, import.meta.url)), [JSON.stringify(assignment)], {
    execArgv: ['--conditions=source', '--no-warnings'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

async function untilRight(redis: Redis, job: Job, reports: Reports): Promise<number> {
  const deadline = Date.now() + timeoutMs
  let writes = await countWrites(redis)
  let lastWriteAt = 0
  let looked = true
  while (Date.now() < deadline) {
    await delay(pollEveryMs)
    reports.throwIfDied()
    const now = await countWrites(redis)
    if (now !== writes) {
      writes = now
      lastWriteAt = Date.now()
      looked = false
    } else if (!looked) {
      looked = true
      if (await job.looksDone(redis) && (await job.faults(redis)).length === 0) return lastWriteAt
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

interface Reports {
  readonly firstFetch: Promise<number>
  usage(): Promise<Extract<Report, { kind: 'usage' }>>
  throwIfDied(): void
}

export function listen(child: ChildProcess): Reports {
  const firstFetch = Promise.withResolvers<number>()
  const usage = Promise.withResolvers<Extract<Report, { kind: 'usage' }>>()
  let died: string | undefined
  child.on('message', (message: Report) => {
    if (message.kind === 'first-fetch') firstFetch.resolve(message.atMs)
    else usage.resolve(message)
  })
  child.once('exit', (code, signal) => {
    died = `the contestant ended with ${signal ?? `code ${code}`}`
    usage.promise.catch(() => {})
    usage.reject(new Error(died))
  })
  return {
    firstFetch: firstFetch.promise,
    usage() {
      askForUsage(child)
      return usage.promise
    },
    throwIfDied() {
      if (died !== undefined) throw new Error(died)
    },
  }
}
