import { afterBlanks, afterEscapedText, afterLiteral, afterNumber, afterValue, closeObject, colon, comma, openObject, quote, specialAt } from './json-grammar.ts'

/** What a declared field may hold. */
export type JsonFieldType = 'string' | 'number' | 'boolean'

const minus = 0x2d
const zero = 0x30
/** Integers of so many digits are exact. */
const exactDigits = 15
/** Members whose beginnings are remembered, and the words of four bytes there is room for in each. */
const mostMembers = 64
const memberWords = 8

/** Where a scan writes what it found, by field: places of texts without their quotes, and numbers, or 1 and 0 for true and false. */
export interface Found {
  readonly starts: readonly Int32Array[]
  readonly ends: readonly Int32Array[]
  readonly numbers: readonly Float64Array[]
}

/**
 * Finds declared members of a JSON object in its bytes, without building the rest. Sure or silent: it
 * accepts nothing that JSON.parse would refuse or read differently, and answers false whenever it is
 * not sure (a declared text with an escape, an escaped member name, odd nesting, anything unexpected);
 * then JSON.parse decides. Of a member that is there twice the last one counts.
 *
 * Objects of one topic mostly have the same members in the same order. So it remembers, by position, the
 * bytes of the last object from a value's end to the next value: where the same bytes stand again, they
 * mean the same, and need not be read.
 */
export class JsonScanner {
  readonly #names: readonly Buffer[]
  readonly #types: readonly JsonFieldType[]
  readonly #all: number
  /** Of each remembered beginning: its length or 0, its field or -1, its words, and its last four bytes. There is none at the end. */
  readonly #lengths = new Int32Array(mostMembers + 1)
  readonly #fields = new Int32Array(mostMembers)
  readonly #words = new Int32Array(mostMembers * memberWords)
  readonly #tails = new Int32Array(mostMembers)
  /** Of the member whose beginning was read last. */
  #field = -1

  /** At most 30 fields. */
  constructor(names: readonly string[], types: readonly JsonFieldType[]) {
    this.#names = names.map((name) => Buffer.from(name))
    this.#types = types
    this.#all = 2 ** names.length - 1
  }

  /** `bytes[from … end)` is UTF-8, `view` is over the same bytes. What is found is row `row`. */
  scan(bytes: Buffer, view: DataView, from: number, end: number, { ends, numbers, starts }: Found, row: number): boolean {
    const lengths = this.#lengths
    const words = this.#words
    let at = from
    let found = 0
    for (let member = 0; ; member++) {
      let field = -1
      const length = lengths[member < mostMembers ? member : mostMembers]!
      let differs = length === 0 || at + length >= end ? 1 : view.getInt32(at + length - 4, true) ^ this.#tails[member]!
      if (differs === 0) for (let i = 0, word = member * memberWords; i < length - 4; i += 4, word++) differs |= view.getInt32(at + i, true) ^ words[word]!
      if (differs === 0) {
        field = this.#fields[member]!
        at += length
      } else {
        if (member > 0) {
          const close = afterBlanks(view, at, end)
          if (close < end && view.getUint8(close) === closeObject) return afterBlanks(view, close + 1, end) === end && found === this.#all
        }
        at = this.#afterName(view, at, end, member)
        if (at < 0) return false
        field = this.#field
      }
      let first = view.getUint8(at)
      if (first <= 0x20) {
        // There are more blanks than were remembered.
        at = afterBlanks(view, at, end)
        if (at >= end) return false
        first = view.getUint8(at)
      }
      if (first === quote) {
        const start = at + 1
        const close = specialAt(view, start, end)
        const closed = close < end && view.getUint8(close) === quote
        at = close + 1
        if (field >= 0) {
          if (!closed || this.#types[field] !== 'string') return false
          starts[field]![row] = start
          ends[field]![row] = close
          found |= 1 << field
        } else if (!closed) at = afterEscapedText(view, close, end)
      } else if (field < 0) at = afterValue(view, at, end, 0)
      else {
        const type = this.#types[field]
        if (type === 'string') return false
        at = type === 'number' ? readNumber(bytes, view, at, end, numbers[field]!, row) : readBoolean(view, at, end, numbers[field]!, row)
        found |= 1 << field
      }
      if (at < 0) return false
    }
  }

  /** From the end of a value, or the beginning of the object, to the next member's value, which is remembered; or -1. */
  #afterName(view: DataView, from: number, end: number, member: number): number {
    let at = afterBlanks(view, from, end)
    if (at >= end || view.getUint8(at) !== (member === 0 ? openObject : comma)) return -1
    at = afterBlanks(view, at + 1, end)
    if (at >= end || view.getUint8(at) !== quote) return -1
    const name = at + 1
    const nameEnd = specialAt(view, name, end)
    if (nameEnd >= end || view.getUint8(nameEnd) !== quote) return -1
    at = afterBlanks(view, nameEnd + 1, end)
    if (at >= end || view.getUint8(at) !== colon) return -1
    at = afterBlanks(view, at + 1, end)
    if (at >= end) return -1
    this.#field = this.#fieldOf(view, name, nameEnd)
    if (member < mostMembers) this.#remember(view, from, at, member)
    return at
  }

  /** A beginning has at least four bytes: `{"":`. */
  #remember(view: DataView, from: number, end: number, member: number): void {
    const length = end - from
    if (length > 4 * memberWords) {
      this.#lengths[member] = 0
      return
    }
    this.#lengths[member] = length
    this.#fields[member] = this.#field
    this.#tails[member] = view.getInt32(end - 4, true)
    for (let at = from, word = member * memberWords; at + 4 <= end; at += 4, word++) this.#words[word] = view.getInt32(at, true)
  }

  #fieldOf(view: DataView, at: number, end: number): number {
    const names = this.#names
    const length = end - at
    next: for (let field = 0; field < names.length; field++) {
      const name = names[field]!
      if (name.length !== length) continue
      for (let i = 0; i < length; i++) if (name[i] !== view.getUint8(at + i)) continue next
      return field
    }
    return -1
  }
}

/** Past a number, which is written to `numbers[row]`; or -1. */
function readNumber(bytes: Buffer, view: DataView, from: number, end: number, numbers: Float64Array, row: number): number {
  const after = afterNumber(view, from, end)
  if (after < 0) return -1
  const negative = view.getUint8(from) === minus
  const first = negative ? from + 1 : from
  let value = 0
  let at = after - first > exactDigits ? after : first
  for (; at < after; at++) {
    const digit = view.getUint8(at) - zero
    if (digit < 0 || digit > 9) break
    value = 10 * value + digit
  }
  if (at !== after || after - first > exactDigits) value = Number(bytes.toString('latin1', first, after))
  numbers[row] = negative ? -value : value
  return after
}

/** Past true or false, written as 1 or 0 to `numbers[row]`; or -1. */
function readBoolean(view: DataView, from: number, end: number, numbers: Float64Array, row: number): number {
  const after = afterLiteral(view, from, end)
  const first = view.getUint8(from)
  numbers[row] = first === 0x74 ? 1 : 0
  return first === 0x6e ? -1 : after
}
