/** What a declared field may hold. */
export type JsonFieldType = 'string' | 'number' | 'boolean'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openObject = 0x7b
const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d
const minus = 0x2d
const zero = 0x30
/** Deeper nesting is left to JSON.parse. */
const mostDepth = 64
/** Integers of so many digits are exact. */
const exactDigits = 15

/**
 * Finds declared members of a JSON object in its bytes, without building the rest. Sure or silent: it
 * accepts nothing that JSON.parse would refuse or read differently, and answers false whenever it is
 * not sure (a declared text with an escape, an escaped member name, odd nesting, anything unexpected);
 * then JSON.parse decides. Of a member that is there twice the last one counts.
 */
export class JsonScanner {
  /** By field, after a scan that answered true: where a text stands, without its quotes. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** A number, or 1 and 0 for true and false. */
  readonly numbers: Float64Array
  readonly #names: readonly Buffer[]
  readonly #types: readonly JsonFieldType[]
  readonly #all: number

  /** At most 30 fields. */
  constructor(names: readonly string[], types: readonly JsonFieldType[]) {
    this.#names = names.map((name) => Buffer.from(name))
    this.#types = types
    this.#all = 2 ** names.length - 1
    this.starts = new Int32Array(names.length)
    this.ends = new Int32Array(names.length)
    this.numbers = new Float64Array(names.length)
  }

  /** `bytes[from … end)` is UTF-8. */
  scan(bytes: Buffer, from: number, end: number): boolean {
    let at = afterBlanks(bytes, from, end)
    if (at >= end || bytes[at] !== openObject) return false
    at = afterBlanks(bytes, at + 1, end)
    let found = 0
    for (;;) {
      if (at >= end || bytes[at] !== quote) return false
      const name = at + 1
      const nameEnd = textEnd(bytes, name, end)
      if (nameEnd < 0) return false
      at = afterBlanks(bytes, nameEnd + 1, end)
      if (at >= end || bytes[at] !== colon) return false
      at = afterBlanks(bytes, at + 1, end)
      if (at >= end) return false
      const field = this.#fieldOf(bytes, name, nameEnd)
      if (field < 0) at = afterValue(bytes, at, end, 0)
      else {
        at = this.#read(field, bytes, at, end)
        found |= 1 << field
      }
      if (at < 0) return false
      at = afterBlanks(bytes, at, end)
      if (at >= end) return false
      const next = bytes[at]
      at = afterBlanks(bytes, at + 1, end)
      if (next === closeObject) return at === end && found === this.#all
      if (next !== comma) return false
    }
  }

  #fieldOf(bytes: Buffer, at: number, end: number): number {
    const names = this.#names
    const length = end - at
    next: for (let field = 0; field < names.length; field++) {
      const name = names[field]!
      if (name.length !== length) continue
      for (let i = 0; i < length; i++) if (name[i] !== bytes[at + i]) continue next
      return field
    }
    return -1
  }

  /** Answers where the value ends, or -1. */
  #read(field: number, bytes: Buffer, at: number, end: number): number {
    const first = bytes[at]!
    switch (this.#types[field]) {
      case 'string': {
        if (first !== quote) return -1
        const close = textEnd(bytes, at + 1, end)
        this.starts[field] = at + 1
        this.ends[field] = close
        return close < 0 ? -1 : close + 1
      }
      case 'number': {
        const after = afterNumber(bytes, at, end)
        if (after >= 0) this.numbers[field] = numberIn(bytes, at, after)
        return after
      }
      default: {
        const after = afterLiteral(bytes, at, end)
        if (after < 0 || first === 0x6e) return -1
        this.numbers[field] = first === 0x74 ? 1 : 0
        return after
      }
    }
  }
}

function afterBlanks(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end) {
    const byte = bytes[at]!
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break
    at++
  }
  return at
}

/** Where the closing quote stands, or -1 when an escape, a control or the end comes first. */
function textEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!
    if (byte === quote) return at
    if (byte === backslash || byte < 0x20) return -1
  }
  return -1
}

/** Past a value that nobody wants, or -1. */
function afterValue(bytes: Buffer, at: number, end: number, depth: number): number {
  switch (bytes[at]) {
    case quote: {
      const close = textEnd(bytes, at + 1, end)
      return close < 0 ? afterEscapedText(bytes, at + 1, end) : close + 1
    }
    case openObject:
      return depth < mostDepth ? afterObject(bytes, at + 1, end, depth + 1) : -1
    case openArray:
      return depth < mostDepth ? afterArray(bytes, at + 1, end, depth + 1) : -1
    case 0x74:
    case 0x66:
    case 0x6e:
      return afterLiteral(bytes, at, end)
    default:
      return afterNumber(bytes, at, end)
  }
}

function afterObject(bytes: Buffer, from: number, end: number, depth: number): number {
  let at = afterBlanks(bytes, from, end)
  if (at < end && bytes[at] === closeObject) return at + 1
  for (;;) {
    if (at >= end || bytes[at] !== quote) return -1
    at = afterValue(bytes, at, end, depth)
    if (at < 0) return -1
    at = afterBlanks(bytes, at, end)
    if (at >= end || bytes[at] !== colon) return -1
    at = afterBlanks(bytes, at + 1, end)
    if (at >= end) return -1
    at = afterValue(bytes, at, end, depth)
    if (at < 0) return -1
    at = afterBlanks(bytes, at, end)
    if (at >= end) return -1
    const next = bytes[at++]
    if (next === closeObject) return at
    if (next !== comma) return -1
    at = afterBlanks(bytes, at, end)
  }
}

function afterArray(bytes: Buffer, from: number, end: number, depth: number): number {
  let at = afterBlanks(bytes, from, end)
  if (at < end && bytes[at] === closeArray) return at + 1
  for (;;) {
    if (at >= end) return -1
    at = afterValue(bytes, at, end, depth)
    if (at < 0) return -1
    at = afterBlanks(bytes, at, end)
    if (at >= end) return -1
    const next = bytes[at++]
    if (next === closeArray) return at
    if (next !== comma) return -1
    at = afterBlanks(bytes, at, end)
  }
}

/** Past a text with escapes, or -1 when JSON would refuse it. */
function afterEscapedText(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end) {
    const byte = bytes[at++]!
    if (byte === quote) return at
    if (byte < 0x20) return -1
    if (byte !== backslash) continue
    if (at >= end) return -1
    const escaped = bytes[at++]!
    if (escaped === 0x75) {
      if (at + 4 > end) return -1
      for (let i = 0; i < 4; i++) if (!isHex(bytes[at++]!)) return -1
    } else if (!escapes.has(escaped)) return -1
  }
  return -1
}

const escapes = new Set(Buffer.from('"\\/bfnrt'))

function isHex(byte: number): boolean {
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39
}

const literals = ['true', 'false', 'null'].map((text) => Buffer.from(text))

function afterLiteral(bytes: Buffer, at: number, end: number): number {
  for (const literal of literals) {
    if (bytes[at] !== literal[0]) continue
    if (at + literal.length > end) return -1
    for (let i = 1; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return -1
    return at + literal.length
  }
  return -1
}

function afterDigits(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isDigit(bytes[at])) at++
  return at
}

/** By the grammar of JSON, which has no leading zeros, no bare points and no plus in front. */
function afterNumber(bytes: Buffer, from: number, end: number): number {
  let at = from
  if (bytes[at] === minus) at++
  if (at >= end || !isDigit(bytes[at])) return -1
  at = bytes[at] === zero ? at + 1 : afterDigits(bytes, at, end)
  if (at < end && bytes[at] === 0x2e) {
    const digits = at + 1
    at = afterDigits(bytes, digits, end)
    if (at === digits) return -1
  }
  if (at < end && (bytes[at]! | 0x20) === 0x65) {
    at++
    if (at < end && (bytes[at] === 0x2b || bytes[at] === minus)) at++
    const digits = at
    at = afterDigits(bytes, digits, end)
    if (at === digits) return -1
  }
  return at
}

function numberIn(bytes: Buffer, from: number, end: number): number {
  const negative = bytes[from] === minus
  const first = negative ? from + 1 : from
  if (end - first > exactDigits) return Number(bytes.toString('latin1', from, end))
  let value = 0
  for (let at = first; at < end; at++) {
    const byte = bytes[at]!
    if (!isDigit(byte)) return Number(bytes.toString('latin1', from, end))
    value = 10 * value + byte - zero
  }
  return negative ? -value : value
}
