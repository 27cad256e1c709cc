import type { Batch } from '../tuple/batch.ts'
import type { Streams, Tuple } from '../tuple/fields.ts'
import type { ConnectorRef } from './connector.ts'
import type { TaskContext } from './context.ts'
import type { Position } from './source.ts'

/** What a spout's task is given besides the usual context. */
export interface SpoutContext extends TaskContext {
  /** Partitions of this task with the next offset of each. */
  readonly positions: readonly Position[]
  /** By position: what `partitionOf` of a batch answers for its records. */
  readonly lineage: readonly number[]
  /** Where to stop reading; absent partitions have no end. */
  readonly limits: ReadonlyMap<string, number>
  /** Call when records have arrived after `nextTuple` had none. Any time, same thread. */
  wake(): void
  /** Reports that the task cannot go on; the topology stops. Any time, same thread. */
  fail(error: unknown): void
}

/**
 * One running instance of a spout. The runtime calls everything on one thread and never two at once;
 * nothing may block. Every attempt (start, rebalance, recovery) makes a new task.
 */
export interface SpoutTask {
  open?(): void | Promise<void>
  activate?(): void
  deactivate?(): void
  /**
   * Emits the tuples of at most one record. Answers false when none is ready now (the task calls
   * `context.wake` later). A record's position is given with the emit.
   */
  nextTuple(out: SpoutCollector): boolean
  /**
   * Emits at most `rows` records in one batch on the default stream, used where a subscriber takes
   * batches. Answers false when none is ready now. One call may reject, or emit a single tuple, instead.
   */
  nextBatch?(rows: number, out: SpoutCollector): boolean
  /** The next offset of every partition: all before it was emitted, passed over as no record, or rejected. */
  positions(): readonly Position[]
  /** How many records are known to wait, over all partitions; 0 when caught up. */
  lag(): number
  /** True when every partition has reached its limit. */
  finished(): boolean
  /** These are the limits from now on; `nextTuple` is called again. A task without it keeps those it was made with. */
  limit?(limits: ReadonlyMap<string, number>): void
  close?(): void | Promise<void>
}

export interface SpoutCollector {
  /** `partition` is an index into `context.positions`. */
  emit(tuple: Tuple, partition: number, offset: number, stream?: string): void
  /** On the default stream; records of one partition, a row each. */
  emitBatch(batch: Batch): void
  /** The record cannot be read: the component's `onError` decides. */
  reject(error: unknown, partition: number, offset: number): void
}

/** What reading may take in memory, in bytes. */
export interface SpoutMemory {
  /** Of one task: all it has read ahead and what that is unpacked to. */
  readonly heldBytes: number
  /** Of the largest record it hands on. */
  readonly recordBytes: number
}

/** What `setSpout` takes. Made by `kafkaSpout` and `spout`. */
export interface SpoutDefinition<S extends Streams = Streams> {
  readonly role: 'spout'
  readonly streams: S
  /** Main-thread half; without one the spout's partitions are its own tasks (`component/0` …). */
  readonly source?: ConnectorRef
  readonly memory?: SpoutMemory
  createTask(context: SpoutContext): SpoutTask
}
