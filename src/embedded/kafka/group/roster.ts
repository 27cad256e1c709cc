import type { ErrorCodeName } from '../../../wire/api/error-code.ts'
import { joinRefused, syncRefused } from './group-messages.ts'
import { Member } from './member.ts'

/** Who is in a group: members by id, static members by instance id, and the leader. */
export class Roster {
  readonly #members = new Map<string, Member>()
  readonly #staticIds = new Map<string, string>()
  #leader: string | undefined

  get size(): number {
    return this.#members.size
  }

  /** Member id; undefined while there is no member. */
  get leader(): string | undefined {
    return this.#leader
  }

  /** In the order they came. */
  get members(): readonly Member[] {
    return [...this.#members.values()]
  }

  get awaitingJoin(): number {
    let count = 0
    for (const member of this.#members.values()) if (member.join !== undefined) count++
    return count
  }

  get(memberId: string): Member | undefined {
    return this.#members.get(memberId)
  }

  idOfStatic(instanceId: string): string | undefined {
    return this.#staticIds.get(instanceId)
  }

  isLeader(memberId: string): boolean {
    return this.#leader === memberId
  }

  /** The member that speaks, or why it may not. */
  identify(memberId: string, instanceId: string | null): Member | ErrorCodeName {
    if (instanceId !== null) {
      const current = this.#staticIds.get(instanceId)
      if (current === undefined) return 'UNKNOWN_MEMBER_ID'
      if (current !== memberId) return 'FENCED_INSTANCE_ID'
    }
    return this.#members.get(memberId) ?? 'UNKNOWN_MEMBER_ID'
  }

  /** The first one leads. */
  add(member: Member): void {
    this.#members.set(member.id, member)
    if (member.instanceId !== null) this.#staticIds.set(member.instanceId, member.id)
    this.#leader ??= member.id
  }

  /** What the member still waits for is refused, so that it joins anew if it lives. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    this.#members.delete(memberId)
    if (member.instanceId !== null) this.#staticIds.delete(member.instanceId)
    if (this.#leader === memberId) this.#leader = this.#members.keys().next().value
    member.answerJoin(joinRefused('UNKNOWN_MEMBER_ID', ''))
    member.answerSync(syncRefused('UNKNOWN_MEMBER_ID'))
  }

  /** The same static member under a new id, with its assignment; whoever waits under the old one is fenced. */
  replaceStatic(old: Member, newId: string): Member {
    const member = new Member({ ...old.record, id: newId })
    this.#members.delete(old.id)
    this.#members.set(newId, member)
    if (old.instanceId !== null) this.#staticIds.set(old.instanceId, newId)
    if (this.#leader === old.id) this.#leader = newId
    old.answerJoin(joinRefused('FENCED_INSTANCE_ID', old.id))
    old.answerSync(syncRefused('FENCED_INSTANCE_ID'))
    return member
  }

  /** Makes sure that the leader is one who waits for the join phase to end; false when nobody does. */
  electJoinedLeader(): boolean {
    if (this.#leader !== undefined && this.#members.get(this.#leader)?.join !== undefined) return true
    for (const member of this.#members.values()) {
      if (member.join === undefined) continue
      this.#leader = member.id
      return true
    }
    return false
  }

  /** Only while restoring. */
  setLeader(memberId: string | undefined): void {
    this.#leader = memberId
  }
}
