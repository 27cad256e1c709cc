import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Connections } from './connector.ts'

/** What a component's task knows about itself. Made once per task and attempt, in the worker. */
export interface TaskContext {
  readonly topology: string
  readonly component: string
  /** Number of the task in the whole topology, from 1. */
  readonly task: number
  /** Number of the task in its component, from 0. */
  readonly index: number
  /** Tasks of this component. */
  readonly parallelism: number
  /** Worker thread this task runs in, from 0. */
  readonly worker: number
  /** Topology-wide numbers of a component's tasks, ascending: what `emitDirect` takes. None for an unknown component. */
  tasksOf(component: string): readonly number[]
  readonly log: Logger
  readonly metrics: TaskMetrics
  readonly clock: Clock
  readonly connections: Connections
}

/** A component's own metrics; they show beside the built-in ones, summed over its tasks. */
export interface TaskMetrics {
  counter(name: string): UserCounter
}

export interface UserCounter {
  add(amount?: number): void
}
