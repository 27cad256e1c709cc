import type { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import { nowMs } from './schedule.ts'
import { partitionWord } from './values.ts'

/** How many records of each partition Redis holds the counts of, by partition number. */
export type VisibleCounts = readonly number[]

const lookEveryMs = 1

/**
 * Looks each millisecond at how far Redis has come until `see` answers true. `see` gets the time at which
 * the answer was here.
 *
 * One HMGET of as many fields as there are partitions says it of every record, none of which needs a mark
 * of its own: each record has the word of its partition in it, and the counts in Redis are always those of
 * a first part of each partition, as partitions are counted in their order and written in whole steps.
 * This costs Redis some 10 µs a look. The error is one-sided: a record is taken for visible up to one look
 * too late, 1 ms and the time an answer takes; what looks came later than that is told by `gapMs`.
 */
export async function watchVisible(redis: Redis, partitions: number, see: (counts: VisibleCounts, atMs: number) => boolean): Promise<{ readonly gapMs: number[] }> {
  const words = Array.from({ length: partitions }, (_, partition) => partitionWord(partition))
  const gapMs: number[] = []
  for (let last = nowMs(); ;) {
    const counts = (await redis.hmget('words', ...words)).map(Number)
    const atMs = nowMs()
    gapMs.push(atMs - last)
    last = atMs
    if (see(counts, atMs)) return { gapMs }
    await delay(lookEveryMs)
  }
}
