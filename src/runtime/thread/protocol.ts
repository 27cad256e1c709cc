import type { LogLevel } from '../../base/pino-logger.ts'
import type { ErrorData } from '../../errors.ts'
import type { TaskMetricsData } from '../../metrics/task-metrics.ts'
import type { Window } from '../../state/write-set.ts'
import type { Connections } from '../../topology/connector.ts'
import type { Position, SourcePartition } from '../../topology/source.ts'
import type { TopologyDescription } from '../../topology/topology.ts'
import type { EpochBounds } from '../../tracking/epoch-bounds.ts'
import type { DeadRecord, EpochFates, ReadRange } from '../../tracking/record-fates.ts'
import type { Plan } from '../plan.ts'

/** What a worker thread is started with. */
export interface WorkerStart {
  readonly topologyUrl: string
  readonly worker: number
  readonly connections: Connections
  readonly log: { readonly level: LogLevel; readonly pretty: boolean }
  readonly metricsEveryMs: number
}

/** Everything an attempt needs to know: who runs where, and from which offsets. */
export interface AttemptStart {
  readonly attempt: number
  readonly plan: Plan
  /** The partitions of this process in a fixed order, dealt to the tasks of their spout in turn. */
  readonly partitions: readonly SourcePartition[]
  readonly positions: readonly Position[]
  /** Where to stop; absent partitions have no end. */
  readonly limits: ReadonlyMap<string, number>
  /** Only results of windows inside this one are made. */
  readonly only: Window | undefined
  /** Records whose fate was decided in an earlier attempt: their tuples are not emitted. */
  readonly excluded: readonly DeadRecord[]
  /** Records a second and partition that the spouts may read at most; undefined: as many as they can. */
  readonly partitionRate: number | undefined
  /** Of this worker's share of an epoch; `cells` only of the first. */
  readonly bounds: EpochBounds
  readonly active: boolean
}

/** Supervisor → worker. `links[i]` is a port to worker i. */
export type ToWorker<Port> =
  | { readonly kind: 'attempt'; readonly start: AttemptStart; readonly links: readonly (Port | undefined)[] }
  | { readonly kind: 'run'; readonly attempt: number }
  /** `cells` is this worker's bound of the epoch that begins. */
  | { readonly kind: 'cut'; readonly attempt: number; readonly epoch: number; readonly last: boolean; readonly cells: number }
  | { readonly kind: 'abort'; readonly attempt: number }
  | { readonly kind: 'limits'; readonly limits: ReadonlyMap<string, number> }
  | { readonly kind: 'active'; readonly active: boolean }
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop' }

/** Worker → supervisor. */
export type FromWorker =
  | { readonly kind: 'described'; readonly description: TopologyDescription }
  /** Tasks are open; `run` lets them begin. */
  | { readonly kind: 'ready'; readonly attempt: number }
  | { readonly kind: 'progress'; readonly attempt: number; readonly progress: Progress }
  | { readonly kind: 'sealed'; readonly attempt: number; readonly sealed: SealedEpoch }
  | { readonly kind: 'failed'; readonly attempt: number; readonly error: ErrorData }
  | { readonly kind: 'metrics'; readonly attempt: number; readonly tasks: ReadonlyMap<number, TaskStanding>; readonly heapBytes: number }
  | { readonly kind: 'pong' }

/** How the filling epoch of a worker stands. Sent when one of the answers changes. */
export interface Progress {
  /** There is something to commit. */
  readonly dirty: boolean
  /** A bound is reached: the spouts wait for the cut. */
  readonly full: boolean
  /** Records known to wait in the sources. */
  readonly lag: number
  /** Every spout has reached its limits. */
  readonly finished: boolean
}

/** All a worker has of one epoch. */
export interface SealedEpoch {
  readonly epoch: number
  readonly ranges: readonly ReadRange[]
  /** Records of which something failed; undefined when there are none. */
  readonly fates: EpochFates | undefined
  /** Cells known at the cut; tasks may have had more to write at the end of the epoch. */
  readonly knownCells: number
  /** What the store's sinks made of the results; undefined when there are none. */
  readonly writes: unknown
  readonly cells: number
  readonly records: number
  readonly lag: number
}

export interface TaskStanding {
  readonly data: TaskMetricsData
  readonly queue: number
  readonly lag: number
}
