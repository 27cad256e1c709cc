import type { Window, WriteSet } from '../state/write-set.ts'
import type { PartitionFates } from '../tracking/record-fates.ts'
import type { Position, Range } from './source.ts'

/**
 * Where positions and results are kept together. Main-thread half of the sinks; its module exports
 * `connect(context: ConnectorContext): CommitStore`. A topology has exactly one.
 */
export interface CommitStore {
  /** Connects and checks that commits can work here; throws with place and remedy when not. */
  open(): Promise<StoreState>
  /** Stored positions of these partitions, without touching ownership; absent when none. */
  load(partitions: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Where each partition was deployed at: results hold its records from there on. Absent when not deployed. */
  starts(partitions: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Writes positions for partitions that have none; those that have one stay as they are. */
  deploy(positions: readonly Position[]): Promise<void>
  /** Makes `owner` the only one whose commits pass for these partitions; answers their positions, absent when not deployed. */
  acquire(owner: string, partitions: readonly string[]): Promise<ReadonlyMap<string, number>>
  /**
   * One atomic step: compare each `from`, apply the writes, store each `to`. Sends the same commit
   * again while the outcome is unknown, so it resolves only with a definite answer (or rejects after `close`).
   */
  commit(commit: Commit): Promise<CommitAnswer>
  /**
   * Applies writes in one atomic step, whatever the positions are. Sent at most once: without an answer it
   * is LOST. Several that are under way are applied in the order of the calls.
   */
  addOnce(add: Add): Promise<AddAnswer>
  /** What has put these results in the place of others that had counted further, where the store knows of such a thing. */
  setBack?(partitions: readonly string[]): Promise<SetBack | undefined>
  /** What became of the records of every partition, from `from` up to the stored position. */
  fates(): Promise<readonly StoredFates[]>
  close(): Promise<void>
}

export interface StoreState {
  /** True when this topology has committed or deployed here before. */
  readonly known: boolean
  /** Number of the results' generation; absent where there has been one only. */
  readonly generation?: number
}

export interface SetBack {
  readonly by: 'rollback' | 'reset'
  /** Number of the generation that is live by it. */
  readonly generation: number
  /** How far the others had counted. */
  readonly from: ReadonlyMap<string, number>
}

export interface StoredFates extends PartitionFates {
  /** Where counting of fates began: the start, or later in results of a version that did not count them. */
  readonly from: number
}

/** Results of one epoch from one worker, as the store's sinks packed them there. Opaque to the runtime. */
export interface SealedWrites {
  /** Plain data. */
  readonly data: unknown
  /** Buffers of `data` that may be moved to the main thread instead of copied. */
  readonly transfer: readonly ArrayBuffer[]
}

/** Packs results for the store, in the worker; afterwards `writes` serves another epoch. With `only`: those of windows inside it. */
export type Seal = (writes: WriteSet, only?: Window) => SealedWrites

export interface Commit {
  readonly owner: string
  /** Never reused by this owner for another commit. */
  readonly sequence: number
  readonly ranges: readonly Range[]
  /** Added to what is stored of each partition, in the same step. */
  readonly fates: readonly PartitionFates[]
  /** Records that are dead-lettered by this commit. */
  readonly dead: readonly Position[]
  /** `data` of what was sealed, at most one of each worker. A key may be in several; they are applied in this order. */
  readonly parts: readonly unknown[]
}

/** Results without positions. */
export type Add = Pick<Commit, 'owner' | 'sequence' | 'parts'>

export type CommitAnswer =
  /** `busyMs`: how long the store did nothing else, where it can say. */
  | { readonly answer: 'OK'; readonly busyMs?: number }
  /** An earlier send of this very commit had already been applied. */
  | { readonly answer: 'DUP' }
  /** Somebody else owns the partition, or the stored position is not `from`: drop everything and reload. */
  | { readonly answer: 'FENCED' | 'MISMATCH'; readonly partition: string; readonly stored?: number }
  | CommitRefusal

/** Cannot go on: `detail` names the key or partition. */
export interface CommitRefusal {
  readonly answer: 'UNINIT' | 'SEALED' | 'BADTYPE' | 'REJECTED'
  readonly detail: string
}

export type AddAnswer =
  | Extract<CommitAnswer, { readonly answer: 'OK' }>
  | CommitRefusal
  /** Applied or not, nobody knows; `detail` says what happened to the call. */
  | { readonly answer: 'LOST'; readonly detail: string }
