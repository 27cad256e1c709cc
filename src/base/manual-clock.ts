import type { Clock, Timer } from './clock.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly call: () => void
  cancelled: boolean
}

/** A clock that moves only when told to. Timers run in the order of their time, then of their making. */
export class ManualClock implements Clock {
  #time = 0
  #order = 0
  readonly #start: number
  /** A binary heap: every timer is due no earlier than the one above it. */
  readonly #pending: Pending[] = []

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
    const pending = { at: this.#time + Math.max(0, delayMs), order: this.#order++, call, cancelled: false }
    this.#add(pending)
    return {
      cancel: () => {
        pending.cancelled = true
      },
    }
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
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) this.runNext()
    this.#time = until
  }

  /** Runs the next timer alone, at its time or now if that has gone by. False when none is set. */
  runNext(): boolean {
    const next = this.#next()
    if (next === undefined) return false
    this.#removeFirst()
    this.#time = Math.max(this.#time, next.at)
    next.call()
    return true
  }

  #next(): Pending | undefined {
    while (this.#pending[0]?.cancelled === true) this.#removeFirst()
    return this.#pending[0]
  }

  #add(added: Pending): void {
    const heap = this.#pending
    let i = heap.length
    for (let above = (i - 1) >> 1; i > 0 && before(added, heap[above]!); above = (i - 1) >> 1) {
      heap[i] = heap[above]!
      i = above
    }
    heap[i] = added
  }

  #removeFirst(): void {
    const heap = this.#pending
    const last = heap.pop()!
    if (heap.length === 0) return
    let i = 0
    for (let below = 1; below < heap.length; below = 2 * i + 1) {
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++
      if (!before(heap[below]!, last)) break
      heap[i] = heap[below]!
      i = below
    }
    heap[i] = last
  }
}

function before(a: Pending, b: Pending): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
