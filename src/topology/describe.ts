import type { Streams } from '../tuple/fields.ts'
import { fingerprint } from './fingerprint.ts'
import type { Component, ComponentDescription, SubscriptionDescription, Topology, TopologyDescription } from './topology.ts'

/**
 * The topology as plain data, the same on every thread: it can be posted, printed and compared. One that was
 * not loaded from a file of its own has the fingerprint as its code.
 */
export function describeTopology({ name, components }: Topology, code?: string): TopologyDescription {
  const described = components.map(describeComponent)
  const structure = fingerprint(name, described)
  return { name, fingerprint: structure, code: code ?? structure, components: described }
}

function describeComponent(component: Component): ComponentDescription {
  const { kind, id, options, definition } = component
  const common = { kind, id, options: { ...options }, streams: plainStreams(definition.streams) }
  if (component.kind === 'spout') {
    const { memory, source } = component.definition
    return { ...common, inputs: [], mergeable: false, ...(source === undefined ? {} : { source }), ...(memory === undefined ? {} : { memory }) }
  }
  const { store, mergeable } = component.definition
  return { ...common, inputs: component.inputs.map(describeInput), mergeable: mergeable === true, ...(store === undefined ? {} : { store: { module: store.module, options: store.options } }) }
}

function describeInput({ source, stream, grouping }: Extract<Component, { kind: 'bolt' }>['inputs'][number]): SubscriptionDescription {
  return { source, stream, grouping: 'fields' in grouping ? { kind: grouping.kind, fields: [...grouping.fields] } : { kind: grouping.kind } }
}

function plainStreams(streams: Streams): Streams {
  return Object.fromEntries(Object.entries(streams).map(([name, fields]) => [
    name,
    Object.fromEntries(Object.entries(fields).map(([field, type]) => [field, typeof type === 'string' ? type : 'json'])),
  ]))
}
