import type { ErrorCodeName } from '../../../wire/api/error-code.ts'

/** What members ask of their group and what it answers, free of versions and of the wire. */

export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinRequest {
  /** Empty for a member that has no id yet. */
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly Protocol[]
  /** The client can come back with an id it is given (JoinGroup v4 and later). */
  readonly takesMemberId: boolean
}

export interface JoinResult {
  readonly error: ErrorCodeName
  readonly memberId: string
  /** −1 with an error. */
  readonly generation: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** Member id of the leader; empty with an error. */
  readonly leader: string
  /** All members for the leader, none for others. */
  readonly members: readonly { readonly memberId: string; readonly instanceId: string | null; readonly metadata: Buffer }[]
}

export function joinRefused(error: ErrorCodeName, memberId: string): JoinResult {
  return { error, memberId, generation: -1, protocolType: null, protocolName: null, leader: '', members: [] }
}

/** Who speaks, and of which generation. */
export interface MemberClaim {
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
}

export interface SyncRequest extends MemberClaim {
  /** Null when the client does not say. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
}

export interface SyncResult {
  readonly error: ErrorCodeName
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export function syncRefused(error: ErrorCodeName): SyncResult {
  return { error, protocolType: null, protocolName: null, assignment: Buffer.alloc(0) }
}

export interface LeaveRequest {
  /** Empty to remove a static member by its instance id. */
  readonly memberId: string
  readonly instanceId: string | null
}
