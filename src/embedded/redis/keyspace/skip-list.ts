/** One member of a sorted set. */
export interface ScoredMember {
  readonly member: string
  readonly score: number
}

/** A place in the order. Only the list changes it. */
export interface SkipNode extends ScoredMember {
  readonly member: string
  score: number
  /** For the owner: where it keeps the node. */
  slot: number
  /** The node before it at the lowest level; undefined for the first. */
  before: SkipNode | undefined
  /** The node after it at each level it takes part in. */
  readonly next: (SkipNode | undefined)[]
  /** How many ranks each of these links jumps. */
  readonly width: number[]
}

const maxLevel = 32

/**
 * Members in order of score, then of bytes, with ranks in O(log n): a skip list with widths (Pugh,
 * "A Skip List Cookbook", 1990), one node of four reaching the next level. It does not look for
 * doubles; members are byte strings, one character for each byte.
 */
export class SkipList {
  readonly #head: SkipNode = { member: '', score: Number.NEGATIVE_INFINITY, slot: -1, before: undefined, next: [undefined], width: [1] }
  #last: SkipNode | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): SkipNode | undefined {
    return this.#head.next[0]
  }

  insert(member: string, score: number, slot: number): SkipNode {
    const level = randomLevel()
    const node: SkipNode = { member, score, slot, before: undefined, next: Array.from({ length: level }), width: Array.from({ length: level }, () => 0) }
    this.#link(node)
    return node
  }

  delete(node: SkipNode): void {
    this.#unlink(node)
  }

  /** Gives a node another score and so perhaps another place. */
  move(node: SkipNode, score: number): void {
    const { before } = node
    const after = node.next[0]
    const changed = { member: node.member, score }
    if ((before === undefined || precedes(before, changed)) && (after === undefined || precedes(changed, after))) {
      node.score = score
      return
    }
    this.#unlink(node)
    node.score = score
    this.#link(node)
  }

  /** How many come before it. */
  rank(node: SkipNode): number {
    return this.countWhile((other) => precedes(other, node))
  }

  /** The node with so many before it. */
  at(rank: number): SkipNode | undefined {
    if (rank === this.#size - 1) return this.#last
    let at = this.#head
    let passed = -1
    for (let i = this.#head.next.length - 1; i >= 0; i--) {
      for (let next = at.next[i]; next !== undefined && passed + at.width[i]! <= rank; next = at.next[i]) {
        passed += at.width[i]!
        at = next
      }
    }
    return passed === rank ? at : undefined
  }

  /** How many at the front fulfil `holds`, which must hold for none after one for which it does not. */
  countWhile(holds: (node: ScoredMember) => boolean): number {
    let at = this.#head
    let count = 0
    for (let i = this.#head.next.length - 1; i >= 0; i--) {
      for (let next = at.next[i]; next !== undefined && holds(next); next = at.next[i]) {
        count += at.width[i]!
        at = next
      }
    }
    return count
  }

  #link(node: SkipNode): void {
    const level = node.next.length
    while (this.#head.next.length < level) {
      this.#head.next.push(undefined)
      this.#head.width.push(this.#size + 1)
    }
    let at = this.#head
    let rank = 0
    const path: SkipNode[] = []
    const ranks: number[] = []
    for (let i = this.#head.next.length - 1; i >= 0; i--) {
      for (let next = at.next[i]; next !== undefined && precedes(next, node); next = at.next[i]) {
        rank += at.width[i]!
        at = next
      }
      path[i] = at
      ranks[i] = rank
    }
    for (let i = 0; i < path.length; i++) {
      const left = path[i]!
      if (i >= level) {
        left.width[i]!++
        continue
      }
      const jumped = rank - ranks[i]!
      node.next[i] = left.next[i]
      node.width[i] = left.width[i]! - jumped
      left.next[i] = node
      left.width[i] = jumped + 1
    }
    node.before = at === this.#head ? undefined : at
    if (node.next[0] === undefined) this.#last = node
    else node.next[0].before = node
    this.#size++
  }

  #unlink(node: SkipNode): void {
    let at = this.#head
    for (let i = this.#head.next.length - 1; i >= 0; i--) {
      for (let next = at.next[i]; next !== undefined && precedes(next, node); next = at.next[i]) at = next
      if (at.next[i] === node) {
        at.width[i]! += node.width[i]! - 1
        at.next[i] = node.next[i]
      } else {
        at.width[i]!--
      }
    }
    if (node.next[0] === undefined) this.#last = node.before
    else node.next[0].before = node.before
    node.before = undefined
    this.#size--
  }
}

function precedes(left: ScoredMember, right: ScoredMember): boolean {
  return left.score < right.score || (left.score === right.score && left.member < right.member)
}

function randomLevel(): number {
  let level = 1
  while (level < maxLevel && Math.random() < 0.25) level++
  return level
}

/** For sorting: by score, then by bytes. */
export function inOrder(left: ScoredMember, right: ScoredMember): number {
  return precedes(left, right) ? -1 : 1
}
