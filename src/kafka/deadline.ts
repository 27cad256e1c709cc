import type { Clock } from '../base/clock.ts'
import { KafkaFailure } from './kafka-failure.ts'

/** The work's outcome, or a KafkaFailure `TIMEOUT`; the work itself goes on unheard. */
export function within<Result>(clock: Clock, ms: number, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(ms, () => reject(new KafkaFailure('TIMEOUT', `no answer within ${ms} ms`, true)))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
