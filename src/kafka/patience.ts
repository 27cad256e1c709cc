import { sleep } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { KafkaFailure } from './kafka-failure.ts'

const firstPauseMs = 100
const longestPauseMs = 1_000

/** Tries again, after `between`, while the failure may pass; gives up with the last one after `patienceMs`. */
export async function patiently<Result>(clock: Clock, patienceMs: number, attempt: () => Promise<Result>, between: () => Promise<void> = async () => {}): Promise<Result> {
  const until = clock.monotonic() + patienceMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await attempt()
    } catch (thrown) {
      if (!(thrown instanceof KafkaFailure) || !thrown.retriable || clock.monotonic() + pauseMs > until) throw thrown
    }
    await sleep(clock, pauseMs)
    await between().catch(() => {})
  }
}
