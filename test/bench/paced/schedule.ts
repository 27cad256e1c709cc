/** A load by the clock: records are numbered from 0 and go to the partitions in turns. */
export interface Pace {
  readonly recordsPerSecond: number
  readonly partitions: number
}

/** Records are due in portions: single ones could be neither timed nor sent at 200,000 a second. */
export const portionMs = 5

/** Which record is due when; known before anything is sent, and the same whatever becomes of it. */
export class Schedule {
  readonly startAtMs: number
  readonly partitions: number
  readonly #portionRecords: number

  /** `startAtMs` is when the first portion is due, in ms since 1970. */
  constructor({ recordsPerSecond, partitions }: Pace, startAtMs: number) {
    this.startAtMs = startAtMs
    this.partitions = partitions
    this.#portionRecords = Math.max(1, Math.round((recordsPerSecond * portionMs) / 1000))
  }

  dueAt(record: number): number {
    return this.startAtMs + Math.floor(record / this.#portionRecords) * portionMs
  }

  /** How many records are due by then. */
  dueBy(atMs: number): number {
    return Math.max(0, Math.floor((atMs - this.startAtMs) / portionMs) + 1) * this.#portionRecords
  }

  /** The number of a partition's record, by its offset. */
  recordAt(partition: number, offset: number): number {
    return offset * this.partitions + partition
  }

  /** Offset of the partition's first record in the portion after that of the record at `offset`. */
  nextPortion(partition: number, offset: number): number {
    const portion = Math.floor(this.recordAt(partition, offset) / this.#portionRecords)
    return Math.ceil(((portion + 1) * this.#portionRecords - partition) / this.partitions)
  }

  /** When the oldest record was due that is not among the first so many of each partition. */
  oldestBeyond(counts: readonly number[]): number {
    return Math.min(...counts.map((count, partition) => this.dueAt(this.recordAt(partition, count))))
  }
}

/** Ms since 1970 with fractions, the same in all processes of the machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
