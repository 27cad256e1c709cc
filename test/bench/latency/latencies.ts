import type { Schedule } from '../paced/schedule.ts'
import type { VisibleCounts } from '../paced/visible.ts'

/** Records of one partition that were due at once and were seen at once. */
interface Arrival {
  readonly dueAtMs: number
  readonly ms: number
  readonly records: number
}

/** From when a record was due until it was seen, of every record that was due in a span of time. Pure. */
export class Latencies {
  readonly #schedule: Schedule
  readonly #fromMs: number
  readonly #records: number
  readonly #seen: number[]
  readonly #arrivals: Arrival[] = []

  /** Of a load of so many records; those due before `fromMs` warm up and do not count. */
  constructor(schedule: Schedule, fromMs: number, records: number) {
    this.#schedule = schedule
    this.#fromMs = fromMs
    this.#records = records
    this.#seen = Array.from({ length: schedule.partitions }, () => 0)
  }

  /** Answers true when all records have been seen. */
  see(counts: VisibleCounts, atMs: number): boolean {
    for (const [partition, count] of counts.entries()) this.#arrived(partition, Math.min(count, this.#recordsOf(partition)), atMs)
    return this.#seen.every((seen, partition) => seen >= this.#recordsOf(partition))
  }

  /** Gives up: what has not been seen counts as if it were seen now. Answers how many records that were. */
  giveUp(atMs: number): number {
    const missing = this.#records - this.#seen.reduce((sum, seen) => sum + seen, 0)
    for (const partition of this.#seen.keys()) this.#arrived(partition, this.#recordsOf(partition), atMs)
    return missing
  }

  /** Ms below which so large a share of the records stayed. */
  quantile(share: number): number {
    return quantile(this.#arrivals, share)
  }

  /** By how many ms the median of the last quarter of the time is above that of the first: large when a backlog grew. */
  growthMs(): number {
    const times = this.#arrivals.map(({ dueAtMs }) => dueAtMs)
    const first = times.reduce((a, b) => Math.min(a, b), Infinity)
    const quarter = (times.reduce((a, b) => Math.max(a, b), -Infinity) - first) / 4
    const median = (from: number, to: number): number => quantile(this.#arrivals.filter(({ dueAtMs }) => dueAtMs >= first + from * quarter && dueAtMs <= first + to * quarter), 0.5)
    return median(3, 4) - median(0, 1)
  }

  #recordsOf(partition: number): number {
    return Math.ceil((this.#records - partition) / this.#schedule.partitions)
  }

  #arrived(partition: number, count: number, atMs: number): void {
    let offset = this.#seen[partition]!
    while (offset < count) {
      const next = Math.min(count, this.#schedule.nextPortion(partition, offset))
      const dueAtMs = this.#schedule.dueAt(this.#schedule.recordAt(partition, offset))
      if (dueAtMs >= this.#fromMs) this.#arrivals.push({ dueAtMs, ms: atMs - dueAtMs, records: next - offset })
      offset = next
    }
    this.#seen[partition] = offset
  }
}

function quantile(arrivals: readonly Arrival[], share: number): number {
  const sorted = [...arrivals].sort((a, b) => a.ms - b.ms)
  let left = sorted.reduce((sum, { records }) => sum + records, 0) * share
  for (const { ms, records } of sorted) {
    left -= records
    if (left <= 0) return ms
  }
  return sorted.at(-1)?.ms ?? NaN
}
