import type { WriteSet } from '../state/write-set.ts'
import type { Batch } from '../tuple/batch.ts'
import type { Streams, Tuple } from '../tuple/fields.ts'
import type { ConnectorRef } from './connector.ts'
import type { Seal } from './commit-store.ts'
import type { TaskContext } from './context.ts'

/**
 * One running instance of a bolt. The runtime calls everything on one thread. Returning acks the
 * tuple; throwing or rejecting fails it, and nothing of that call is emitted.
 */
export interface BoltTask {
  prepare?(): void | Promise<void>
  /** May return a promise; then up to `maxConcurrency` calls of this task run at once. */
  execute(tuple: Tuple, out: BoltCollector): unknown
  /**
   * Many tuples at once, where a producer hands on whole batches, in this thread or another. All or nothing: a
   * call that throws, rejects or answers false has emitted and written nothing, and its rows are given
   * to `execute` one by one; so are those that come while promises of earlier calls are pending and four batches
   * of this task, or `maxConcurrency` calls, are under way. Must lead to what `execute` would. Where results turn out to contradict one
   * another half way through, it throws MR_RESULTS_CONFLICT, which gives the epoch up.
   */
  executeBatch?(batch: Batch, out: BatchCollector): boolean | Promise<boolean>
  /**
   * Every tuple of the epoch has been executed and none will come: what the task has gathered of it goes
   * out now, as part of this epoch. Must not throw. Not called for an epoch that is given up.
   */
  endEpoch?(epoch: number, out: BatchCollector): void
  /** How many tuples `endEpoch` would emit now: an epoch ends early when it gathers too much for one commit. */
  gathered?(epoch: number): number
  cleanup?(): void | Promise<void>
}

export interface BoltCollector {
  /** Takes effect when `execute` returns or its promise resolves. The tuple must not be changed afterwards. */
  emit(tuple: Tuple, stream?: string): void
  /** To one task of a `directGrouping` subscriber; `task` is the topology-wide task number. */
  emitDirect(task: number, tuple: Tuple, stream?: string): void
  /** Results of the epoch this tuple belongs to. A call that throws afterwards does not take them back. */
  readonly writes: WriteSet
  /** Number of the epoch this tuple belongs to, within the attempt. */
  readonly epoch: number
}

export interface BatchCollector {
  /** Takes effect when `executeBatch` returns true or its promise resolves to it. */
  emit(batch: Batch, stream?: string): void
  /** Results of the epoch of this batch. */
  readonly writes: WriteSet
  readonly epoch: number
}

/** What `setBolt` takes. Made by `bolt` and the sink libraries. `In` is what it can read. */
export interface BoltDefinition<In = Tuple, S extends Streams = Streams> {
  readonly role: 'bolt'
  readonly streams: S
  /** Never set: carries the input type only. */
  readonly input?: (tuple: In) => void
  /** Fields it reads, when known as data: checked against the subscribed streams at build time. */
  readonly reads?: readonly string[]
  /** Where a sink's results go: the main-thread half, and how this thread packs them for it. All sinks of a topology name the same. */
  readonly store?: ConnectorRef & { readonly seal: Seal }
  /** True when its results do not depend on which task gets a tuple: the planner then runs one task in every worker, in front of the thread hop. */
  readonly mergeable?: boolean
  createTask(context: TaskContext): BoltTask
}
