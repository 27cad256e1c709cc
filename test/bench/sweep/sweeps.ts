import { evenJob } from './even-job.ts'
import { textBytes } from './even-words.ts'
import type { Job } from '../job.ts'

export const sweepNames = ['partitions', 'keys', 'values'] as const
export type SweepName = (typeof sweepNames)[number]

/** One setting of what a sweep goes over, all else being equal. */
export interface SweepPoint {
  readonly x: number
  /** Of one record's value. */
  readonly valueBytes: number
  job(): Job
}

export interface Sweep {
  /** What `x` is. */
  readonly axis: string
  readonly title: string
  readonly points: readonly SweepPoint[]
}

const usual = { wordsPerRecord: 10, words: 10_000 }
const usualPartitions = 8

/** `records` of ten words each; other sizes of values hold as many words in fewer or more records. */
export function sweepOf(name: SweepName, records: number): Sweep {
  switch (name) {
    case 'partitions':
      return { axis: 'partitions', title: 'Word count by number of partitions', points: [1, 2, 4, 8, 16, 32, 64].map((partitions) => point(partitions, { ...usual, records }, partitions)) }
    case 'keys':
      return { axis: 'different words', title: 'Word count by number of different words', points: [1e3, 1e4, 1e5, 1e6, 1e7].map((words) => point(words, { ...usual, words, records }, usualPartitions)) }
    case 'values':
      return {
        axis: 'bytes of a value',
        title: 'Word count by size of the values',
        points: [4, 10, 34, 170, 1700].map((wordsPerRecord) => {
          const shape = { ...usual, wordsPerRecord, records: Math.ceil((records * usual.wordsPerRecord) / wordsPerRecord) }
          return point(textBytes(shape), shape, usualPartitions)
        }),
      }
  }
}

function point(x: number, shape: Parameters<typeof evenJob>[0], partitions: number): SweepPoint {
  return { x, valueBytes: textBytes(shape), job: () => evenJob(shape, partitions) }
}
