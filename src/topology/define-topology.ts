import { MillraceError } from '../errors.ts'
import type { BoltDefinition } from './bolt.ts'
import { DeclaringBuilder, type Declared, type TopologyBuilder } from './builder.ts'
import type { SpoutDefinition } from './spout.ts'
import type { StreamHandle } from './stream-handle.ts'
import type { Component, ComponentOptions, Topology } from './topology.ts'
import { topologicalOrder } from './topological-order.ts'
import { refuseFaults, validate } from './validate.ts'

/** Registered, because the command line and the topology's file may each have their own copy of millrace. */
const mark = Symbol.for('millrace.topology')

/**
 * Defines a topology; the default export of a topology file. `define` must do the same in every
 * thread: workers import the file themselves. Throws MR_TOPOLOGY_INVALID with all faults at once.
 */
export function defineTopology(name: string, define: (builder: TopologyBuilder) => void): Topology {
  const builder = new DeclaringBuilder()
  const answer: unknown = define(builder)
  if (answer instanceof Promise) throw isAsynchronous(name, answer)
  refuseFaults(name, validate(name, builder.declared))
  const components = builder.declared.map((declared) => Object.freeze(component(declared)))
  const { order } = topologicalOrder(components.map((component) => ({ id: component.id, after: sourcesOf(component), component })))
  const topology: Topology = { name, components: Object.freeze(order.map(({ component }) => component)) }
  return Object.freeze(Object.defineProperty(topology, mark, { value: true }))
}

/** Whether this was made by `defineTopology`, of whatever copy of millrace. */
export function isTopology(value: unknown): value is Topology {
  return typeof value === 'object' && value !== null && mark in value
}

function sourcesOf(component: Component): readonly string[] {
  return component.kind === 'spout' ? [] : component.inputs.map(({ source }) => source)
}

/** What was checked, as what it is. */
function component(declared: Declared): Component {
  const id = declared.id as string
  const options = Object.freeze({ ...(declared.options as ComponentOptions) })
  if (declared.kind === 'spout') return { kind: 'spout', id, options, definition: declared.definition as SpoutDefinition }
  const inputs = declared.inputs.map(({ stream, grouping }) => {
    const { id: source } = stream as StreamHandle<unknown>
    return Object.freeze({ source: source.component, stream: source.stream, grouping: Object.freeze(grouping) })
  })
  return { kind: 'bolt', id, options, inputs: Object.freeze(inputs), definition: declared.definition as BoltDefinition }
}

function isAsynchronous(name: string, answer: Promise<unknown>): MillraceError {
  // Its failure, if any, is not the one to report.
  answer.catch(() => {})
  return new MillraceError('MR_TOPOLOGY_INVALID', 'the function of defineTopology is asynchronous', {
    place: { topology: name },
    remedy: 'define the topology without await; load what components need in prepare or open',
  })
}
