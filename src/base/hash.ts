/** What every hash begins with. */
export const hashSeed = 0x811c9dc5 | 0
const multiplier = 0x9e3779b1 | 0

/**
 * The stable hash behind fields grouping, partial keys and counters: over the UTF-8 bytes of a text as
 * little-endian words of four bytes, each multiplied in (Knuth's 2^32 / φ) and folded, with Murmur3's
 * fmix32 at the end. A text and its bytes hash alike, so that a batch of bytes and a tuple with a string
 * agree. It must never change: golden vectors in `test/base/hash.test.ts`.
 */
export function hashString(text: string, seed = hashSeed): number {
  const { length } = text
  let hash = seed
  let seen = 0
  let i = 0
  for (const whole = length - 3; i < whole; i += 4) {
    const a = text.charCodeAt(i)
    const b = text.charCodeAt(i + 1)
    const c = text.charCodeAt(i + 2)
    const d = text.charCodeAt(i + 3)
    seen |= a | b | c | d
    hash = hashWord(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let word = 0
  for (let shift = 0; i < length; i++, shift += 8) {
    const unit = text.charCodeAt(i)
    seen |= unit
    word |= unit << shift
  }
  return seen < 0x80 ? hashEnd(hash, word, length) : hashBytes(utf8.encode(text), seed)
}

export function hashBytes(bytes: Uint8Array, seed = hashSeed): number {
  return hashRange(bytes, 0, bytes.length, seed)
}

/** Of `bytes[at … end)`. */
export function hashRange(bytes: Uint8Array, at: number, end: number, seed = hashSeed): number {
  let hash = seed
  let p = at
  for (const whole = end - 3; p < whole; p += 4) {
    hash = hashWord(hash, bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24))
  }
  let word = 0
  for (let shift = 0; p < end; p++, shift += 8) word |= bytes[p]! << shift
  return hashEnd(hash, word, end - at)
}

/** As `hashRange`, four bytes at a time. */
export function hashView(view: DataView, at: number, end: number): number {
  let hash = hashSeed
  let p = at
  for (const whole = end - 4; p <= whole; p += 4) hash = hashWord(hash, view.getInt32(p, true))
  let word = 0
  for (let shift = 0; p < end; p++, shift += 8) word |= view.getUint8(p) << shift
  return hashEnd(hash, word, end - at)
}

/**
 * Hash of any field value. Equal values hash alike on every thread, process and version: numbers
 * and bigints by their decimal text (1 and 1n agree, -0 is 0), null and undefined as one constant.
 */
export function hashValue(value: unknown, seed = hashSeed): number {
  switch (typeof value) {
    case 'string':
      return hashString(value, seed)
    case 'number':
    case 'bigint':
      return hashString(`#${value}`, seed)
    case 'boolean':
      return hashString(value ? '?1' : '?0', seed)
    default:
      if (value === null || value === undefined) return mix(seed ^ 0x6e756c6c)
      if (value instanceof Uint8Array) return hashBytes(value, seed)
      return hashString(JSON.stringify(value), seed)
  }
}

/** 0 ≤ result < size. */
export function bucket(hash: number, size: number): number {
  return (hash >>> 0) % size
}

const utf8 = new TextEncoder()

/** One step, for those who walk the bytes anyway: `word` is the next four. */
export function hashWord(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, multiplier)
  return h ^ (h >>> 15)
}

/** The last step: `word` holds the bytes after the last whole word, 0 to 3 of them; `length` counts all. */
export function hashEnd(hash: number, word: number, length: number): number {
  return mix(Math.imul(hash ^ word, multiplier) ^ length)
}

/** Of up to eight bytes, given as two little-endian words with zeros behind a short text. */
export function hashHead(low: number, high: number, length: number): number {
  if (length < 4) return hashEnd(hashSeed, low, length)
  const hash = hashWord(hashSeed, low)
  return length < 8 ? hashEnd(hash, high, length) : hashEnd(hashWord(hash, high), 0, length)
}

function mix(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
