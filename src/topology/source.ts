import type { MillraceError } from '../errors.ts'
import type { DeadRecord } from '../tracking/record-fates.ts'

/** A place in a partition: `offset` is the next record to read. Offsets stay below 2^53. */
export interface Position {
  readonly partition: string
  readonly offset: number
}

/** Records `[from, to)` of a partition. */
export interface Range {
  readonly partition: string
  readonly from: number
  readonly to: number
}

/** A partition of this process, and the spout that reads it. Names are unique in a topology. */
export interface SourcePartition {
  readonly component: string
  readonly partition: string
}

/** What a partition holds: `earliest` is the first record there is, `latest` the offset after the last. */
export interface LogRange {
  readonly earliest: number
  readonly latest: number
}

/**
 * Main-thread half of a spout's connector: who reads which partitions, and where they begin and end.
 * Its module exports `connect(context: ConnectorContext): Source`. All calls come from the main thread.
 */
export interface Source {
  /** Joins; answers through the listener from then on. Throws on what can never work (unknown topic). */
  open(listener: SourceListener): Promise<void>
  /** All partitions there are, those of other processes too. After `open` has called `assigned`. */
  partitions(): readonly string[]
  /** What each partition holds now. */
  ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>>
  /**
   * Where a partition begins that has no stored position. Throws when the user's wish cannot be met.
   * `fresh` is false when the topology has committed before: then every partition without a position
   * is new and begins at its earliest record, for none of it was ever counted.
   */
  startOffsets(partitions: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, number>>
  /**
   * Partitions the user explicitly placed (`seek`, `--seek`, `--from`), of those given: used to refuse a
   * rewind when results exist. Empty when nothing was asked for.
   */
  wished(partitions: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Tells lag tools how far we are. Best effort: returns at once, failures are logged. */
  mirror(positions: readonly Position[]): void
  /** What was mirrored before; partitions never mirrored are absent. */
  mirrored(partitions: readonly string[]): Promise<ReadonlyMap<string, number>>
  /**
   * Writes these records of its partitions to where the topology's dead letters go, as they were read and with
   * what is said of them. Resolves when all are there for good; a record may get there more than once. Absent
   * where the source cannot: then no component behind it may have the policy `dead-letter`.
   */
  deadLetter?(records: readonly DeadLetter[]): Promise<void>
  /** Leaves and disconnects. Also ends an `open` that still waits. */
  close(): Promise<void>
}

export interface DeadLetter extends Omit<DeadRecord, 'partial'> {
  /** Number of the results' generation that the record is missing in. */
  readonly generation: number
}

export interface SourceListener {
  /** The whole set of partitions of this process from now on, after any revocation was awaited. */
  assigned(partitions: readonly SourcePartition[]): void
  /** The source is about to give partitions away: drain and commit, then resolve; it waits within its budget. */
  revoked(): Promise<void>
  /** The partitions are gone already (session ended): drop what is not committed. */
  lost(): void
  /** Cannot go on. */
  failed(error: MillraceError): void
}
