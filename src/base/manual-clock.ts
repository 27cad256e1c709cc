import type { Clock, Timer } from './clock.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly call: () => void
}

/** A clock that moves only when told to. Timers run in the order of their time, then of their making. */
export class ManualClock implements Clock {
  #time = 0
  #order = 0
  readonly #start: number
  readonly #pending = new Set<Pending>()

  constructor(startMs = 1_700_000_000_000) {
    this.#start = startMs
  }

  now(): number {
    return this.#start + this.#time
  }

  monotonic(): number {
    return this.#time
  }

  setTimer(delayMs: number, call: () => void): Timer {
    const pending = { at: this.#time + Math.max(0, delayMs), order: this.#order++, call }
    this.#pending.add(pending)
    return { cancel: () => void this.#pending.delete(pending) }
  }

  /** Time until the next timer, or undefined when none is set. */
  nextTimerMs(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : Math.max(0, next.at - this.#time)
  }

  /** Time goes by without a timer being run: code takes time too. What is due runs at the next `advance`. */
  pass(ms: number): void {
    this.#time += ms
  }

  advance(ms: number): void {
    const until = this.#time + ms
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#pending.delete(next)
      this.#time = Math.max(this.#time, next.at)
      next.call()
    }
    this.#time = until
  }

  #next(): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      if (first === undefined || pending.at < first.at || (pending.at === first.at && pending.order < first.order)) first = pending
    }
    return first
  }
}
