import type { Subscriber } from './assignor.ts'
import type { Position } from '../topology/source.ts'

/**
 * The coordinator of our group, as the member sees it. Every call may reject with a KafkaFailure, whose
 * type is Kafka's name of the error, or with a MillraceError for what can never work. None retries.
 */
export interface GroupCoordinator {
  /** Answers when all members have joined, so it may take the rebalance timeout. */
  join(request: JoinRequest): Promise<JoinAnswer>
  /** Answers when the leader has sent its assignments, which are empty for all others. */
  sync(seat: Seat, assignments: ReadonlyMap<string, Assignment>): Promise<Assignment>
  heartbeat(seat: Seat): Promise<void>
  /** Not delayed by a join that waits. Without a member id whoever sits on our instance name leaves. */
  leave(memberId: string): Promise<void>
  commit(seat: Seat, positions: readonly Position[]): Promise<void>
  committed(partitions: readonly string[]): Promise<ReadonlyMap<string, number>>
}

export interface JoinRequest {
  /** Empty for a member the coordinator has not named, or no longer knows. */
  readonly memberId: string
  readonly topics: readonly string[]
  /** What the last sync gave us, and its generation, so that the leader can leave it with us. */
  readonly owned: readonly string[]
  readonly generation: number
}

export interface JoinAnswer {
  readonly seat: Seat
  /** The assignor the group has taken. */
  readonly assignor: string
  /** All members when we lead, else empty; also empty for a restarted process that led before. */
  readonly members: readonly Subscriber[]
}

/** A place in one generation of the group. */
export interface Seat {
  readonly memberId: string
  readonly generation: number
}

export interface Assignment {
  readonly partitions: readonly string[]
  /** Partitions of each topic the leader knew of: a member that sees others asks for a new assignment. A leader of another make does not say it. */
  readonly counts: ReadonlyMap<string, number> | undefined
}
