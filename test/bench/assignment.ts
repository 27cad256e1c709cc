export const jobNames = ['word-count', 'ads'] as const
export type JobName = (typeof jobNames)[number]

/** What the harness gives a contestant's process, as JSON in its last argument. */
export interface Assignment {
  readonly job: JobName
  readonly topic: string
  readonly partitions: number
  readonly brokers: readonly string[]
  readonly redisUrl: string
  /** Threads that read and compute. */
  readonly threads: number
  /** Of our topologies. */
  readonly style: 'functions' | 'bolts'
  /** What its results are. Default: exactly-once for ours, at-least-once for Kafka Streams; the others have no choice. */
  readonly variant?: 'exactly-once' | 'at-most-once'
  /** Goes on after the last record that was there at the start, and tells of no progress, so that idling can be measured. */
  readonly endless: boolean
  /** How often loops written by hand write what they counted. Default 250. */
  readonly flushEveryMs?: number
}

export function readAssignment(): Assignment {
  return JSON.parse(process.argv.at(-1)!) as Assignment
}
