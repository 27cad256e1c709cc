import { Value } from './value.ts'

const compactMembers = 512
const integer = /^(0|-?[1-9]\d{0,18})$/
const leastInteger = -(2n ** 63n)
const mostInteger = 2n ** 63n - 1n
/** An estimate: its places in the map and the list. */
const bytesPerMember = 56
const membersPerCommand = 500

/**
 * A set: members without order, any one of which can be drawn at once. Members are byte strings, one
 * character for each byte.
 */
export class SetValue extends Value {
  readonly type = 'set'
  readonly #slots: string[] = []
  readonly #slotOf = new Map<string, number>()
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

  /** Once it held anything but integers, or too many of them, it never becomes sorted integers again. */
  get encoding(): 'intset' | 'hashtable' {
    return this.#compact ? 'intset' : 'hashtable'
  }

  has(member: string): boolean {
    return this.#slotOf.has(member)
  }

  /** False when it was there already. */
  add(member: string): boolean {
    if (this.#slotOf.has(member)) return false
    this.#slotOf.set(member, this.#slots.length)
    this.#slots.push(member)
    this.#memberBytes += member.length
    this.#compact &&= isInteger(member) && this.#slots.length <= compactMembers
    return true
  }

  /** False when it was not there. */
  delete(member: string): boolean {
    const slot = this.#slotOf.get(member)
    if (slot === undefined) return false
    this.#slotOf.delete(member)
    this.#memberBytes -= member.length
    const last = this.#slots.pop()!
    if (slot < this.#slots.length) {
      this.#slots[slot] = last
      this.#slotOf.set(last, slot)
    }
    return true
  }

  /** Integers come in their order as long as Redis would keep them so, other members in none. */
  members(): string[] {
    return this.#compact ? this.#slots.toSorted(byNumber) : [...this.#slots]
  }

  /** A place of the list SCAN walks from its end to 0: members that stay are met, whatever else is removed or added. */
  atSlot(slot: number): string | undefined {
    return this.#slots[slot]
  }

  copy(): SetValue {
    const copy = new SetValue()
    for (const member of this.#slots) copy.add(member)
    copy.#compact = this.#compact
    return copy
  }

  *rebuild(key: string): Generator<string[]> {
    for (let start = 0; start < this.#slots.length; start += membersPerCommand) {
      yield ['SADD', key, ...this.#slots.slice(start, start + membersPerCommand)]
    }
  }
}

/** Whether the text is the one way to write a 64-bit integer. */
function isInteger(text: string): boolean {
  if (!integer.test(text)) return false
  if (text.length < 16) return true
  const value = BigInt(text)
  return value >= leastInteger && value <= mostInteger
}

function byNumber(left: string, right: string): number {
  if (left.length < 16 && right.length < 16) return Number(left) - Number(right)
  const difference = BigInt(left) - BigInt(right)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
