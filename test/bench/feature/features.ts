import type { SubmitOptions } from 'millrace'

/** The word count of library bolts with one thing more or less. */
export interface Feature {
  readonly name: string
  /** Beside the program. */
  readonly topology: string
  readonly options: SubmitOptions
}

const plain = '../../../topologies/word-count-bolts.ts'
const workers = 2

/** The first is what the others are compared with. */
export const features: readonly [Feature, ...Feature[]] = [
  { name: 'plain', topology: plain, options: { workers } },
  { name: 'one worker', topology: plain, options: { workers: 1 } },
  { name: 'metrics every 20 ms', topology: plain, options: { workers, metricsEveryMs: 20 } },
  { name: 'a commit every 50 ms', topology: plain, options: { workers, epochs: { behindMs: 50 } } },
  { name: 'no checksums', topology: 'word-count-unchecked.ts', options: { workers } },
  { name: 'results in memory only', topology: 'word-count-in-memory.ts', options: { workers } },
]
