import { MillraceError } from '../errors.ts'
import type { Assignment, JoinAnswer, JoinRequest, Seat } from './group-coordinator.ts'
import { groupPlace } from './group-identity.ts'
import type { GroupIdentity } from './group-identity.ts'
import { refusal } from './group-refusal.ts'
import type { KafkaFailure } from './kafka-failure.ts'

/*
 * One member of a consumer group as a pure state machine: events and the time go in, actions come out.
 *
 *            open                    joined                synced
 *    idle ─────────▶ joining ──────────────────▶ syncing ──────────▶ stable ⟲ heartbeats
 *                     ▲   ▲  refused ▶ waiting      │ refused           │ rebalance, or partitions added
 *                     │   └──────────── (backoff) ◀─┘                   ▼
 *                     └──────────────────────────────────────────── releasing ⟲ heartbeats
 *                          released, or out of time                  (the listener drains)
 *
 * A heartbeat that says the seat is gone leads from stable and releasing to waiting, by way of `lost`.
 * From anywhere: `close`, or an error that cannot pass, leads to ended.
 */
type Phase = 'idle' | 'joining' | 'syncing' | 'stable' | 'releasing' | 'waiting' | 'ended'

/** Answers carry the ticket of what they answer; those to anything but the latest are dropped. */
export type MemberEvent =
  | { readonly on: 'open' }
  /** `counts` has the topics of all members when we lead. */
  | { readonly on: 'joined'; readonly ticket: number; readonly answer: JoinAnswer; readonly counts: ReadonlyMap<string, number> }
  | { readonly on: 'synced'; readonly ticket: number; readonly assignment: Assignment }
  | { readonly on: 'alive'; readonly ticket: number }
  | { readonly on: 'refused'; readonly ticket: number; readonly error: KafkaFailure | MillraceError }
  /** The listener has drained and committed. */
  | { readonly on: 'released'; readonly ticket: number }
  /** How many partitions our topics have now. */
  | { readonly on: 'counts'; readonly counts: ReadonlyMap<string, number> }
  /** `wakeAt` has come. */
  | { readonly on: 'time' }
  | { readonly on: 'close' }

export type MemberAction =
  | { readonly act: 'join'; readonly ticket: number; readonly request: JoinRequest }
  | { readonly act: 'sync'; readonly ticket: number; readonly seat: Seat; readonly assignments: ReadonlyMap<string, Assignment> }
  | { readonly act: 'heartbeat'; readonly ticket: number; readonly seat: Seat }
  | { readonly act: 'leave'; readonly memberId: string }
  | { readonly act: 'revoke'; readonly ticket: number; readonly because: string }
  | { readonly act: 'assign'; readonly partitions: readonly string[]; readonly generation: number }
  | { readonly act: 'lost'; readonly because: string }
  | { readonly act: 'fail'; readonly error: MillraceError }

export interface MemberSettings extends GroupIdentity {
  readonly topics: readonly string[]
  readonly heartbeatMs: number
  readonly sessionTimeoutMs: number
  /** How long the listener may drain; stays below the rebalance timeout. */
  readonly releaseBudgetMs: number
  /** After this long without ever having been given partitions, the next error is final. */
  readonly startTimeoutMs: number
}

const firstBackoffMs = 100
const longestBackoffMs = 2_000

export class GroupMember {
  readonly #settings: MemberSettings
  #phase: Phase = 'idle'
  #seat: Seat = { memberId: '', generation: -1 }
  /** What the last sync gave us. */
  #assignment: Assignment & { readonly counts: ReadonlyMap<string, number> } = { partitions: [], counts: new Map() }
  /** The generation of that sync, which is older than the seat's until the next. */
  #assignedIn = -1
  /** Whether the listener has them. */
  #holding = false
  #known: ReadonlyMap<string, number>
  /** Joining because the last assignment did not fit the partitions there are. */
  #renewing = false
  #failures = 0
  #tickets = 0
  /** Of the join, sync or revocation under way. */
  #ticket = 0
  /** Of the heartbeat under way, 0 when there is none. */
  #beat = 0
  #beatSentAt = 0
  #beatAt = 0
  #joinAt = 0
  #syncSentAt = 0
  /** Counted from when we asked, so it never ends after the coordinator's. */
  #sessionUntil = 0
  #releaseUntil = 0
  #startUntil = Infinity
  #now = 0
  #actions: MemberAction[] = []

  constructor(settings: MemberSettings, counts: ReadonlyMap<string, number>) {
    this.#settings = settings
    this.#known = counts
  }

  /** Where commits go; undefined while we have no place in the group. */
  get seat(): Seat | undefined {
    return this.#phase === 'stable' || this.#phase === 'releasing' ? this.#seat : undefined
  }

  /** When `time` wants to be told, on the clock of `handle`. */
  get wakeAt(): number {
    switch (this.#phase) {
      case 'waiting':
        return this.#joinAt
      case 'stable':
      case 'releasing':
        return Math.min(
          this.#beat === 0 ? this.#beatAt : Infinity,
          this.#holding ? this.#sessionUntil : Infinity,
          this.#phase === 'releasing' ? this.#releaseUntil : Infinity,
        )
      default:
        return Infinity
    }
  }

  handle(event: MemberEvent, now: number): readonly MemberAction[] {
    this.#now = now
    this.#actions = []
    if (this.#phase !== 'ended') this.#step(event)
    return this.#actions
  }

  #step(event: MemberEvent): void {
    switch (event.on) {
      case 'open':
        this.#startUntil = this.#now + this.#settings.startTimeoutMs
        return this.#join()
      case 'joined':
        if (this.#phase === 'joining' && event.ticket === this.#ticket) this.#joined(event.answer, event.counts)
        return
      case 'synced':
        if (this.#phase === 'syncing' && event.ticket === this.#ticket) this.#synced(event.assignment)
        return
      case 'alive':
        if (this.#inGroup && event.ticket === this.#beat) this.#alive()
        return
      case 'refused':
        if (this.#inGroup && event.ticket === this.#beat) this.#heartbeatRefused(event.error)
        else if ((this.#phase === 'joining' || this.#phase === 'syncing') && event.ticket === this.#ticket) this.#refused(event.error)
        return
      case 'released':
        if (this.#phase === 'releasing' && event.ticket === this.#ticket) {
          this.#holding = false
          this.#join()
        }
        return
      case 'counts':
        this.#known = event.counts
        if (this.#phase === 'stable' && this.#outdated) this.#renew()
        return
      case 'time':
        return this.#time()
      case 'close':
        if (this.#phase !== 'idle') this.#actions.push({ act: 'leave', memberId: this.#seat.memberId })
        this.#phase = 'ended'
    }
  }

  get #inGroup(): boolean {
    return this.#phase === 'stable' || this.#phase === 'releasing'
  }

  get #outdated(): boolean {
    return this.#settings.topics.some((topic) => this.#known.get(topic) !== this.#assignment.counts.get(topic))
  }

  #join(): void {
    this.#phase = 'joining'
    this.#beat = 0
    this.#ticket = ++this.#tickets
    const { memberId } = this.#seat
    const { partitions: owned } = this.#assignment
    this.#actions.push({ act: 'join', ticket: this.#ticket, request: { memberId, generation: this.#assignedIn, owned, topics: this.#settings.topics } })
  }

  #joinLater(): void {
    this.#phase = 'waiting'
    this.#joinAt = this.#now + this.#backoffMs()
  }

  #joined(answer: JoinAnswer, counts: ReadonlyMap<string, number>): void {
    this.#phase = 'syncing'
    this.#seat = answer.seat
    this.#syncSentAt = this.#now
    this.#ticket = ++this.#tickets
    const assignments = new Map<string, Assignment>()
    if (answer.members.length > 0) {
      const assign = this.#settings.assignors.get(answer.assignor)
      if (assign === undefined) return this.#fail(new MillraceError('MR_KAFKA_REFUSED', `the consumer group ${this.#settings.group} has taken the assignor "${answer.assignor}", which was not offered`, { place: groupPlace(this.#settings), remedy: "look for the reason in the broker's log" }))
      for (const [memberId, partitions] of assign(answer.members, counts)) assignments.set(memberId, { partitions, counts })
      this.#known = counts
    }
    this.#actions.push({ act: 'sync', ticket: this.#ticket, seat: this.#seat, assignments })
  }

  #synced(assignment: Assignment): void {
    this.#phase = 'stable'
    // Where it is not said what the leader saw, what we see is compared with what we see later.
    this.#assignment = { partitions: assignment.partitions, counts: assignment.counts ?? this.#known }
    this.#assignedIn = this.#seat.generation
    this.#failures = 0
    this.#startUntil = Infinity
    // An answer that took long may have waited in this process, which then could be out of the group
    // by now: a heartbeat tells.
    const sure = this.#now - this.#syncSentAt < this.#settings.heartbeatMs
    this.#sessionUntil = this.#syncSentAt + this.#settings.sessionTimeoutMs
    this.#beatAt = sure ? this.#now + this.#settings.heartbeatMs : this.#now
    // A restarted process gets what its predecessor had, who may have read other topics. Once is
    // enough: should the leader not see what we see, the next look at the partitions tries again.
    if (this.#outdated && !this.#renewing) return this.#renew()
    this.#renewing = false
    if (sure) this.#assign()
  }

  #assign(): void {
    this.#holding = true
    this.#actions.push({ act: 'assign', partitions: this.#assignment.partitions, generation: this.#seat.generation })
  }

  #renew(): void {
    this.#renewing = true
    this.#release('the partitions of the topics have changed')
  }

  #release(because: string): void {
    if (!this.#holding) return this.#join()
    this.#phase = 'releasing'
    this.#releaseUntil = this.#now + this.#settings.releaseBudgetMs
    this.#ticket = ++this.#tickets
    this.#actions.push({ act: 'revoke', ticket: this.#ticket, because })
  }

  #lose(because: string): void {
    if (this.#holding) this.#actions.push({ act: 'lost', because })
    this.#holding = false
  }

  #alive(): void {
    this.#answered()
    this.#failures = 0
    // lost to silence only: the coordinator has kept our seat, if this answer is not itself an old one
    if (this.#phase === 'stable' && !this.#holding && this.#now < this.#sessionUntil) this.#assign()
  }

  #heartbeatRefused(error: KafkaFailure | MillraceError): void {
    if (error instanceof MillraceError) return this.#fail(error)
    switch (error.type) {
      case 'REBALANCE_IN_PROGRESS':
        this.#answered()
        if (this.#phase === 'stable') this.#release('the group rebalances')
        return
      case 'UNKNOWN_MEMBER_ID':
        this.#forgetMember()
        this.#lose('the session has ended')
        return this.#joinLater()
      case 'ILLEGAL_GENERATION':
        this.#lose('the group went on without this process')
        return this.#joinLater()
      default: {
        const final = refusal(error, this.#settings)
        if (final !== undefined) return this.#fail(final)
        this.#beat = 0
        this.#beatAt = this.#now + this.#backoffMs()
      }
    }
  }

  #refused(error: KafkaFailure | MillraceError): void {
    if (error instanceof MillraceError) return this.#fail(error)
    const final = refusal(error, this.#settings)
    if (final !== undefined) return this.#fail(final)
    if (error.type === 'REBALANCE_IN_PROGRESS' && this.#phase === 'syncing') return this.#join()
    if (error.type === 'UNKNOWN_MEMBER_ID') this.#forgetMember()
    if (this.#now >= this.#startUntil) {
      return this.#fail(new MillraceError('MR_KAFKA_UNREACHABLE', `the consumer group cannot be joined: ${error.message}`, {
        place: groupPlace(this.#settings),
        remedy: 'check that the brokers are up and that the topic __consumer_offsets has leaders',
      }))
    }
    this.#joinLater()
  }

  #forgetMember(): void {
    this.#seat = { memberId: '', generation: this.#seat.generation }
  }

  /** Whatever the answer to a heartbeat, it has renewed the session. */
  #answered(): void {
    this.#beat = 0
    this.#sessionUntil = this.#beatSentAt + this.#settings.sessionTimeoutMs
    this.#beatAt = Math.max(this.#now, this.#beatSentAt + this.#settings.heartbeatMs)
  }

  #time(): void {
    if (this.#phase === 'waiting' && this.#now >= this.#joinAt) return this.#join()
    if (!this.#inGroup) return
    if (this.#holding && this.#now >= this.#sessionUntil) {
      this.#lose('the coordinator has not answered within the session timeout')
      if (this.#phase === 'releasing') return this.#join()
    }
    if (this.#phase === 'releasing' && this.#now >= this.#releaseUntil) {
      this.#lose('draining took longer than the group can wait')
      return this.#join()
    }
    if (this.#beat === 0 && this.#now >= this.#beatAt) {
      this.#beat = ++this.#tickets
      this.#beatSentAt = this.#now
      this.#actions.push({ act: 'heartbeat', ticket: this.#beat, seat: this.#seat })
    }
  }

  #fail(error: MillraceError): void {
    this.#phase = 'ended'
    this.#actions.push({ act: 'fail', error })
  }

  #backoffMs(): number {
    return Math.min(firstBackoffMs * 2 ** this.#failures++, longestBackoffMs)
  }
}
