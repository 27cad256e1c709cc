/**
 * The parts of a record nobody asks for most of the time, read when asked. `at` is a record's place
 * in `RecordColumns.recordAt`; the record was walked before, so its key and value lie inside it.
 */

/** What is written before each record: how many bytes it has behind that. */
export function recordLength(bytes: Buffer, at: number): number {
  return zigzag(bytes, at)
}

/** Whether the headers that begin at `at`, with their number, fill the record up to its end. */
export function areWholeHeaders(bytes: Buffer, at: number, end: number): boolean {
  const count = zigzag(bytes, at)
  let p = afterVarint(bytes, at)
  for (let i = 0; i < count; i++) {
    // A name and a value; only a value can be null.
    if (p >= end || zigzag(bytes, p) < 0) return false
    p = pastBytes(bytes, p)
    if (p >= end) return false
    p = pastBytes(bytes, p)
  }
  return count >= 0 && p === end
}

/** Ms since 1970. */
export function recordTimestamp(bytes: Buffer, at: number, baseTimestamp: number): number {
  return baseTimestamp + zigzag(bytes, at + 1)
}

/** Position of the record's key length. */
function keyAt(bytes: Buffer, at: number): number {
  return afterVarint(bytes, afterVarint(bytes, at + 1))
}

/** A view of the key's bytes, null when there is none. */
export function recordKey(bytes: Buffer, at: number): Buffer | null {
  return slice(bytes, keyAt(bytes, at))
}

export type RecordHeaders = Readonly<Record<string, string | null>>

const noHeaders: RecordHeaders = Object.freeze({})

/** Headers as text; of several with one name the last counts. What is broken is left out. */
export function recordHeaders(bytes: Buffer, at: number): RecordHeaders {
  const list = recordHeaderList(bytes, at)
  return list.length === 0 ? noHeaders : Object.fromEntries(list.map(([name, value]) => [name, value === null ? null : value.toString('utf8')]))
}

/** All headers in their order, values as views of the bytes. What is broken is left out. */
export function recordHeaderList(bytes: Buffer, at: number): [name: string, value: Buffer | null][] {
  return recordHeaderBytes(bytes, at).map(([name, value]) => [name.toString('utf8'), value])
}

/** The same with the names as they are: views of the bytes, UTF-8 or not. */
export function recordHeaderBytes(bytes: Buffer, at: number): [name: Buffer, value: Buffer | null][] {
  let p = pastBytes(bytes, pastBytes(bytes, keyAt(bytes, at)))
  const count = zigzag(bytes, p)
  const list: [Buffer, Buffer | null][] = []
  p = afterVarint(bytes, p)
  for (let i = 0; i < count && p < bytes.length; i++) {
    const name = slice(bytes, p)
    p = pastBytes(bytes, p)
    const value = slice(bytes, p)
    p = pastBytes(bytes, p)
    if (name !== null) list.push([name, value])
  }
  return list
}

function slice(bytes: Buffer, at: number): Buffer | null {
  const length = zigzag(bytes, at)
  if (length < 0) return null
  const start = afterVarint(bytes, at)
  return bytes.subarray(start, start + length)
}

function pastBytes(bytes: Buffer, at: number): number {
  return afterVarint(bytes, at) + Math.max(0, zigzag(bytes, at))
}

function afterVarint(bytes: Buffer, at: number): number {
  let p = at
  while (p < bytes.length && bytes[p]! > 127) p++
  return p + 1
}

/** Up to 2^53 either way: timestamps differ by more than 32 bits can hold. */
function zigzag(bytes: Buffer, at: number): number {
  let p = at
  let value = 0
  let scale = 1
  for (; p < bytes.length && p < at + 10; p++) {
    const byte = bytes[p]!
    value += (byte & 127) * scale
    if (byte < 128) break
    scale *= 128
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
