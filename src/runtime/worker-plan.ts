import type { Grouping } from '../grouping/grouping.ts'
import type { Component, Topology } from '../topology/topology.ts'
import type { BarrierNode } from '../tracking/barrier.ts'
import type { Fields } from '../tuple/fields.ts'
import { singleTarget, type ChannelPlan, type EdgePlan, type Plan, type TaskPlan } from './plan.ts'

/** A plan as one worker sees it. */
export class WorkerPlan {
  /** Components with a task in this worker, producers first; their indexes are the nodes of the barrier. */
  readonly nodes: readonly Component[]
  readonly #plan: Plan
  readonly #topology: Topology
  readonly #worker: number

  constructor(plan: Plan, topology: Topology, worker: number) {
    this.#plan = plan
    this.#topology = topology
    this.#worker = worker
    this.nodes = topology.components.filter(({ id }) => this.tasksHere(id).length > 0)
  }

  barrierNodes(): readonly BarrierNode[] {
    return this.nodes.map(({ id, kind }) => ({
      component: id,
      spout: kind === 'spout',
      producers: this.#plan.edges.filter((edge) => edge.target === id).map((edge) => this.nodes.findIndex((node) => node.id === edge.source)).filter((node) => node >= 0),
      channels: this.channelsInto(id).map(({ channel }) => channel),
    }))
  }

  tasksOf(component: string): readonly TaskPlan[] {
    return this.#plan.tasks.filter((task) => task.component === component)
  }

  tasksHere(component: string): readonly TaskPlan[] {
    return this.tasksOf(component).filter((task) => task.worker === this.#worker)
  }

  channelsInto(component: string): readonly ChannelPlan[] {
    return this.#plan.channels.filter((channel) => channel.to === this.#worker && this.#edgeOf(channel).target === component)
  }

  /** Channels on which a component's tasks of this worker send. */
  channelsFrom(component: string): readonly ChannelPlan[] {
    return this.#plan.channels.filter((channel) => channel.from === this.#worker && this.#edgeOf(channel).source === component)
  }

  /** The channel of an edge to another worker. */
  channelTo(edge: EdgePlan, worker: number): ChannelPlan {
    return this.#plan.channels.find((channel) => channel.edge === edge.edge && channel.from === this.#worker && channel.to === worker)!
  }

  edgesFrom(component: string, stream: string): readonly EdgePlan[] {
    return this.#plan.edges.filter((edge) => edge.source === component && edge.stream === stream)
  }

  /** Components that a component feeds. */
  fedBy(component: string): readonly string[] {
    return this.#plan.edges.filter((edge) => edge.source === component).map(({ target }) => target)
  }

  /** Whether a record of its spout is one tuple of this bolt and of no other, and a call of it that fails leaves no results. */
  takesWholeRecords(component: string): boolean {
    const { definition } = this.#component(component)
    const [edge, ...others] = this.#plan.edges.filter(({ target }) => target === component)
    if (edge === undefined || others.length > 0 || ('store' in definition && definition.store !== undefined)) return false
    return this.#component(edge.source).kind === 'spout'
      && this.#plan.edges.filter(({ source }) => source === edge.source).length === 1
      && singleTarget.has(this.groupingOf(edge).kind)
  }

  /** The tasks that a task of this worker chooses from, ascending by number. */
  targets(edge: EdgePlan): readonly TaskPlan[] {
    return edge.local ? this.tasksHere(edge.target) : this.tasksOf(edge.target)
  }

  fieldsOf(channel: ChannelPlan): Fields {
    const { source, stream } = this.#edgeOf(channel)
    return this.#component(source).definition.streams[stream]!
  }

  groupingOf(edge: EdgePlan): Grouping {
    const target = this.#component(edge.target)
    if (target.kind !== 'bolt') throw new TypeError(`${edge.target} is no bolt`)
    return target.inputs[edge.input]!.grouping
  }

  #edgeOf(channel: ChannelPlan): EdgePlan {
    return this.#plan.edges[channel.edge]!
  }

  #component(id: string): Component {
    return this.#topology.components.find((component) => component.id === id)!
  }
}
