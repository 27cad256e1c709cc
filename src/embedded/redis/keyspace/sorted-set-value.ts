import { doubleText } from '../resp/double-text.ts'
import { SkipList } from './skip-list.ts'
import type { ScoredMember, SkipNode } from './skip-list.ts'
import { Value } from './value.ts'

const compactMembers = 128
const compactMemberBytes = 64
/** Estimates: the node, its links, its places in the map and the list. */
const bytesPerMember = 160
const membersPerCommand = 500

/** A sorted set: members with their scores, in order of score, then of bytes. */
export class SortedSetValue extends Value {
  readonly type = 'zset'
  readonly #order = new SkipList()
  readonly #nodes = new Map<string, SkipNode>()
  readonly #slots: SkipNode[] = []
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

  score(member: string): number | undefined {
    return this.#nodes.get(member)?.score
  }

  /** Adds the member or moves it; equal scores, also 0 and -0, change nothing. */
  set(member: string, score: number): 'added' | 'moved' | 'same' {
    const found = this.#nodes.get(member)
    if (found !== undefined) {
      if (found.score === score) return 'same'
      this.#order.move(found, this.#kept(score))
      return 'moved'
    }
    this.#compact &&= this.size < compactMembers && member.length <= compactMemberBytes
    const node = this.#order.insert(member, this.#kept(score), this.#slots.length)
    this.#slots.push(node)
    this.#nodes.set(member, node)
    this.#memberBytes += member.length
    return 'added'
  }

  delete(member: string): boolean {
    const node = this.#nodes.get(member)
    if (node === undefined) return false
    this.#order.delete(node)
    this.#nodes.delete(member)
    this.#memberBytes -= member.length
    const last = this.#slots.pop()!
    if (last !== node) {
      this.#slots[node.slot] = last
      last.slot = node.slot
    }
    return true
  }

  /** How many members come before it, or undefined when it is not there. */
  rank(member: string): number | undefined {
    const node = this.#nodes.get(member)
    return node === undefined ? undefined : this.#order.rank(node)
  }

  /** How many members have a score below this one, or not above it. */
  countBelow(score: number, included: boolean): number {
    return this.#order.countWhile(included ? (node) => node.score <= score : (node) => node.score < score)
  }

  /** How many members come before this one by bytes alone; all scores are taken to be equal. */
  countBelowMember(member: string, included: boolean): number {
    return this.#order.countWhile(included ? (node) => node.member <= member : (node) => node.member < member)
  }

  /** Members of the ranks from `start` up to but without `end`, in order. */
  slice(start: number, end: number): ScoredMember[] {
    const found: ScoredMember[] = []
    const count = Math.min(end, this.size) - start
    if (count <= 0) return found
    for (let node = this.#order.at(start); node !== undefined && found.length < count; node = node.next[0]) found.push(node)
    return found
  }

  /** The same members as `slice`, the highest first. */
  sliceBackwards(start: number, end: number): ScoredMember[] {
    const found: ScoredMember[] = []
    const count = Math.min(end, this.size) - start
    if (count <= 0) return found
    for (let node = this.#order.at(start + count - 1); node !== undefined && found.length < count; node = node.before) found.push(node)
    return found
  }

  /** All members in order; the set must not change meanwhile. */
  *[Symbol.iterator](): Generator<ScoredMember> {
    for (let node = this.#order.first; node !== undefined; node = node.next[0]) yield node
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
