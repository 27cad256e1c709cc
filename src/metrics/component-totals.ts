import { Histogram } from './histogram.ts'
import type { ComponentMetrics } from './snapshot.ts'
import type { TaskMetricsData } from './task-metrics.ts'

/** What totals do not say: how things stand now. */
export type ComponentStanding = Pick<ComponentMetrics, 'component' | 'kind' | 'tasks' | 'queue' | 'lag'>

/**
 * Sums the tasks of one component. A task reports totals, so a later report replaces an earlier one;
 * `retire` keeps what a task has counted when it ends and another begins at zero under its number.
 */
export class ComponentTotals {
  readonly #live = new Map<number, TaskMetricsData>()
  readonly #retired = new Sum()

  report(task: number, data: TaskMetricsData): void {
    this.#live.set(task, data)
  }

  retire(task: number): void {
    const data = this.#live.get(task)
    if (data === undefined) return
    this.#live.delete(task)
    this.#retired.add(data)
  }

  metrics(standing: ComponentStanding): ComponentMetrics {
    const sum = new Sum()
    sum.add(this.#retired)
    for (const data of this.#live.values()) sum.add(data)
    const { received, emitted, failed, skipped, deadLettered } = sum
    return {
      ...standing,
      received,
      emitted,
      failed,
      skipped,
      deadLettered,
      executeMs: sum.executeMs.quantiles(),
      counters: Object.fromEntries(sum.counters),
    }
  }
}

class Sum {
  received = 0
  emitted = 0
  failed = 0
  skipped = 0
  deadLettered = 0
  readonly executeMs = new Histogram()
  readonly counters = new Map<string, number>()

  add(other: TaskMetricsData | Sum): void {
    this.received += other.received
    this.emitted += other.emitted
    this.failed += other.failed
    this.skipped += other.skipped
    this.deadLettered += other.deadLettered
    this.executeMs.merge(other.executeMs)
    for (const [name, value] of other.counters) this.counters.set(name, (this.counters.get(name) ?? 0) + value)
  }
}
