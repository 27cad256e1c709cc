import { Redis } from 'ioredis'
import { wrongCounts } from '../../support/counts.ts'
import { replaceTopic } from '../../support/topics.ts'
import { startContestant } from '../contestant-process.ts'
import type { ContestantProcess } from '../contestant-process.ts'
import type { Contestant } from '../contestants.ts'
import { startPacedLoad } from '../paced/load.ts'
import type { PacedLoad } from '../paced/load.ts'
import { untilReading } from '../paced/reading.ts'
import { nowMs } from '../paced/schedule.ts'
import { pacedCounts } from '../paced/values.ts'
import { watchVisible } from '../paced/visible.ts'
import type { Servers } from '../servers.ts'

/** What a kill -9 under load costs. All in ms, from the kill; the next process is spawned as soon as the first is gone. */
export interface Recovery {
  readonly spawned: number
  /** The first record that became due after the kill is counted. */
  readonly firstNew: number
  /** All that had become due by then, but for the last 250 ms, is counted. */
  readonly caughtUp: number
}

export interface RecoveryOptions {
  readonly recordsPerSecond: number
  /** Of load before the kill. */
  readonly seconds: number
}

const topic = 'sentences'
const partitions = 8
/** What a topology that keeps up may be behind: a longest epoch of 200 ms and its commit. */
const freshMs = 250
/** The load goes on for so long after the kill. */
const loadAfterSeconds = 8
const patienceMs = 15_000

/** Throws when it never catches up, or any count is wrong in the end. */
export async function recovery({ command, threads, style }: Contestant, { recordsPerSecond, seconds }: RecoveryOptions, servers: Servers): Promise<Recovery> {
  const redis = new Redis(servers.redisUrl)
  const start = (): ContestantProcess => startContestant(command, { job: 'word-count', topic, partitions, ...servers, threads, style, endless: true })
  await redis.flushall()
  await replaceTopic(servers.brokers, topic, partitions)
  let running = start()
  let load: PacedLoad | undefined
  try {
    await untilReading(redis, servers, topic, partitions)
    load = await startPacedLoad({ recordsPerSecond, partitions, brokers: servers.brokers, topic, seconds: seconds + loadAfterSeconds })
    const { schedule } = load
    await watchVisible(redis, partitions, (_, atMs) => atMs >= schedule.startAtMs + seconds * 1000)
    const killedAt = nowMs()
    await running.kill()
    const spawnedAt = nowMs()
    running = start()
    let firstNewAt: number | undefined
    let caughtUpAt: number | undefined
    const endAt = schedule.startAtMs + (seconds + loadAfterSeconds) * 1000
    const records = schedule.dueBy(endAt - 1)
    await watchVisible(redis, partitions, (counts, atMs) => {
      running.throwIfEnded()
      if (counts.some((count, partition) => schedule.dueAt(schedule.recordAt(partition, count - 1)) > killedAt)) firstNewAt ??= atMs
      // Before the kill's own 250 ms are over, what was committed last may look fresh.
      const oldest = schedule.oldestBeyond(counts)
      if (oldest > killedAt && atMs - oldest <= freshMs) caughtUpAt ??= atMs
      return atMs > endAt + patienceMs || counts.reduce((sum, count) => sum + count, 0) >= records
    })
    await load.ended
    const wrong = await wrongCounts(servers.redisUrl, 'words', pacedCounts(partitions, records))
    if (wrong.length > 0) throw new Error(`wrong counts after kill -9:\n  ${wrong.join('\n  ')}`)
    if (firstNewAt === undefined || caughtUpAt === undefined) throw new Error(`not caught up while the load went on, ${loadAfterSeconds} s after kill -9`)
    return { spawned: spawnedAt - killedAt, firstNew: firstNewAt - killedAt, caughtUp: caughtUpAt - killedAt }
  } finally {
    await Promise.all([load?.kill(), running.kill()])
    redis.disconnect()
  }
}
