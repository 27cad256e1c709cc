import type { MetricsSnapshot } from '../metrics/snapshot.ts'
import { memorySummary } from './memory-text.ts'
import type { Reporter, Screen } from './reporter.ts'
import { summaryLine } from './table.ts'

/** One line every few seconds, for logs and pipes. */
export function plainReporter(screen: Screen): Reporter {
  let previous: MetricsSnapshot | undefined
  const line = (snapshot: MetricsSnapshot) => {
    screen.write(`${summaryLine(previous, snapshot)}\n`)
    previous = snapshot
  }
  return {
    everyMs: 5000,
    started: (topology) => screen.write(`${topology.name} started; ${memorySummary(topology.metrics().memory)}\n`),
    metrics: line,
    caughtUp: ({ topology }) => screen.write(`${topology} caught up\n`),
    stopped: (snapshot) => {
      // The last rates are those of the whole run.
      previous = undefined
      line(snapshot)
    },
    failed: () => {},
  }
}
