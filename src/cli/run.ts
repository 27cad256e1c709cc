import type { EventEmitter } from 'node:events'
import type { Clock, Timer } from '../base/clock.ts'
import type { RunningTopology } from '../runtime/running-topology.ts'
import type { SubmitOptions } from '../runtime/submit-options.ts'
import { exitCode } from './exit-code.ts'
import { onInterrupt } from './interrupts.ts'
import type { Reporter } from './reporter.ts'

/** What a run needs of the process around it. */
export interface RunHost {
  readonly submit: (topology: URL, options: SubmitOptions) => Promise<RunningTopology>
  readonly reporter: Reporter
  readonly clock: Clock
  /** Emits the names of signals: `process`. */
  readonly signals: EventEmitter
  /** Ends the process. */
  exit(code: number): void
}

/** Runs a topology until it is drained by a signal or has caught up; rejects with the cause when it failed. */
export async function run(url: URL, options: SubmitOptions, host: RunHost): Promise<void> {
  const { reporter, clock } = host
  let topology: RunningTopology | undefined
  let interrupted = false
  let timer: Timer | undefined

  const drain = () => {
    interrupted = true
    // Nothing was read yet, so nothing can be lost.
    if (topology === undefined) host.exit(exitCode.ok)
    // `done` tells of a failure too, and later: when everything is closed.
    else topology.drain().catch(() => {})
  }
  const stopListening = onInterrupt(host.signals, clock, { drain, endNow: () => host.exit(exitCode.interrupted) })
  const report = (running: RunningTopology) => {
    timer = clock.setTimer(reporter.everyMs, () => {
      reporter.metrics(running.metrics())
      report(running)
    })
  }

  try {
    topology = await host.submit(url, options)
    reporter.started(topology)
    report(topology)
    await topology.done
    if (!interrupted) reporter.caughtUp(topology.metrics())
    reporter.stopped(topology.metrics())
  } catch (error) {
    // What it had done until then.
    if (topology !== undefined) reporter.metrics(topology.metrics())
    reporter.failed()
    throw error
  } finally {
    timer?.cancel()
    stopListening()
  }
}
