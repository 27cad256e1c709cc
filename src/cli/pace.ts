import type { Clock } from '../base/clock.ts'

/** Shorter waits than this are not made: timers are not that exact, and the next wait makes up for it. */
const shortestWaitMs = 5

/** Holds a flow to so many per second, from the first on, until it is to end. Undefined: the next may come at once. */
export function pace(perSecond: number | undefined, clock: Clock, ended: AbortSignal): () => Promise<void> | undefined {
  if (perSecond === undefined) return () => undefined
  const start = clock.monotonic()
  let passed = 0
  return () => {
    const aheadMs = passed++ * 1000 / perSecond - (clock.monotonic() - start)
    return aheadMs < shortestWaitMs || ended.aborted ? undefined : pause(aheadMs, clock, ended)
  }
}

function pause(ms: number, clock: Clock, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      ended.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(ms, end)
    ended.addEventListener('abort', end)
  })
}
