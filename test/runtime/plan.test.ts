import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planTopology } from '../../src/runtime/plan.ts'
import { WorkerPlan } from '../../src/runtime/worker-plan.ts'
import type { Grouping } from '../../src/grouping/grouping.ts'
import type { ComponentDescription, ComponentOptions, TopologyDescription } from '../../src/topology/topology.ts'

function component(id: string, options: ComponentOptions = {}, inputs: readonly (readonly [string, Grouping['kind']])[] = [], mergeable = false): ComponentDescription {
  return {
    kind: inputs.length === 0 ? 'spout' : 'bolt', id, options, mergeable,
    streams: { default: { value: 'string' } },
    inputs: inputs.map(([source, kind]) => ({ source, stream: 'default', grouping: { kind } })),
  }
}

const topology = (...components: ComponentDescription[]): TopologyDescription => ({ name: 't', fingerprint: '', code: '', components })

/** What worker 0 chooses from on the first edge. */
const targetsOf = (plan: ReturnType<typeof planTopology>) => new WorkerPlan(plan, { name: 't', components: [] }, 0).targets(plan.edges[0]!)

describe('a plan', () => {
  it('deals tasks to executors in contiguous runs: 5 tasks on 3 executors are 2, 2, 1', () => {
    const plan = planTopology(topology(component('s', { parallelism: 3, tasks: 5 })), 3)
    expect(plan.tasks.map(({ executor }) => executor)).toEqual([0, 0, 1, 1, 2])
    expect(plan.tasks.map(({ worker }) => worker)).toEqual([0, 0, 1, 1, 2])
  })

  it('gives 2 tasks with 8 wanted executors one executor each', () => {
    const plan = planTopology(topology(component('s', { parallelism: 8, tasks: 2 })), 2)
    expect(plan.tasks.map(({ executor }) => executor)).toEqual([0, 1])
  })

  it('runs a component without a wish once in every worker', () => {
    const plan = planTopology(topology(component('s')), 3)
    expect(plan.tasks.map(({ worker }) => worker)).toEqual([0, 1, 2])
  })

  it('keeps spout, split and counter of word count in one thread, with no channel at all', () => {
    const plan = planTopology(topology(component('lines'), component('split', { parallelism: 2 }, [['lines', 'shuffle']]), component('count', { parallelism: 2 }, [['split', 'fields']], true)), 2)
    expect(plan.channels).toEqual([])
    expect(plan.edges.map(({ local }) => local)).toEqual([true, true])
  })

  it('lets a record cross threads once where a bolt must own its keys', () => {
    const plan = planTopology(topology(component('lines'), component('split', {}, [['lines', 'shuffle']]), component('own', {}, [['split', 'fields']])), 2)
    expect(plan.edges.map(({ local }) => local)).toEqual([true, false])
    expect(plan.channels.map(({ from, to }) => [from, to])).toEqual([[0, 1], [1, 0]])
  })

  it('shuffles over all tasks when producers and consumers are spread differently', () => {
    const plan = planTopology(topology(component('s', { parallelism: 1 }), component('b', { parallelism: 2 }, [['s', 'shuffle']])), 2)
    expect(plan.edges[0]!.local).toBe(false)
    expect(targetsOf(plan).map(({ task }) => task)).toEqual([2, 3])
  })

  it('keeps local-or-shuffle local as long as the worker has a task', () => {
    const spread = planTopology(topology(component('s', { parallelism: 2 }), component('b', { parallelism: 3 }, [['s', 'local-or-shuffle']])), 2)
    expect(spread.edges[0]!.local).toBe(true)
    expect(targetsOf(spread).map(({ index }) => index)).toEqual([0, 2])
    const apart = planTopology(topology(component('s', { parallelism: 2 }), component('b', { parallelism: 1 }, [['s', 'local-or-shuffle']])), 2)
    expect(apart.edges[0]!.local).toBe(false)
  })

  it('does not multiply what an all grouping sends to a mergeable bolt', () => {
    const plan = planTopology(topology(component('s'), component('b', { parallelism: 1 }, [['s', 'all']], true)), 2)
    expect(plan.tasks.filter(({ component }) => component === 'b')).toHaveLength(1)
  })

  it('has every task once, on a worker that exists, executors balanced within one', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40 }), (workers, parallelism, tasks) => {
      const plan = planTopology(topology(component('s', { parallelism, tasks })), workers)
      expect(plan.tasks.map(({ index }) => index)).toEqual(Array.from({ length: tasks }, (_, i) => i))
      const perExecutor = new Map<number, number>()
      for (const { executor, worker } of plan.tasks) {
        expect(worker).toBeLessThan(workers)
        perExecutor.set(executor, (perExecutor.get(executor) ?? 0) + 1)
      }
      expect(perExecutor.size).toBe(Math.min(parallelism, tasks))
      expect(Math.max(...perExecutor.values()) - Math.min(...perExecutor.values())).toBeLessThanOrEqual(1)
    }))
  })
})
