import type { Isolation } from './source-options.ts'

/** A place in every partition: its first record, behind its last, or its first record as new as the time. */
export type LogPoint = 'earliest' | 'latest' | { readonly timestampMs: number }

/** What can be asked of the logs themselves. */
export interface PartitionLog {
  /**
   * The offset of the point in each partition; absent where no record is as new as the time. With
   * `read_committed`, `latest` is the begin of the first open transaction.
   */
  offsets(partitions: readonly string[], point: LogPoint, isolation: Isolation): Promise<ReadonlyMap<string, number>>
}
