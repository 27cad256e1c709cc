import { exitCode } from './exit-code.ts'
import { onInterrupt } from './interrupts.ts'
import type { ToolHost } from './tool-host.ts'

/** Lets the work know of SIGTERM and the first SIGINT, so that it can clean up; a further SIGINT ends at once. */
export async function untilInterrupted<T>(host: ToolHost, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController()
  const stopListening = onInterrupt(host.signals, host.clock, {
    drain: () => interrupted.abort(),
    endNow: () => host.exit(exitCode.interrupted),
  })
  try {
    return await work(interrupted.signal)
  } finally {
    stopListening()
  }
}
