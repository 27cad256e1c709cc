import type { MetricsSnapshot, TopologyState } from '../metrics/snapshot.ts'
import type { TopologyDescription } from '../topology/topology.ts'

/** A topology that was submitted in this process. */
export interface RunningTopology {
  readonly name: string
  readonly state: TopologyState
  readonly description: TopologyDescription
  /** Lets the spouts emit again after {@link deactivate}. */
  activate(): void
  /** Stops the spouts; what was emitted is still processed and committed, partitions stay ours. */
  deactivate(): void
  metrics(): MetricsSnapshot
  /**
   * Stops reading, commits all that was read, leaves the group, ends the workers. Rejects with
   * MR_DRAIN_TIMEOUT when that takes longer than `drainTimeoutMs`; nothing uncommitted is written then.
   */
  drain(): Promise<void>
  /** Ends at once, without a commit. Safe at any time: the next run goes on from the last commit. */
  kill(): Promise<void>
  /** Resolves when drained, killed, or caught up (`untilCaughtUp`); rejects with the cause when it failed. */
  readonly done: Promise<void>
}

/** A run of any of its topology's generations. */
export interface RunningGeneration extends RunningTopology {
  /** Where to stop reading from now on; partitions that are not in it stay as they are. It does not end there by itself. */
  limit(limits: ReadonlyMap<string, number>): void
}
