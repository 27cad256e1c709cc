import type { Clock } from '../../src/base/clock.ts'
import type { Assignment, JoinAnswer, JoinRequest, Seat } from '../../src/kafka/group-coordinator.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'

interface Member {
  readonly instance: string
  memberId: string
  request: JoinRequest
  expiresAt: number
  joining: PromiseWithResolvers<JoinAnswer> | undefined
  syncing: PromiseWithResolvers<Assignment> | undefined
  assignment: Assignment
}

/** A consumer group of static members as Apache Kafka keeps it, in memory. */
export class GroupModel {
  readonly #clock: Clock
  readonly #sessionMs: number
  readonly #rebalanceMs: number
  readonly #members = new Map<string, Member>()
  #phase: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty'
  #generation = 0
  #leader = ''
  #ids = 0
  rebalances = 0
  /** Sessions that have ended in silence. */
  expired = 0

  constructor(clock: Clock, sessionMs: number, rebalanceMs: number) {
    this.#clock = clock
    this.#sessionMs = sessionMs
    this.#rebalanceMs = rebalanceMs
  }

  join(instance: string, request: JoinRequest): Promise<JoinAnswer> {
    const known = this.#members.get(instance)
    if (known === undefined) {
      if (request.memberId !== '') throw refused('UNKNOWN_MEMBER_ID')
      const member: Member = {
        instance, memberId: `${instance}-${++this.#ids}`, request, expiresAt: Infinity, joining: undefined, syncing: undefined, assignment: { partitions: [], counts: new Map() },
      }
      this.#members.set(instance, member)
      return this.#wait(member)
    }
    if (request.memberId !== '' && request.memberId !== known.memberId) throw refused('FENCED_INSTANCE_ID')
    const changed = JSON.stringify(known.request) !== JSON.stringify(request)
    known.request = request
    if (request.memberId === '') {
      known.memberId = `${instance}-${++this.#ids}`
      known.joining?.reject(refused('FENCED_INSTANCE_ID'))
      known.syncing?.reject(refused('FENCED_INSTANCE_ID'))
      known.joining = known.syncing = undefined
      if (this.#phase === 'stable') return this.#current(known)
    } else if (this.#phase === 'stable' && this.#leader !== instance && !changed) {
      return this.#current(known)
    }
    return this.#wait(known)
  }

  sync(instance: string, seat: Seat, assignments: ReadonlyMap<string, Assignment>): Promise<Assignment> {
    const member = this.#check(instance, seat)
    if (this.#phase === 'preparing') throw refused('REBALANCE_IN_PROGRESS')
    if (this.#phase === 'stable') {
      this.#renew(member)
      return Promise.resolve(member.assignment)
    }
    member.syncing = Promise.withResolvers()
    member.expiresAt = Infinity
    const answer = member.syncing.promise
    if (instance === this.#leader) {
      this.#phase = 'stable'
      for (const each of this.#members.values()) {
        each.assignment = assignments.get(each.memberId) ?? { partitions: [], counts: new Map() }
        each.syncing?.resolve(each.assignment)
        each.syncing = undefined
        this.#renew(each)
      }
    }
    return answer
  }

  heartbeat(instance: string, seat: Seat): void {
    this.#renew(this.#check(instance, seat))
    if (this.#phase === 'preparing') throw refused('REBALANCE_IN_PROGRESS')
  }

  leave(instance: string, memberId: string): void {
    const member = this.#members.get(instance)
    if (member === undefined) throw refused('UNKNOWN_MEMBER_ID')
    if (memberId !== '' && memberId !== member.memberId) throw refused('FENCED_INSTANCE_ID')
    this.#remove(member)
  }

  #check(instance: string, seat: Seat): Member {
    const member = this.#members.get(instance)
    if (member === undefined) throw refused('UNKNOWN_MEMBER_ID')
    if (member.memberId !== seat.memberId) throw refused('FENCED_INSTANCE_ID')
    if (seat.generation !== this.#generation) throw refused('ILLEGAL_GENERATION')
    return member
  }

  /** A restarted process, or one that lost an answer, goes on in the generation there is. */
  #current(member: Member): Promise<JoinAnswer> {
    this.#renew(member)
    return Promise.resolve({ seat: { memberId: member.memberId, generation: this.#generation }, assignor: 'millrace-sticky', members: [] })
  }

  #wait(member: Member): Promise<JoinAnswer> {
    member.joining?.reject(refused('UNKNOWN_MEMBER_ID'))
    member.joining = Promise.withResolvers()
    member.joining.promise.catch(() => {})
    member.expiresAt = Infinity
    const answer = member.joining.promise
    this.#prepare()
    return answer
  }

  #prepare(): void {
    if (this.#phase !== 'preparing') {
      this.#phase = 'preparing'
      for (const member of this.#members.values()) {
        if (member.syncing === undefined) continue
        member.syncing.reject(refused('REBALANCE_IN_PROGRESS'))
        member.syncing = undefined
        this.#renew(member)
      }
      const generation = this.#generation
      this.#clock.setTimer(this.#rebalanceMs, () => {
        if (this.#phase === 'preparing' && this.#generation === generation) this.#complete()
      })
    }
    if ([...this.#members.values()].every(({ joining }) => joining !== undefined)) this.#complete()
  }

  #complete(): void {
    this.#generation++
    this.rebalances++
    const all = [...this.#members.values()]
    const present = all.filter(({ joining }) => joining !== undefined)
    if (present.length === 0) {
      this.#phase = all.length === 0 ? 'empty' : 'preparing'
      return
    }
    this.#phase = 'completing'
    if (!present.some(({ instance }) => instance === this.#leader)) this.#leader = present[0]!.instance
    for (const member of present) {
      const members = member.instance === this.#leader ? all.map((each) => ({ ...each.request, memberId: each.memberId, instance: each.instance })) : []
      member.joining!.resolve({ seat: { memberId: member.memberId, generation: this.#generation }, assignor: 'millrace-sticky', members })
      member.joining = undefined
      this.#renew(member)
    }
  }

  #renew(member: Member): void {
    if (member.joining !== undefined || member.syncing !== undefined) return
    const at = this.#clock.monotonic() + this.#sessionMs
    member.expiresAt = at
    this.#clock.setTimer(this.#sessionMs, () => {
      if (member.expiresAt !== at || this.#members.get(member.instance) !== member) return
      this.expired++
      this.#remove(member)
    })
  }

  #remove(member: Member): void {
    this.#members.delete(member.instance)
    member.joining?.reject(refused('UNKNOWN_MEMBER_ID'))
    member.syncing?.reject(refused('UNKNOWN_MEMBER_ID'))
    this.#prepare()
  }
}

function refused(type: string): KafkaFailure {
  return new KafkaFailure(type, type, false)
}
