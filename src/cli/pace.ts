import { sleep } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'

/** Shorter waits than this are not made: timers are not that exact, and the next wait makes up for it. */
const shortestWaitMs = 5

/** Holds a flow to so many per second, from the first on. Undefined: the next may come at once. */
export function pace(perSecond: number | undefined, clock: Clock): () => Promise<void> | undefined {
  if (perSecond === undefined) return () => undefined
  const start = clock.monotonic()
  let passed = 0
  return () => {
    const aheadMs = passed++ * 1000 / perSecond - (clock.monotonic() - start)
    return aheadMs < shortestWaitMs ? undefined : sleep(clock, aheadMs)
  }
}
