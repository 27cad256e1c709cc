import type { Clock, Timer } from '../../../base/clock.ts'

/** A tick that comes later than this was held up by something else than the timer's own grain. */
const punctualWithinMs = 100
const longestGraceMs = 1_000
const longestTimerMs = 2 ** 31 - 1

/**
 * Rings at a time, but never before what waits in the sockets was heard: two turns of the event loop
 * go by between the tick and the ring, and after a tick that came late (the loop was blocked, or the
 * process stopped) as much time as it was late, up to a second. What should happen at the ring has
 * to be looked up then, for it may have changed.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #atMs = Infinity
  #timer: Timer | undefined
  #isClosed = false

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at this monotonic time or before it; a later time than the one set changes nothing. */
  ringBy(atMs: number): void {
    if (atMs >= this.#atMs || this.#isClosed) return
    this.#atMs = atMs
    this.#timer?.cancel()
    this.#timer = this.#setTimer(atMs - this.#clock.monotonic(), () => {
      const lateMs = this.#clock.monotonic() - atMs
      if (lateMs <= punctualWithinMs) this.#ringAfterTurns()
      else this.#timer = this.#setTimer(Math.min(lateMs, longestGraceMs), () => this.#ringAfterTurns())
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #setTimer(delayMs: number, call: () => void): Timer {
    return this.#clock.setTimer(Math.min(Math.max(0, Math.ceil(delayMs)), longestTimerMs), call, false)
  }

  #ringAfterTurns(): void {
    setImmediate(() => setImmediate(() => {
      if (this.#isClosed) return
      this.#atMs = Infinity
      this.#ring()
    }))
  }
}
