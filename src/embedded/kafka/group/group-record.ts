import type { MemberRecord } from './member.ts'

/** What of a group outlives a restart: its last whole generation. */
export interface GroupRecord {
  readonly id: string
  readonly generation: number
  /** Null when no member has ever joined. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** Member id. */
  readonly leader: string | null
  /** Wall time of the last change of state. */
  readonly stateSinceMs: number
  readonly members: readonly MemberRecord[]
}
