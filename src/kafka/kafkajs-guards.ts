import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
import { systemClock } from '../base/clock.ts'
import type { Timer } from '../base/clock.ts'

/**
 * Mends two timers of kafkajs 2.2.4, once per thread, on import.
 *
 * The check for pending requests re-arms itself with a negative delay after every response, about a
 * thousand wake-ups a second and connection: here it is armed only while something is pending. The
 * check for timed-out requests runs ten times a second: once is enough for timeouts of seconds.
 */
const pendingCheckMs = 10
const timeoutCheckMs = 1_000

interface Timers {
  pending: Timer | undefined
  timeouts: Timer | undefined
}

const timers = new WeakMap<RequestQueue, Timers>()

function timersOf(queue: RequestQueue): Timers {
  let found = timers.get(queue)
  if (found === undefined) timers.set(queue, found = { pending: undefined, timeouts: undefined })
  return found
}

RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhilePending(this: RequestQueue): void {
  const own = timersOf(this)
  if (this.pending.length === 0 || own.pending !== undefined) return
  const delayMs = Math.max(this.throttledUntil - systemClock.now(), pendingCheckMs)
  own.pending = systemClock.setTimer(delayMs, () => {
    own.pending = undefined
    this.checkPendingRequests()
  })
}

RequestQueue.prototype.scheduleRequestTimeoutCheck = function scheduleSparsely(this: RequestQueue): void {
  const own = timersOf(this)
  own.timeouts?.cancel()
  own.timeouts = systemClock.setTimer(Math.min(this.requestTimeout, timeoutCheckMs), () => {
    for (const request of this.inflight.values()) {
      if (systemClock.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
    }
    if (this.isConnected()) this.scheduleRequestTimeoutCheck()
  }, false)
}

RequestQueue.prototype.destroy = function destroyTimers(this: RequestQueue): void {
  const own = timersOf(this)
  own.pending?.cancel()
  own.timeouts?.cancel()
  own.pending = own.timeouts = undefined
}
