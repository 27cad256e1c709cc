import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisFault } from './redis-fault.ts'

const firstPauseMs = 100
const longestPauseMs = 2000
const logEveryMs = 10_000

export interface Persistence {
  readonly connection: RedisConnection
  readonly clock: Clock
  readonly log: Logger
  /** Ends every wait; what was outstanding rejects with MR_REDIS_CLOSED. */
  readonly closed: AbortSignal
}

/**
 * Makes the same call again, with growing pauses, until Redis gives a definite answer. Only for calls
 * that may run any number of times. Rejects with what does not pass by waiting.
 */
export async function untilAnswered<T>(what: string, call: () => Promise<T>, { connection, clock, log, closed }: Persistence): Promise<T> {
  const start = clock.monotonic()
  let nextLogAt = 0
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await unlessClosed(call, closed, connection.address)
    } catch (error) {
      if (!(error instanceof RedisFault)) throw error
      if (!error.passes) throw error.toError(connection.address)
      const waitedMs = clock.monotonic() - start
      if (waitedMs >= nextLogAt) {
        nextLogAt = waitedMs + logEveryMs
        log.warn(`${what} waits for Redis`, { at: connection.address, cause: error.message, waitedMs: Math.round(waitedMs) })
      }
    }
    await pause(pauseMs, connection, clock, closed)
  }
}

async function unlessClosed<T>(call: () => Promise<T>, closed: AbortSignal, address: string): Promise<T> {
  const refusal = (): MillraceError => new MillraceError('MR_REDIS_CLOSED', 'the store was closed before Redis answered', {
    place: { at: address },
    remedy: 'none needed: the next run finds out what was committed',
  })
  if (closed.aborted) throw refusal()
  let stop!: () => void
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(refusal())
    closed.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([call(), ended])
  } finally {
    closed.removeEventListener('abort', stop)
  }
}

/** Ends early when the connection is back, or the store is closed. */
function pause(ms: number, connection: RedisConnection, clock: Clock, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      offReady()
      closed.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(ms, end)
    const offReady = connection.onReady(end)
    closed.addEventListener('abort', end)
    if (closed.aborted) end()
  })
}
