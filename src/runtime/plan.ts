import type { ComponentDescription, SubscriptionDescription, TopologyDescription } from '../topology/topology.ts'

/** Where everything runs: components → tasks → executors → workers. Plain data, the same on every thread. */
export interface Plan {
  readonly workers: number
  readonly tasks: readonly TaskPlan[]
  readonly edges: readonly EdgePlan[]
  readonly channels: readonly ChannelPlan[]
}

export interface TaskPlan {
  /** Number in the topology, from 1. */
  readonly task: number
  readonly component: string
  /** Number in the component, from 0. */
  readonly index: number
  readonly executor: number
  readonly worker: number
}

/** One subscription. */
export interface EdgePlan {
  readonly edge: number
  readonly source: string
  readonly stream: string
  readonly target: string
  /** Number of the subscription among those of the target. */
  readonly input: number
  /** Producers choose among the target tasks of their own worker only. */
  readonly local: boolean
}

/** An edge between two workers. */
export interface ChannelPlan {
  readonly channel: number
  readonly edge: number
  readonly from: number
  readonly to: number
}

/**
 * Plans a topology onto `workers` threads so that a record crosses threads at most once where the
 * groupings allow it:
 * - without a wish a component has one executor per worker; executors are dealt to workers in turn
 *   from worker 0, tasks to executors in contiguous runs (5 tasks on 3 executors: 2, 2, 1);
 * - shuffle stays in the worker when producer and consumer have the same number of tasks in every
 *   worker, for then local delivery is as even as any; local-or-shuffle when there is a local task;
 * - a mergeable bolt runs as one task in every worker, in front of the thread hop, whatever its
 *   grouping by key says: the commit adds up what the workers have.
 */
export function planTopology(description: TopologyDescription, workers: number): Plan {
  const tasks: TaskPlan[] = []
  const byComponent = new Map<string, TaskPlan[]>()
  const executorsOf = Array.from({ length: workers }, () => 0)
  let executor = 0
  for (const component of description.components) {
    const { executors, count } = sizes(component, workers)
    const placed: TaskPlan[] = []
    let index = 0
    for (let e = 0; e < executors; e++) {
      // A lone executor goes where the fewest are; several are dealt in turn so that chains line up.
      const worker = executors === 1 ? executorsOf.indexOf(Math.min(...executorsOf)) : e % workers
      executorsOf[worker]!++
      const share = Math.floor(count / executors) + (e < count % executors ? 1 : 0)
      for (let i = 0; i < share; i++) {
        const plan = { task: tasks.length + 1, component: component.id, index: index++, executor, worker }
        tasks.push(plan)
        placed.push(plan)
      }
      executor++
    }
    byComponent.set(component.id, placed)
  }

  const edges: EdgePlan[] = []
  const channels: ChannelPlan[] = []
  for (const target of description.components) {
    for (const [number, input] of target.inputs.entries()) {
      const from = byComponent.get(input.source)!
      const to = byComponent.get(target.id)!
      const local = isLocal(input, target, perWorker(from, workers), perWorker(to, workers))
      const edge = { edge: edges.length, source: input.source, stream: input.stream, target: target.id, input: number, local }
      edges.push(edge)
      if (local) continue
      for (const source of new Set(from.map((task) => task.worker))) {
        for (const sink of new Set(to.map((task) => task.worker))) {
          if (source !== sink) channels.push({ channel: channels.length, edge: edge.edge, from: source, to: sink })
        }
      }
    }
  }
  return { workers, tasks, edges, channels }
}

/** Groupings that only say which task gets a tuple, not how many do; a mergeable bolt is free of them. */
export const singleTarget: ReadonlySet<string> = new Set(['shuffle', 'fields', 'partial-key', 'local-or-shuffle', 'none'])

function mergesInFront(component: ComponentDescription): boolean {
  return component.mergeable && component.inputs.every((input) => singleTarget.has(input.grouping.kind))
}

function sizes(component: ComponentDescription, workers: number): { executors: number; count: number } {
  if (mergesInFront(component)) return { executors: workers, count: workers }
  const { parallelism, tasks } = component.options
  const count = tasks ?? parallelism ?? workers
  return { executors: Math.min(parallelism ?? workers, count), count }
}

function perWorker(tasks: readonly TaskPlan[], workers: number): readonly number[] {
  const counts = Array.from({ length: workers }, () => 0)
  for (const task of tasks) counts[task.worker]!++
  return counts
}

function isLocal(input: SubscriptionDescription, target: ComponentDescription, from: readonly number[], to: readonly number[]): boolean {
  if (mergesInFront(target)) return true
  switch (input.grouping.kind) {
    case 'shuffle':
    case 'none': {
      // Even delivery stays even only if every worker has the same share of both.
      const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)
      return from.every((count, worker) => count * sum(to) === to[worker]! * sum(from))
    }
    case 'local-or-shuffle':
      return from.every((count, worker) => count === 0 || to[worker]! > 0)
    default:
      return false
  }
}
