import { Histogram } from './histogram.ts'
import type { HistogramData } from './histogram.ts'

/** What one task has counted since its start, as plain data for another thread. */
export interface TaskMetricsData {
  readonly received: number
  readonly emitted: number
  readonly failed: number
  readonly skipped: number
  readonly deadLettered: number
  readonly executeMs: HistogramData
  /** The component's own counters by name. */
  readonly counters: ReadonlyMap<string, number>
}

/** The counters of one task. The worker adds to the fields directly: this is on every tuple's way. */
export class TaskMetrics {
  received = 0
  emitted = 0
  failed = 0
  skipped = 0
  deadLettered = 0
  readonly executeMs = new Histogram()
  readonly #counters = new Map<string, UserCounter>()

  /** The same counter for the same name. */
  counter(name: string): UserCounter {
    let counter = this.#counters.get(name)
    if (counter === undefined) {
      counter = new UserCounter()
      this.#counters.set(name, counter)
    }
    return counter
  }

  toData(): TaskMetricsData {
    const { received, emitted, failed, skipped, deadLettered } = this
    const counters = new Map(Array.from(this.#counters, ([name, counter]) => [name, counter.value]))
    return { received, emitted, failed, skipped, deadLettered, executeMs: this.executeMs.toData(), counters }
  }
}

class UserCounter {
  value = 0

  add(amount = 1): void {
    this.value += amount
  }
}
