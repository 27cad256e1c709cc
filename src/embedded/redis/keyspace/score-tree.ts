import { precedes } from './scored-member.ts'
import type { ScoredMember } from './scored-member.ts'

/** A place in the order. Only the tree changes its score. */
export interface TreeEntry extends ScoredMember {
  score: number
  /** For the owner: where it keeps the entry. */
  slot: number
}

interface Leaf {
  readonly entries: TreeEntry[]
  before: Leaf | undefined
  after: Leaf | undefined
}

/** Of each child what it holds, how many entries, and an upper bound of them that is below all of the next child. */
interface Fork {
  readonly children: Node[]
  readonly counts: number[]
  readonly bounds: ScoredMember[]
}

type Node = Leaf | Fork

const mostEntries = 128
const mostChildren = 64

/**
 * Members in order of score, then of bytes, with ranks in O(log n): a B+ tree whose forks count what is
 * below them. It does not look for doubles.
 */
export class ScoreTree {
  #root: Node = newLeaf([])
  #size = 0

  get size(): number {
    return this.#size
  }

  insert(member: string, score: number, slot: number): TreeEntry {
    const entry = { member, score, slot }
    this.#insert(entry)
    return entry
  }

  delete(entry: TreeEntry): void {
    remove(this.#root, entry)
    this.#size--
    if ('children' in this.#root && this.#root.children.length === 1) this.#root = this.#root.children[0]!
  }

  /** Gives an entry another score and so perhaps another place. */
  move(entry: TreeEntry, score: number): void {
    this.delete(entry)
    entry.score = score
    this.#insert(entry)
  }

  /** How many come before it. */
  rank(entry: TreeEntry): number {
    return this.countWhile((other) => precedes(other, entry))
  }

  /** How many at the front fulfil `holds`, which must hold for none after one for which it does not. */
  countWhile(holds: (member: ScoredMember) => boolean): number {
    let count = 0
    let node = this.#root
    while ('children' in node) {
      const at = firstNot(node.bounds, holds)
      for (let i = 0; i < at; i++) count += node.counts[i]!
      if (at === node.children.length) return count
      node = node.children[at]!
    }
    return count + firstNot(node.entries, holds)
  }

  /** `count` entries from a rank on, or as many as there are; backwards those before it come next. */
  slice(rank: number, count: number, backwards = false): ScoredMember[] {
    const found: ScoredMember[] = []
    if (rank < 0 || rank >= this.#size) return found
    let at = rank
    let node = this.#root
    while ('children' in node) {
      let i = 0
      for (; at >= node.counts[i]!; i++) at -= node.counts[i]!
      node = node.children[i]!
    }
    for (let leaf: Leaf | undefined = node; leaf !== undefined && found.length < count; leaf = backwards ? leaf.before : leaf.after) {
      if (leaf !== node) at = backwards ? leaf.entries.length - 1 : 0
      for (; at >= 0 && at < leaf.entries.length && found.length < count; at += backwards ? -1 : 1) found.push(leaf.entries[at]!)
    }
    return found
  }

  /** All in order; the tree must not change meanwhile. */
  *[Symbol.iterator](): Generator<ScoredMember> {
    let node = this.#root
    while ('children' in node) node = node.children[0]!
    for (let leaf: Leaf | undefined = node; leaf !== undefined; leaf = leaf.after) yield* leaf.entries
  }

  #insert(entry: TreeEntry): void {
    const split = insert(this.#root, entry)
    this.#size++
    if (split === undefined) return
    const children = [this.#root, split]
    this.#root = { children, counts: children.map(sizeOf), bounds: children.map(lastOf) }
  }
}

/** Returns the new node behind this one when it had to be split. */
function insert(node: Node, entry: TreeEntry): Node | undefined {
  if (!('children' in node)) {
    node.entries.splice(placeOf(node.entries, entry), 0, entry)
    return node.entries.length > mostEntries ? splitLeaf(node) : undefined
  }
  const { children, counts, bounds } = node
  let at = placeOf(bounds, entry)
  if (at === children.length) bounds[--at] = boundOf(entry)
  const split = insert(children[at]!, entry)
  if (split === undefined) {
    counts[at]!++
    return undefined
  }
  children.splice(at + 1, 0, split)
  counts.splice(at, 1, sizeOf(children[at]!), sizeOf(split))
  bounds.splice(at, 0, lastOf(children[at]!))
  return children.length > mostChildren ? splitFork(node) : undefined
}

function remove(node: Node, entry: TreeEntry): void {
  if (!('children' in node)) {
    node.entries.splice(placeOf(node.entries, entry), 1)
    return
  }
  const at = placeOf(node.bounds, entry)
  remove(node.children[at]!, entry)
  node.counts[at]!--
  if (!join(node, at) && at > 0) join(node, at - 1)
}

/** Puts a child and the next one into one, when they fit into half of what one may have or one is empty. */
function join({ children, counts, bounds }: Fork, at: number): boolean {
  const left = children[at]!
  const right = children[at + 1]
  if (right === undefined) return false
  if ('children' in left && 'children' in right) {
    if (left.children.length + right.children.length > mostChildren / 2) return false
    left.children.push(...right.children)
    left.counts.push(...right.counts)
    left.bounds.push(...right.bounds)
  } else if (!('children' in left) && !('children' in right)) {
    if (left.entries.length + right.entries.length > mostEntries / 2 && left.entries.length > 0 && right.entries.length > 0) return false
    left.entries.push(...right.entries)
    left.after = right.after
    if (right.after !== undefined) right.after.before = left
  }
  counts[at]! += counts[at + 1]!
  children.splice(at + 1, 1)
  counts.splice(at + 1, 1)
  bounds.splice(at, 1)
  return true
}

function newLeaf(entries: TreeEntry[]): Leaf {
  return { entries, before: undefined, after: undefined }
}

function splitLeaf(leaf: Leaf): Leaf {
  const right = newLeaf(leaf.entries.splice(leaf.entries.length >> 1))
  right.before = leaf
  right.after = leaf.after
  if (leaf.after !== undefined) leaf.after.before = right
  leaf.after = right
  return right
}

function splitFork({ children, counts, bounds }: Fork): Fork {
  const half = children.length >> 1
  return { children: children.splice(half), counts: counts.splice(half), bounds: bounds.splice(half) }
}

function sizeOf(node: Node): number {
  if (!('children' in node)) return node.entries.length
  let size = 0
  for (const count of node.counts) size += count
  return size
}

function lastOf(node: Node): ScoredMember {
  return 'children' in node ? node.bounds.at(-1)! : boundOf(node.entries.at(-1)!)
}

/** A copy: the entry's own score changes. */
function boundOf({ member, score }: ScoredMember): ScoredMember {
  return { member, score }
}

/** The place of the first that is not below the member. */
function placeOf(ordered: readonly ScoredMember[], { member, score }: ScoredMember): number {
  let low = 0
  let high = ordered.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = ordered[middle]!
    if (other.score < score || (other.score === score && other.member < member)) low = middle + 1
    else high = middle
  }
  return low
}

function firstNot(ordered: readonly ScoredMember[], holds: (member: ScoredMember) => boolean): number {
  let low = 0
  let high = ordered.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(ordered[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
