import type { WriteSet } from '../state/write-set.ts'
import type { FateLedger } from '../tracking/record-fates.ts'

/** What one worker holds of one epoch. */
export interface EpochState {
  readonly epoch: number
  readonly writes: WriteSet
  /** Records read in it by this worker's spouts. */
  records: number
  /** Made with the first failure. */
  fates: FateLedger | undefined
}

/**
 * What is being worked on right now in a worker: the epoch, and the record everything descends from.
 * One object per attempt, changed in place: a tuple handed on by direct call needs no tag of its own.
 */
export interface Scope {
  epoch: EpochState
  /** Index into the attempt's partitions; -1 before the first record. */
  partition: number
  offset: number
}
