import type { MetricsSnapshot } from '../metrics/snapshot.ts'
import { memorySummary } from './memory-text.ts'
import type { Reporter, Screen } from './reporter.ts'
import { tableLines } from './table.ts'

const clearBelow = '\r\u001b[0J'
const up = (lines: number) => `\u001b[${lines}A`

/**
 * A table redrawn in place. Between two drawings the cursor rests on its first line, so that what
 * others write (logs, on standard error) takes the place of the table and stays; the next drawing
 * begins below it.
 */
export function liveReporter(screen: Screen): Reporter {
  let previous: MetricsSnapshot | undefined
  let height = 0
  const draw = (snapshot: MetricsSnapshot) => {
    // A full line would wrap, a full screen would scroll: both move the first line.
    const lines = tableLines(previous, snapshot, Math.max(1, screen.columns - 1)).slice(0, Math.max(1, screen.rows - 1))
    screen.write(`${clearBelow}${lines.join('\n')}\n${up(lines.length)}`)
    height = lines.length
    previous = snapshot
  }
  const leave = (last: string) => {
    screen.write(`${'\n'.repeat(height)}${last}`)
    height = 0
  }
  return {
    everyMs: 1000,
    started: (topology) => screen.write(`${topology.name} started; Ctrl-C drains and ends it\n${memorySummary(topology.metrics().memory)}\n`),
    metrics: draw,
    caughtUp: () => {},
    stopped: (snapshot) => {
      // The last rates are those of the whole run.
      previous = undefined
      draw(snapshot)
      leave(`${snapshot.topology} stopped; all that was read is committed\n`)
    },
    failed: () => leave(''),
  }
}
