/** Loaded into every thread of the process under test: tells how late its event loop was, as a line in a file. */
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'

const file = process.env['SOAK_LOOP_DELAY_FILE']
if (file !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  setInterval(() => {
    // The wait of the histogram itself is in it.
    appendFileSync(file, `${JSON.stringify({ threadId, p99Ms: Math.max(0, delays.percentile(99) / 1e6 - 10) })}\n`)
    delays.reset()
  }, 10_000).unref()
}
