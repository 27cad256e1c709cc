import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Generation } from './generations.ts'

/**
 * A connector has two halves. What runs in workers comes with the user's topology file. What runs
 * on the main thread (membership, commits) is named here as data, a module and its options, because
 * the main thread never imports the user's file and functions do not cross threads.
 */
export interface ConnectorRef {
  /** File URL of a module that exports `connect`. */
  readonly module: string
  /** What the user wrote for this component, as plain data. */
  readonly options: unknown
}

/** What `connect` is called with on the main thread, once per module and topology. */
export interface ConnectorContext {
  readonly topology: string
  readonly fingerprint: string
  /** `TopologyDescription.code`. */
  readonly code: string
  /** Which of the topology's results this run makes. */
  readonly generation: Generation
  /** Where dead letters go (Kafka: a topic); absent when no component has the policy `dead-letter`. */
  readonly deadLetters?: string
  /**
   * Dead-lettered records to be tried again, `topic/partition@offset`: each is a partition of that name, from 0 to 1.
   * Such a run reads nothing else, and its positions stand beside those of the topology.
   */
  readonly retry?: readonly string[]
  /** Name of this process among those of the topology. */
  readonly instance: string
  /** Connection settings by connector name: `kafka`, `redis`. */
  readonly connections: Connections
  /** Where the user asked this run to begin; `{}` is committed positions. */
  readonly start: StartWish
  /** One entry per component that named this module. */
  readonly components: readonly { readonly component: string; readonly tasks: number; readonly options: unknown }[]
  readonly clock: Clock
  readonly log: Logger
}

/** Settings of every connector by its name, as given to `submit`; plain data, also in workers. */
export type Connections = Readonly<Record<string, unknown>>

/** Where to begin, as a command of one run (`--from`, `--seek`). Wishes for one partition go before those for all. */
export interface StartWish {
  /** `committed` (default) goes on from the stored position; a partition without one begins where its spout says. */
  readonly from?: 'committed' | 'earliest' | 'latest' | { readonly timestampMs: number }
  /** `topic/partition` → offset of the first record to read. */
  readonly seek?: Readonly<Record<string, number>>
}
