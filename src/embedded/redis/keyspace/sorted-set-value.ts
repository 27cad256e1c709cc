import { doubleText } from '../resp/double-text.ts'
import { ScoreTree } from './score-tree.ts'
import type { TreeEntry } from './score-tree.ts'
import type { ScoredMember } from './scored-member.ts'
import { Value } from './value.ts'

const compactMembers = 128
const compactMemberBytes = 64
/** An estimate: the entry, its places in the tree, the map and the list. */
const bytesPerMember = 120
const membersPerCommand = 500

/** A sorted set: members with their scores, in order of score, then of bytes. */
export class SortedSetValue extends Value {
  readonly type = 'zset'
  readonly #order = new ScoreTree()
  readonly #entries = new Map<string, TreeEntry>()
  readonly #slots: TreeEntry[] = []
  #memberBytes = 0
  #compact = true

  get size(): number {
    return this.#slots.length
  }

  get empty(): boolean {
    return this.#slots.length === 0
  }

  get bytes(): number {
    return this.#memberBytes + this.#slots.length * bytesPerMember
  }

  /** Once it was too large for a listpack it never becomes one again. */
  get encoding(): 'listpack' | 'skiplist' {
    return this.#compact ? 'listpack' : 'skiplist'
  }

  /** Redis takes a sorted set out of its listpack to sort it. */
  leaveListpack(): void {
    this.#compact = false
  }

  score(member: string): number | undefined {
    return this.#entries.get(member)?.score
  }

  /** Adds the member or moves it; equal scores, also 0 and -0, change nothing. */
  set(member: string, score: number): 'added' | 'moved' | 'same' {
    const found = this.#entries.get(member)
    if (found !== undefined) {
      if (found.score === score) return 'same'
      this.#order.move(found, this.#kept(score))
      return 'moved'
    }
    this.#compact &&= this.size < compactMembers && member.length <= compactMemberBytes
    const entry = this.#order.insert(member, this.#kept(score), this.#slots.length)
    this.#slots.push(entry)
    this.#entries.set(member, entry)
    this.#memberBytes += member.length
    return 'added'
  }

  delete(member: string): boolean {
    const entry = this.#entries.get(member)
    if (entry === undefined) return false
    this.#order.delete(entry)
    this.#entries.delete(member)
    this.#memberBytes -= member.length
    const last = this.#slots.pop()!
    if (last !== entry) {
      this.#slots[entry.slot] = last
      last.slot = entry.slot
    }
    return true
  }

  /** How many members come before it, or undefined when it is not there. */
  rank(member: string): number | undefined {
    const entry = this.#entries.get(member)
    return entry === undefined ? undefined : this.#order.rank(entry)
  }

  /** How many members have a score below this one, or not above it. */
  countBelow(score: number, included: boolean): number {
    return this.#order.countWhile(included ? (other) => other.score <= score : (other) => other.score < score)
  }

  /** How many members come before this one by bytes alone; all scores are taken to be equal. */
  countBelowMember(member: string, included: boolean): number {
    return this.#order.countWhile(included ? (other) => other.member <= member : (other) => other.member < member)
  }

  /** Members of the ranks from `start` up to but without `end`, in order. */
  slice(start: number, end: number): ScoredMember[] {
    return this.#order.slice(start, Math.min(end, this.size) - start)
  }

  /** The same members as `slice`, the highest first. */
  sliceBackwards(start: number, end: number): ScoredMember[] {
    const last = Math.min(end, this.size) - 1
    return this.#order.slice(last, last - start + 1, true)
  }

  /** All members in order; the set must not change meanwhile. */
  [Symbol.iterator](): Iterator<ScoredMember> {
    return this.#order[Symbol.iterator]()
  }

  /** A place of the unordered list SCAN walks from its end to 0: members that stay are met, whatever else is removed or added. */
  atSlot(slot: number): ScoredMember | undefined {
    return this.#slots[slot]
  }

  copy(): SortedSetValue {
    const copy = new SortedSetValue()
    copy.#compact = this.#compact
    for (const { member, score } of this) copy.set(member, score)
    return copy
  }

  *rebuild(key: string): Generator<string[]> {
    for (let start = 0; start < this.size; start += membersPerCommand) {
      yield ['ZADD', key, ...this.slice(start, start + membersPerCommand).flatMap(({ member, score }) => [doubleText(score), member])]
    }
  }

  /** A listpack has no -0. */
  #kept(score: number): number {
    return score === 0 && this.#compact ? 0 : score
  }
}
