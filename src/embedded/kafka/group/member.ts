import type { JoinResult, Protocol, SyncResult } from './group-messages.ts'
import type { Parked } from './parked.ts'

const noBytes = Buffer.alloc(0)

export interface MemberRecord {
  readonly id: string
  /** `group.instance.id` of a static member. */
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** What the member can do, dearest first. */
  readonly protocols: readonly Protocol[]
  readonly assignment: Buffer
}

/** One member of a group. Times are the group's monotonic clock. */
export class Member {
  readonly id: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly Protocol[]
  assignment: Buffer
  /** Not in a generation yet, and perhaps without knowing its id. */
  isNew = false
  expiresAtMs = Infinity
  join: Parked<JoinResult> | undefined
  sync: Parked<SyncResult> | undefined

  constructor(record: Omit<MemberRecord, 'assignment'> & { readonly assignment?: Buffer }) {
    this.id = record.id
    this.instanceId = record.instanceId
    this.clientId = record.clientId
    this.clientHost = record.clientHost
    this.sessionTimeoutMs = record.sessionTimeoutMs
    this.rebalanceTimeoutMs = record.rebalanceTimeoutMs
    this.protocols = record.protocols
    this.assignment = record.assignment ?? noBytes
  }

  get record(): MemberRecord {
    const { id, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assignment } = this
    return { id, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assignment }
  }

  get isStatic(): boolean {
    return this.instanceId !== null
  }

  /** When the session ends if nothing is heard; a member whose answer is parked cannot send heartbeats, so it has no end. */
  get sessionEndMs(): number {
    const parked = this.join ?? this.sync
    return parked === undefined || parked.isAbandoned || this.isNew ? this.expiresAtMs : Infinity
  }

  heard(nowMs: number): void {
    this.expiresAtMs = nowMs + this.sessionTimeoutMs
  }

  supports(protocolName: string): boolean {
    return this.protocols.some(({ name }) => name === protocolName)
  }

  hasSameProtocols(others: readonly Protocol[]): boolean {
    return this.protocols.length === others.length
      && this.protocols.every(({ name, metadata }, i) => name === others[i]!.name && metadata.equals(others[i]!.metadata))
  }

  metadataOf(protocolName: string | null): Buffer {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes
  }

  answerJoin(result: JoinResult): void {
    const parked = this.join
    this.join = undefined
    parked?.give(result)
  }

  /** Whether somebody waited for it. */
  answerSync(result: SyncResult): boolean {
    const parked = this.sync
    this.sync = undefined
    parked?.give(result)
    return parked !== undefined
  }
}
