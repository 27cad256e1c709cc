import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { MillraceError } from '../errors.ts'
import type { Window } from '../state/write-set.ts'
import type { CommitStore } from '../topology/commit-store.ts'
import type { StartWish } from '../topology/connector.ts'
import type { Source } from '../topology/source.ts'
import type { ErrorPolicy } from '../topology/topology.ts'
import type { BreakerOptions } from '../tracking/dead-letter-breaker.ts'
import type { EpochBounds } from '../tracking/epoch-bounds.ts'
import type { PaceOptions } from '../tracking/epoch-pace.ts'
import type { Plan } from './plan.ts'
import type { AttemptStart, ToWorker } from './thread/protocol.ts'

export interface CoordinatorEnvironment {
  readonly clock: Clock
  readonly log: Logger
  readonly store: CommitStore
  readonly source: Source
  readonly plan: Plan
  readonly options: CoordinatorOptions
  /** True while every worker waits for an attempt or runs one. */
  workersUp(): boolean
  attempt(start: AttemptStart): void
  broadcast(message: Exclude<ToWorker<never>, { kind: 'attempt' }>): void
  /** A name no other owner ever had. */
  newOwner(): string
  /** A search for the record that killed workers has found it: their deaths are explained. */
  deathsExplained(): void
  /** Everything up to the limits is committed. */
  caughtUp(): void
  failed(error: MillraceError): void
}

export interface CoordinatorOptions {
  readonly pace: PaceOptions
  /** Per worker. */
  readonly bounds: EpochBounds
  /** How long the store may do nothing else for a commit. */
  readonly storeStallMs: number
  /** While far behind, where longer epochs cost it less for each record. */
  readonly behindStallMs: number
  /** End when all records are committed that were there when the partitions were first taken. */
  readonly untilCaughtUp: boolean
  /** At most once: positions are stored first, and the results after them, a single time. */
  readonly guarantee: 'exactly-once' | 'at-most-once'
  /** Where the user asked this run to begin. */
  readonly start: StartWish
  /** The store had committed before this run. */
  readonly known: boolean
  /** Number of the results' generation. */
  readonly generation: number
  /** False where dead letters are only counted. */
  readonly sendsDeadLetters: boolean
  readonly breaker: BreakerOptions
  /** What the spouts' options say of records that cannot be read. */
  readonly onError: ReadonlyMap<string, ErrorPolicy>
  /** Where to stop reading at first; absent partitions have no end. */
  readonly limits: ReadonlyMap<string, number>
  /** Records a second of all processes together, at most. */
  readonly rate: number | undefined
  /** Only results of windows inside this one are made. */
  readonly only: Window | undefined
}
