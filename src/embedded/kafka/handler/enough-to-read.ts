import type { Clock } from '../../../base/clock.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Isolation } from '../log/read-log.ts'


export interface Wanted {
  readonly log: Pick<PartitionLog, 'logStartOffset' | 'logEndOffset' | 'availableBytes' | 'onAdvance'>
  readonly offset: number
  readonly maxBytes: number
  /** The partition was deleted. */
  readonly isGone: () => boolean
}

export interface Waiting {
  readonly clock: Clock
  readonly maxWaitMs: number
  /** Ends the wait. */
  readonly signal: AbortSignal
}

/**
 * Resolves when all partitions together have `minBytes` to read, when one of them has an error to
 * tell, or when the wait is over. Sleeps until a partition moves; each costs its own look only.
 */
export async function enoughToRead(wanted: readonly Wanted[] | undefined, minBytes: number, isolation: Isolation, { clock, maxWaitMs, signal }: Waiting): Promise<void> {
  if (wanted === undefined || minBytes <= 0 || signal.aborted) return
  const bytes = wanted.map((one) => readableBytes(one, isolation))
  let missing = bytes.reduce((left, found) => left - found, minBytes)
  if (missing <= 0) return
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', wake)
      for (const stop of stops) stop()
      resolve()
    }
    const timer = clock.setTimer(maxWaitMs, wake)
    signal.addEventListener('abort', wake)
    const stops = wanted.map((one, i) => one.log.onAdvance(() => {
      const now = readableBytes(one, isolation)
      missing -= now - bytes[i]!
      bytes[i] = now
      if (missing <= 0) wake()
    }))
  })
}

/** Infinite for a partition that is to be answered with an error. */
function readableBytes({ log, offset, maxBytes, isGone }: Wanted, isolation: Isolation): number {
  if (isGone() || offset < log.logStartOffset || offset > log.logEndOffset) return Infinity
  const available = log.availableBytes(offset, isolation)
  // One batch is sent whatever the limit is.
  return available === 0 ? 0 : Math.max(1, Math.min(available, maxBytes))
}
