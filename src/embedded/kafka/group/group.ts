import { randomUUID } from 'node:crypto'
import { consumerProtocolType } from '../../../wire/api/consumer-protocol.ts'
import type { ErrorCodeName } from '../../../wire/api/error-code.ts'
import { joinRefused, syncRefused } from './group-messages.ts'
import type { JoinRequest, JoinResult, LeaveRequest, MemberClaim, SyncRequest, SyncResult } from './group-messages.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupSurroundings } from './group-surroundings.ts'
import { JoinPhase } from './join-phase.ts'
import { Member } from './member.ts'
import type { Parked } from './parked.ts'
import { electProtocol, haveCommonProtocol } from './protocol-vote.ts'
import { Roster } from './roster.ts'
import { subscribedTopics } from './subscribed-topics.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

/**
 * Before it has joined, a member cannot send heartbeats. A client that gave up its first join and
 * tried again would leave members behind that nobody plays.
 */
const newMemberPatienceMs = 300_000

/**
 * The members of one group by Kafka's classic protocol, as a state machine without I/O: members join,
 * the leader gives all of them their assignments, and any change begins the next generation.
 * Behaviour as in Apache Kafka's `GroupMetadataManager`, static members (KIP-345) included.
 *
 * Differences from Apache: of two parked requests of one member the older is answered
 * REBALANCE_IN_PROGRESS instead of never, and so is the parked request of a member that leaves,
 * UNKNOWN_MEMBER_ID; a member whose connection is lost while its answer is parked stays, but its
 * session runs on; one who leaves before it has joined makes nobody rebalance.
 */
export class Group {
  readonly id: string
  readonly #at: GroupSurroundings
  readonly #roster = new Roster()
  readonly #joinPhase = new JoinPhase()
  /** Ids given out to members that have to come back with them, and until when they may. */
  readonly #promised = new Map<string, number>()
  /** Members of this generation that have not asked for their assignment. */
  readonly #unsynced = new Set<string>()
  #state: GroupState = 'Empty'
  #stateSinceMs: number
  #generation = 0
  #protocolType: string | null = null
  #protocolName: string | null = null
  #topics: ReadonlySet<string> | undefined
  #syncEndsMs = Infinity

  constructor(id: string, surroundings: GroupSurroundings) {
    this.id = id
    this.#at = surroundings
    this.#stateSinceMs = surroundings.clock.now()
  }

  /** The group as it was; its members have their whole session from now. */
  static restore(record: GroupRecord, surroundings: GroupSurroundings): Group {
    const group = new Group(record.id, surroundings)
    group.#generation = record.generation
    group.#protocolType = record.protocolType
    group.#protocolName = record.protocolName
    for (const member of record.members) {
      const restored = new Member(member)
      restored.heard(surroundings.clock.monotonic())
      group.#roster.add(restored)
    }
    group.#roster.setLeader(record.leader ?? undefined)
    group.#state = record.members.length > 0 ? 'Stable' : 'Empty'
    group.#stateSinceMs = record.stateSinceMs
    group.#readTopics()
    if (record.members.length > surroundings.settings().groupMaxSize) group.#rebalance('the group is larger than group.max.size')
    return group
  }

  get state(): GroupState {
    return this.#state
  }

  get generation(): number {
    return this.#generation
  }

  get protocolType(): string | null {
    return this.#protocolType
  }

  get protocolName(): string | null {
    return this.#protocolName
  }

  /** Wall time of the last change of state. */
  get stateSinceMs(): number {
    return this.#stateSinceMs
  }

  get members(): readonly Member[] {
    return this.#roster.members
  }

  get leader(): string | undefined {
    return this.#roster.leader
  }

  get record(): GroupRecord {
    return {
      id: this.id,
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.#roster.leader ?? null,
      stateSinceMs: this.#stateSinceMs,
      members: this.members.map(({ record }) => record),
    }
  }

  /** Whether members read the topic, or might: what they read is unknown when their metadata cannot be understood. */
  isSubscribedTo(topic: string): boolean {
    return this.#topics?.has(topic) ?? this.#protocolType === consumerProtocolType
  }

  join(request: JoinRequest, parked: Parked<JoinResult>): void {
    const { memberId } = request
    if (this.#state === 'Dead') parked.give(joinRefused('COORDINATOR_NOT_AVAILABLE', memberId))
    else if (!this.#hasRoomFor(memberId)) {
      this.#promised.delete(memberId)
      this.#roster.remove(memberId)
      parked.give(joinRefused('GROUP_MAX_SIZE_REACHED', ''))
      this.#endJoinPhaseWhenComplete()
    } else if (!this.#understands(request)) parked.give(joinRefused('INCONSISTENT_GROUP_PROTOCOL', memberId))
    else if (memberId === '') this.#joinUnknown(request, parked)
    else if (!this.#promised.has(memberId)) this.#joinKnown(request, parked)
    else if (request.instanceId !== null) parked.give(joinRefused('UNKNOWN_SERVER_ERROR', ''))
    else this.#add(memberId, request, parked)
  }

  /** Parks the members until the leader has brought the assignments. */
  sync(request: SyncRequest, parked: Parked<SyncResult>): void {
    const member = this.#identify(request)
    if (typeof member === 'string') parked.give(syncRefused(member))
    else if (differs(request.protocolType, this.#protocolType) || differs(request.protocolName, this.#protocolName)) parked.give(syncRefused('INCONSISTENT_GROUP_PROTOCOL'))
    else if (this.#state === 'PreparingRebalance') parked.give(syncRefused('REBALANCE_IN_PROGRESS'))
    else {
      this.#unsynced.delete(member.id)
      if (this.#unsynced.size === 0) this.#syncEndsMs = Infinity
      if (this.#state === 'Stable') {
        parked.give(this.#assignmentOf(member))
        return
      }
      member.answerSync(syncRefused('REBALANCE_IN_PROGRESS'))
      member.sync = parked
      if (this.#roster.isLeader(member.id)) this.#assign(request.assignments)
    }
  }

  heartbeat(claim: MemberClaim): ErrorCodeName {
    const member = this.#identify(claim)
    if (typeof member === 'string') return member
    this.#hear(member)
    return this.#state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE'
  }

  /** One answer per member that is to leave, in their order. */
  leave(requests: readonly LeaveRequest[]): ErrorCodeName[] {
    let someLeft = false
    const results = requests.map(({ memberId, instanceId }): ErrorCodeName => {
      if (this.#state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE'
      if (this.#promised.delete(memberId)) return 'NONE'
      const id = memberId === '' && instanceId !== null ? this.#roster.idOfStatic(instanceId) ?? '' : memberId
      const member = this.#roster.identify(id, instanceId)
      if (typeof member === 'string') return member
      this.#report('a member left the group', { member: member.id })
      this.#remove(member.id)
      someLeft = true
      return 'NONE'
    })
    if (someLeft && this.#isInGeneration) this.#rebalance('members left')
    else this.#endJoinPhaseWhenComplete()
    return results
  }

  /** Whether offsets may be committed; they count as heard from the member. */
  checkCommit(claim: MemberClaim, { isTransactional }: { readonly isTransactional: boolean }): ErrorCodeName {
    if (this.#state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE'
    if (claim.generation < 0 && this.#state === 'Empty') return 'NONE'
    if (claim.generation < 0 && claim.memberId === '' && claim.instanceId === null) return isTransactional ? 'NONE' : 'UNKNOWN_MEMBER_ID'
    const member = this.#roster.identify(claim.memberId, claim.instanceId)
    if (typeof member === 'string') return member
    if (claim.generation !== this.#generation) return 'ILLEGAL_GENERATION'
    if (isTransactional) return 'NONE'
    if (this.#state === 'CompletingRebalance') return 'REBALANCE_IN_PROGRESS'
    this.#hear(member)
    return 'NONE'
  }

  /** The connection that waited for the answer is gone. The member stays until its session ends. */
  giveUp(parked: Parked<JoinResult> | Parked<SyncResult>): void {
    parked.abandon()
    this.members.find(({ join, sync }) => join === parked || sync === parked)?.heard(this.#now)
  }

  /** Monotonic time at which `expire` has something to do, unless members are heard until then; Infinity when never. */
  get nextDeadlineMs(): number {
    let next = Math.min(this.#joinPhase.endsMs, this.#syncEndsMs)
    for (const member of this.members) next = Math.min(next, member.sessionEndMs)
    for (const endMs of this.#promised.values()) next = Math.min(next, endMs)
    return next
  }

  /** Does what time has made due. */
  expire(): void {
    const now = this.#now
    for (const [memberId, endMs] of this.#promised) if (endMs <= now) this.#promised.delete(memberId)
    const silent = this.members.filter((member) => member.sessionEndMs <= now)
    for (const { id, sessionTimeoutMs } of silent) {
      this.#report('a member was not heard for its session timeout and is removed from the group', { member: id, sessionTimeoutMs })
      this.#remove(id)
    }
    if (silent.length > 0 && this.#isInGeneration) this.#rebalance('sessions ended')
    else if (this.#state === 'PreparingRebalance' && this.#hasEverybodyJoined && (silent.length > 0 || !this.#joinPhase.isInitial)) this.#endJoinPhase()
    if (this.#joinPhase.endsMs <= now && !this.#joinPhase.prolong(now, this.#at.settings().groupInitialRebalanceDelayMs)) this.#endJoinPhase()
    if (this.#syncEndsMs <= now) this.#onSyncPhaseOver()
  }

  /** For an empty group that is deleted. */
  die(): void {
    this.#promised.clear()
    this.#turn('Dead')
  }

  get #now(): number {
    return this.#at.clock.monotonic()
  }

  get #isInGeneration(): boolean {
    return this.#state === 'Stable' || this.#state === 'CompletingRebalance'
  }

  /** Those who were given an id are waited for by others, but do not keep a group busy that has no member. */
  get #hasEverybodyJoined(): boolean {
    return this.#roster.size === 0 || (this.#promised.size === 0 && this.#roster.awaitingJoin === this.#roster.size)
  }

  get #rebalanceTimeoutMs(): number {
    return this.members.reduce((longest, { rebalanceTimeoutMs }) => Math.max(longest, rebalanceTimeoutMs), 0)
  }

  /** Never brings the end of a session nearer: that of a new member is far anyway. */
  #hear(member: Member): void {
    if (!member.isNew) member.heard(this.#now)
  }

  #identify(claim: MemberClaim): Member | ErrorCodeName {
    if (this.#state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE'
    const member = this.#roster.identify(claim.memberId, claim.instanceId)
    if (typeof member === 'string') return member
    return claim.generation === this.#generation ? member : 'ILLEGAL_GENERATION'
  }

  /** While members join, those count that have joined: then the last ones to come back are turned away when the limit was lowered. */
  #hasRoomFor(memberId: string): boolean {
    const { groupMaxSize } = this.#at.settings()
    if (this.#state === 'PreparingRebalance') return this.#roster.get(memberId)?.join !== undefined || this.#roster.awaitingJoin < groupMaxSize
    return this.#state === 'Empty' || this.#roster.get(memberId) !== undefined || this.#roster.size < groupMaxSize
  }

  #understands({ protocolType, protocols }: JoinRequest): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0
    return protocolType === this.#protocolType && haveCommonProtocol(this.members, protocols.map(({ name }) => name))
  }

  #joinUnknown(request: JoinRequest, parked: Parked<JoinResult>): void {
    const { instanceId, clientId } = request
    const id = `${instanceId ?? clientId}-${(this.#at.newId ?? randomUUID)()}`
    const staticId = instanceId === null ? undefined : this.#roster.idOfStatic(instanceId)
    if (staticId !== undefined) this.#replaceStatic(this.#roster.get(staticId)!, id, request, parked)
    else if (instanceId === null && request.takesMemberId) {
      this.#promised.set(id, this.#now + request.sessionTimeoutMs)
      parked.give(joinRefused('MEMBER_ID_REQUIRED', id))
    } else this.#add(id, request, parked)
  }

  #joinKnown(request: JoinRequest, parked: Parked<JoinResult>): void {
    const member = this.#roster.identify(request.memberId, request.instanceId)
    if (typeof member === 'string') {
      parked.give(joinRefused(member, request.memberId))
      return
    }
    const isUnchanged = member.hasSameProtocols(request.protocols)
    const isLeader = this.#roster.isLeader(member.id)
    // A leader that joins again wants the assignments made anew; a follower has perhaps missed the answer.
    if (isUnchanged && (this.#state === 'CompletingRebalance' || (this.#state === 'Stable' && !isLeader))) {
      parked.give(this.#generationFor(member))
      return
    }
    this.#takeJoin(member, request, parked)
    this.#rebalance('a member joined again')
  }

  #add(memberId: string, request: JoinRequest, parked: Parked<JoinResult>): void {
    this.#promised.delete(memberId)
    const member = new Member({ ...request, id: memberId })
    member.isNew = true
    member.expiresAtMs = this.#now + newMemberPatienceMs
    member.join = parked
    if (this.#roster.size === 0) this.#protocolType = request.protocolType
    this.#roster.add(member)
    if (this.#state === 'PreparingRebalance') this.#joinPhase.grow()
    this.#rebalance('a member joined')
  }

  #replaceStatic(old: Member, newId: string, request: JoinRequest, parked: Parked<JoinResult>): void {
    this.#report('a static member came back under a new member id', { instance: old.instanceId, member: newId, fenced: old.id })
    const oldLeader = this.#roster.leader ?? ''
    const member = this.#roster.replaceStatic(old, newId)
    if (this.#unsynced.delete(old.id)) this.#unsynced.add(newId)
    this.#takeJoin(member, request, parked)
    member.heard(this.#now)
    if (this.#state !== 'Stable' || electProtocol(this.members) !== this.#protocolName) {
      // In between, the leader may already hold the old id and would leave the new one without an assignment.
      this.#rebalance('a static member came back')
      return
    }
    this.#readTopics()
    this.#at.onChange(this.record)
    // The old leader's id: a client that were told it leads would assign anew, without the members' metadata.
    member.answerJoin({ ...this.#generationFor(member), leader: oldLeader, members: [] })
  }

  #takeJoin(member: Member, request: JoinRequest, parked: Parked<JoinResult>): void {
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    member.answerJoin(joinRefused('REBALANCE_IN_PROGRESS', member.id))
    member.join = parked
  }

  #remove(memberId: string): void {
    this.#roster.remove(memberId)
    this.#unsynced.delete(memberId)
  }

  /** Begins a join phase, or ends the one under way when everybody is there. */
  #rebalance(reason: string): void {
    if (this.#state === 'PreparingRebalance') {
      this.#endJoinPhaseWhenComplete()
      return
    }
    for (const member of this.#state === 'CompletingRebalance' ? this.members : []) {
      member.assignment = Buffer.alloc(0)
      if (member.answerSync(syncRefused('REBALANCE_IN_PROGRESS'))) member.heard(this.#now)
    }
    this.#unsynced.clear()
    this.#syncEndsMs = Infinity
    const wasEmpty = this.#state === 'Empty'
    this.#turn('PreparingRebalance')
    this.#report('the group rebalances', { generation: this.#generation, reason })
    if (wasEmpty) this.#joinPhase.beginInitial(this.#now, this.#at.settings().groupInitialRebalanceDelayMs, this.#rebalanceTimeoutMs)
    else {
      this.#joinPhase.begin(this.#now, this.#rebalanceTimeoutMs)
      this.#endJoinPhaseWhenComplete()
    }
  }

  #endJoinPhaseWhenComplete(): void {
    if (this.#state === 'PreparingRebalance' && !this.#joinPhase.isInitial && this.#hasEverybodyJoined) this.#endJoinPhase()
  }

  /** Begins the next generation with those who joined; static members keep their place also when they did not. */
  #endJoinPhase(): void {
    this.#joinPhase.end()
    for (const member of this.members) {
      if (member.join !== undefined || member.isStatic) continue
      this.#report('a member did not join in time and is removed from the group', { member: member.id })
      this.#remove(member.id)
    }
    if (this.#roster.size > 0 && !this.#roster.electJoinedLeader()) {
      this.#joinPhase.beginAgain(this.#now, this.#rebalanceTimeoutMs)
      return
    }
    this.#generation++
    if (this.#roster.size === 0) {
      this.#protocolName = null
      this.#turn('Empty')
      this.#readTopics()
      this.#at.onChange(this.record)
      return
    }
    this.#protocolName = electProtocol(this.members)
    this.#turn('CompletingRebalance')
    this.#readTopics()
    this.#report('the group has a new generation', { generation: this.#generation, members: this.#roster.size })
    this.#syncEndsMs = this.#now + this.#rebalanceTimeoutMs
    for (const member of this.members) {
      member.isNew = false
      member.heard(this.#now)
      this.#unsynced.add(member.id)
      member.answerJoin(this.#generationFor(member))
    }
  }

  #assign(assignments: ReadonlyMap<string, Buffer>): void {
    for (const member of this.members) member.assignment = assignments.get(member.id) ?? Buffer.alloc(0)
    this.#turn('Stable')
    this.#at.onChange(this.record)
    for (const member of this.members) {
      if (member.answerSync(this.#assignmentOf(member))) member.heard(this.#now)
    }
  }

  #onSyncPhaseOver(): void {
    this.#syncEndsMs = Infinity
    for (const memberId of this.#unsynced) {
      this.#report('a member did not ask for its assignment in time and is removed from the group', { member: memberId })
      this.#remove(memberId)
    }
    this.#rebalance('assignments were not asked for')
  }

  #generationFor(member: Member): JoinResult {
    return {
      error: 'NONE',
      memberId: member.id,
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.#roster.leader ?? '',
      members: this.#roster.isLeader(member.id)
        ? this.members.map((each) => ({ memberId: each.id, instanceId: each.instanceId, metadata: each.metadataOf(this.#protocolName) }))
        : [],
    }
  }

  #assignmentOf(member: Member): SyncResult {
    return { error: 'NONE', protocolType: this.#protocolType, protocolName: this.#protocolName, assignment: member.assignment }
  }

  #readTopics(): void {
    this.#topics = subscribedTopics(this.#protocolType, this.members.map((member) => member.metadataOf(this.#protocolName)))
  }

  #report(event: string, detail: Readonly<Record<string, unknown>>): void {
    this.#at.onEvent(event, { group: this.id, ...detail })
  }

  #turn(state: GroupState): void {
    this.#state = state
    this.#stateSinceMs = this.#at.clock.now()
  }
}

function differs(said: string | null, known: string | null): boolean {
  return said !== null && known !== null && said !== known
}
