/** What a topology reports about itself: totals since its start, exact; rates are the reader's subtraction. */
export interface MetricsSnapshot {
  readonly topology: string
  readonly state: TopologyState
  readonly uptimeMs: number
  readonly components: readonly ComponentMetrics[]
  readonly commits: CommitMetrics
  readonly workers: readonly WorkerMetrics[]
  readonly memory: MemoryCeiling
}

/** The most that this process takes for the topology, beside what Node and the loaded code take; bolts that keep things themselves are not in it. */
export interface MemoryCeiling {
  readonly bytes: number
  /** With the options each follows from. */
  readonly parts: readonly { readonly what: string; readonly bytes: number; readonly options: readonly string[] }[]
}

/**
 * starting → running ⇄ deactivated → draining → stopped; from any of them → failed.
 * While a worker is restarted or partitions move the state stays `running`; `workers` and `restarts` show it.
 */
export type TopologyState = 'starting' | 'running' | 'deactivated' | 'draining' | 'stopped' | 'failed'

export interface ComponentMetrics {
  readonly component: string
  readonly kind: 'spout' | 'bolt'
  readonly tasks: number
  /** Tuples executed (bolts), or records read (spouts). Counts work done, so a replay after a fault counts again. */
  readonly received: number
  readonly emitted: number
  /** Calls that threw, retries included. */
  readonly failed: number
  /** Tuples or records dropped by `onError: 'skip'`. */
  readonly skipped: number
  /** Tuples or records given up by `onError: 'dead-letter'`. */
  readonly deadLettered: number
  /** Tuples waiting in front of the component now. */
  readonly queue: number
  /** Records known to wait in the source now (spouts). */
  readonly lag: number
  /** Time in one call of `execute` or `nextTuple`, sampled. */
  readonly executeMs: Quantiles
  /** The component's own counters. */
  readonly counters: Readonly<Record<string, number>>
}

export interface Quantiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface CommitMetrics {
  readonly epochs: number
  /** Records that are committed: counted, or with one of the two fates below. */
  readonly records: number
  /** Records of which a tuple was skipped. */
  readonly skipped: number
  readonly deadLettered: number
  /** Offsets passed that hold no record. */
  readonly gaps: number
  /** Distinct keys and fields written, summed over epochs. */
  readonly cells: number
  readonly ms: Quantiles
  readonly duplicates: number
  readonly mismatches: number
  readonly fenced: number
  /** Epochs dropped and read again, for whatever cause. */
  readonly aborts: number
}

export interface WorkerMetrics {
  readonly worker: number
  readonly restarts: number
  readonly heapBytes: number
}
