import type { MetricsSnapshot } from '../metrics/snapshot.ts'
import type { RunningTopology } from '../runtime/running-topology.ts'

/** How a run shows itself on standard output. Called in the order below, `metrics` any number of times. */
export interface Reporter {
  readonly everyMs: number
  started(topology: RunningTopology): void
  metrics(snapshot: MetricsSnapshot): void
  /** `--until-caught-up` has nothing left to read. */
  caughtUp(snapshot: MetricsSnapshot): void
  stopped(snapshot: MetricsSnapshot): void
  /** The run failed; the error itself is printed by who called. */
  failed(): void
}

/** Standard output, as far as a reporter needs it. */
export interface Screen {
  write(text: string): void
  readonly columns: number
  readonly rows: number
}
