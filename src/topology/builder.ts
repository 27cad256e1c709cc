import { defaultStream, type Streams } from '../tuple/fields.ts'
import { BoltDeclarer, type BoltHandle, type DeclaredInput } from './bolt-declarer.ts'
import type { BoltDefinition } from './bolt.ts'
import type { SpoutDefinition } from './spout.ts'
import type { SpoutHandle } from './stream-handle.ts'
import type { ComponentOptions } from './topology.ts'

/** What `defineTopology` hands to its function. Faults are collected and reported together at the end. */
export interface TopologyBuilder {
  /** `id` is the component's name in metrics, errors and (for spouts of your own) partition names. */
  setSpout<S extends Streams>(id: string, definition: SpoutDefinition<S>, options?: ComponentOptions): SpoutHandle<S>
  /** Spouts and bolts may be set in any order; a topology has no cycles. */
  setBolt<In, S extends Streams>(id: string, definition: BoltDefinition<In, S>, options?: ComponentOptions): BoltHandle<In, S>
}

/** A component as written, not yet checked: whoever writes without types may have written anything. */
export interface Declared {
  readonly kind: 'spout' | 'bolt'
  readonly id: unknown
  readonly definition: unknown
  readonly options: unknown
  readonly inputs: readonly DeclaredInput[]
}

/** Notes down what is set, in order. */
export class DeclaringBuilder implements TopologyBuilder {
  readonly declared: Declared[] = []

  setSpout<S extends Streams>(id: string, definition: SpoutDefinition<S>, options: ComponentOptions = {}): SpoutHandle<S> {
    this.declared.push({ kind: 'spout', id, definition, options, inputs: [] })
    const handle = {
      id: { component: id, stream: defaultStream },
      stream: (name: string) => ({ id: { component: id, stream: name } }),
    }
    return handle as unknown as SpoutHandle<S>
  }

  setBolt<In, S extends Streams>(id: string, definition: BoltDefinition<In, S>, options: ComponentOptions = {}): BoltHandle<In, S> {
    const declarer = new BoltDeclarer(id)
    this.declared.push({ kind: 'bolt', id, definition, options, inputs: declarer.inputs })
    return declarer as unknown as BoltHandle<In, S>
  }
}
