import type { Streams } from '../tuple/fields.ts'
import type { Grouping } from '../grouping/grouping.ts'
import type { BoltDefinition } from './bolt.ts'
import type { ConnectorRef } from './connector.ts'
import type { SpoutDefinition, SpoutMemory } from './spout.ts'

/** A topology as defined: logical, immutable, with the user's code. Lives in workers. */
export interface Topology {
  readonly name: string
  /** A bolt stands after all it subscribes to; else in the order of definition. */
  readonly components: readonly Component[]
}

export type Component = SpoutComponent | BoltComponent

export interface ComponentOptions {
  /** Executors of the component; default: one per worker. */
  readonly parallelism?: number
  /** Instances, at least one per executor; default: as many as executors. */
  readonly tasks?: number
  /** What happens to a tuple (or a record that cannot be decoded) that keeps failing. Default `stop`. */
  readonly onError?: ErrorPolicy
  /** Tries after the first failure, before `onError`. Default 3 for bolts. */
  readonly retries?: number
  /** Wait before the first retry; doubles each time. Default 100 ms. */
  readonly retryBackoffMs?: number
  /** Unsettled async calls per task. Default 64. */
  readonly maxConcurrency?: number
}

/**
 * `skip` drops the tuple and counts it. `dead-letter` gives up the whole record: nothing of it is counted,
 * and it is written to the topology's dead letters with the error.
 */
export type ErrorPolicy = 'stop' | 'skip' | 'dead-letter'

export interface SpoutComponent {
  readonly kind: 'spout'
  readonly id: string
  readonly definition: SpoutDefinition
  readonly options: ComponentOptions
}

export interface BoltComponent {
  readonly kind: 'bolt'
  readonly id: string
  readonly definition: BoltDefinition
  readonly options: ComponentOptions
  readonly inputs: readonly Subscription[]
}

export interface Subscription {
  readonly source: string
  readonly stream: string
  readonly grouping: Grouping
}

/** The same topology as plain data: what the main thread plans with and `describe` prints. */
export interface TopologyDescription {
  readonly name: string
  /** Hash of everything below but parallelism and options; equal on every thread of one file. */
  readonly fingerprint: string
  /** Hash of the sources of the topology file and all it imports that is not in a package; in one process equal on every thread. */
  readonly code: string
  readonly components: readonly ComponentDescription[]
}

export interface ComponentDescription {
  readonly kind: 'spout' | 'bolt'
  readonly id: string
  readonly options: ComponentOptions
  readonly streams: Streams
  readonly inputs: readonly SubscriptionDescription[]
  readonly mergeable: boolean
  readonly source?: ConnectorRef
  readonly store?: ConnectorRef
  /** Of a spout that says. */
  readonly memory?: SpoutMemory
}

export interface SubscriptionDescription {
  readonly source: string
  readonly stream: string
  readonly grouping: { readonly kind: Grouping['kind']; readonly fields?: readonly string[] }
}
