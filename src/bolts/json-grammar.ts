/** The grammar of JSON over bytes that are UTF-8: where things end. `view` is over the bytes, and nothing at `end` or behind is read. */
export const quote = 0x22
const backslash = 0x5c
export const comma = 0x2c
export const colon = 0x3a
export const openObject = 0x7b
export const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d
const minus = 0x2d
const plus = 0x2b
const point = 0x2e
const zero = 0x30
/** Deeper nesting is refused. */
const mostDepth = 64

/** Past blanks. */
export function afterBlanks(view: DataView, from: number, end: number): number {
  let at = from
  while (at < end) {
    const byte = view.getUint8(at)
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break
    at++
  }
  return at
}

/**
 * Where the first quote, backslash or control stands, or `end`. Four bytes at a time, as in "Hacker's
 * Delight", 6-1: a byte's highest bit is set by the subtraction when the byte is among those; false ones
 * stand only behind a true one. With the second lowest bit turned, the quote is next to the controls.
 */
export function specialAt(view: DataView, from: number, end: number): number {
  let at = from
  for (const whole = end - 4; at <= whole; at += 4) {
    const word = view.getInt32(at, true)
    const special = (((word ^ 0x02020202) - 0x21212121) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & 0x80808080
    if (special !== 0) return at + ((31 - Math.clz32(special & -special)) >> 3)
  }
  for (; at < end; at++) {
    const byte = view.getUint8(at)
    if (byte === quote || byte === backslash || byte < 0x20) break
  }
  return at
}

/** Past a value of any kind, or -1. */
export function afterValue(view: DataView, at: number, end: number, depth: number): number {
  switch (view.getUint8(at)) {
    case quote: {
      const close = specialAt(view, at + 1, end)
      return close < end && view.getUint8(close) === quote ? close + 1 : afterEscapedText(view, close, end)
    }
    case openObject:
      return depth < mostDepth ? afterObject(view, at + 1, end, depth + 1) : -1
    case openArray:
      return depth < mostDepth ? afterArray(view, at + 1, end, depth + 1) : -1
    case 0x74:
    case 0x66:
    case 0x6e:
      return afterLiteral(view, at, end)
    default:
      return afterNumber(view, at, end)
  }
}

function afterObject(view: DataView, from: number, end: number, depth: number): number {
  let at = afterBlanks(view, from, end)
  if (at < end && view.getUint8(at) === closeObject) return at + 1
  for (;;) {
    if (at >= end || view.getUint8(at) !== quote) return -1
    at = afterValue(view, at, end, depth)
    if (at < 0) return -1
    at = afterBlanks(view, at, end)
    if (at >= end || view.getUint8(at) !== colon) return -1
    at = afterBlanks(view, at + 1, end)
    if (at >= end) return -1
    at = afterValue(view, at, end, depth)
    if (at < 0) return -1
    at = afterBlanks(view, at, end)
    if (at >= end) return -1
    const next = view.getUint8(at++)
    if (next === closeObject) return at
    if (next !== comma) return -1
    at = afterBlanks(view, at, end)
  }
}

function afterArray(view: DataView, from: number, end: number, depth: number): number {
  let at = afterBlanks(view, from, end)
  if (at < end && view.getUint8(at) === closeArray) return at + 1
  for (;;) {
    if (at >= end) return -1
    at = afterValue(view, at, end, depth)
    if (at < 0) return -1
    at = afterBlanks(view, at, end)
    if (at >= end) return -1
    const next = view.getUint8(at++)
    if (next === closeArray) return at
    if (next !== comma) return -1
    at = afterBlanks(view, at, end)
  }
}

/** Past a text with escapes, or -1 when JSON would refuse it. */
export function afterEscapedText(view: DataView, from: number, end: number): number {
  let at = from
  while (at < end) {
    const byte = view.getUint8(at++)
    if (byte === quote) return at
    if (byte < 0x20) return -1
    if (byte !== backslash) continue
    if (at >= end) return -1
    const escaped = view.getUint8(at++)
    if (escaped === 0x75) {
      if (at + 4 > end) return -1
      for (let i = 0; i < 4; i++) if (!isHex(view.getUint8(at++))) return -1
    } else if (!escapes.has(escaped)) return -1
  }
  return -1
}

const escapes = new Set(Buffer.from('"\\/bfnrt'))

function isHex(byte: number): boolean {
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}

/** `true`, `false` and `null`, as little-endian words. */
const trueWord = 0x65757274
const falseStart = 0x736c6166
const nullWord = 0x6c6c756e

/** Past one of three literals, or -1. */
export function afterLiteral(view: DataView, at: number, end: number): number {
  if (at + 4 > end) return -1
  const word = view.getInt32(at, true)
  if (word === trueWord || word === nullWord) return at + 4
  return word === falseStart && at + 4 < end && view.getUint8(at + 4) === 0x65 ? at + 5 : -1
}

/** Past a number, or -1; by the grammar of JSON, which has no leading zeros, no bare points and no plus in front. */
export function afterNumber(view: DataView, from: number, end: number): number {
  let at = view.getUint8(from) === minus ? from + 1 : from
  if (at >= end || !isDigit(view.getUint8(at))) return -1
  at = view.getUint8(at) === zero ? at + 1 : afterDigits(view, at, end)
  if (at < end && view.getUint8(at) === point) {
    const digits = at + 1
    at = afterDigits(view, digits, end)
    if (at === digits) return -1
  }
  if (at < end && (view.getUint8(at) | 0x20) === 0x65) {
    at++
    if (at < end && (view.getUint8(at) === plus || view.getUint8(at) === minus)) at++
    const digits = at
    at = afterDigits(view, digits, end)
    if (at === digits) return -1
  }
  return at
}

function afterDigits(view: DataView, from: number, end: number): number {
  let at = from
  while (at < end && isDigit(view.getUint8(at))) at++
  return at
}
