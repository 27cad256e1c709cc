import type { Clock } from '../base/clock.ts'

const mostCalls = 16
/** A look at the clock is worth its cost when the calls since the last one took about this long. */
const slowMs = 0.25

/**
 * The time budget of one turn of a worker's loop. Looking at the clock costs as much as a small bolt, so
 * it looks every few calls only; bolts that turn out slow are looked at after every call.
 */
export class Turn {
  readonly #clock: Clock
  #every = 1
  #left = 1
  #lookedAt = 0
  #deadline = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(budgetMs: number): void {
    this.#lookedAt = this.#clock.monotonic()
    this.#deadline = this.#lookedAt + budgetMs
    this.#left = this.#every
  }

  /** To be asked after every call: true when the turn should end. */
  over(): boolean {
    if (--this.#left > 0) return false
    return this.ended()
  }

  /** Looks at the clock. */
  ended(): boolean {
    const now = this.#clock.monotonic()
    this.#every = now - this.#lookedAt > slowMs ? Math.max(1, this.#every >> 1) : Math.min(mostCalls, this.#every * 2)
    this.#left = this.#every
    this.#lookedAt = now
    return now >= this.#deadline
  }
}
