import { isUtf8 } from 'node:buffer'
import { MillraceError } from '../errors.ts'
import type { StandardSchema } from './standard-schema.ts'
import { checkSchema } from './standard-schema.ts'

/** What a decoder is told about the record. */
export interface RecordMeta {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** The bytes are a view: keeping it keeps the whole fetched block in memory, so copy what is kept. */
export type RecordDecoder<T> = (bytes: Uint8Array, record: RecordMeta) => T

/**
 * Turns `bytes[at … end)` into a field. Throws MR_RECORD_INVALID without a place, which the caller
 * adds, and without a byte of the payload.
 */
export type FieldDecoder = (bytes: Buffer, at: number, end: number, record: RecordMeta) => unknown

/** Deeper JSON cannot be written again: `JSON.stringify` runs out of stack. */
const maxJsonDepth = 1_000

export function decodeUtf8(bytes: Buffer, at: number, end: number): string {
  const text = bytes.toString('utf8', at, end)
  // Broken input shows as U+FFFD, which may also have been sent as such.
  if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(at, end))) throw invalid('is not UTF-8', "correct the producer, or read it with value: 'bytes'")
  return text
}

/** Whether `bytes[at … end)` is UTF-8; `view` is over the same bytes. */
export function isText(bytes: Buffer, view: DataView, at: number, end: number): boolean {
  let seen = 0
  let i = at
  if (end - at < 4) for (; i < end; i++) seen |= bytes[i]!
  else {
    // Many bytes at a time, for this is done to every byte of every text; the last four may be looked at twice.
    for (const whole = end - 15; i < whole; i += 16) seen |= view.getInt32(i, true) | view.getInt32(i + 4, true) | view.getInt32(i + 8, true) | view.getInt32(i + 12, true)
    for (const whole = end - 3; i < whole; i += 4) seen |= view.getInt32(i, true)
    seen |= view.getInt32(end - 4, true)
  }
  return (seen & 0x80808080) === 0 || isUtf8(bytes.subarray(at, end))
}

/** A copy, so that a kept value does not keep the fetched block. */
export function decodeBytes(bytes: Buffer, at: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(at, end))
}

/** `__proto__` keys are dropped: they would become a prototype where a bolt copies the object. */
export function decodeJson(bytes: Buffer, at: number, end: number): unknown {
  const text = decodeUtf8(bytes, at, end)
  if (text.length > 2 * maxJsonDepth && depth(text) > maxJsonDepth) throw invalid(`is JSON nested deeper than ${maxJsonDepth}`, 'correct the producer')
  try {
    const suspect = text.includes('__proto__') || text.includes('\\u005')
    return suspect ? JSON.parse(text, (key, value: unknown) => key === '__proto__' ? undefined : value) : JSON.parse(text)
  } catch (thrown) {
    // The message of JSON.parse quotes the text.
    const place = thrown instanceof Error ? /position \d+/u.exec(thrown.message)?.[0] : undefined
    throw invalid(`is not JSON${place === undefined ? '' : ` at ${place}`}`, "correct the producer, or read it with value: 'utf8'")
  }
}

export function schemaDecoder(schema: StandardSchema): FieldDecoder {
  return (bytes, at, end) => {
    const checked = checkSchema(schema, decodeJson(bytes, at, end))
    if (checked.faults !== undefined) throw invalid(`does not fit the schema at ${checked.faults}`, 'correct the producer or the schema')
    return checked.value
  }
}

export function ownDecoder(decode: RecordDecoder<unknown>): FieldDecoder {
  return (bytes, at, end, record) => {
    try {
      return decode(bytes.subarray(at, end), record)
    } catch (thrown) {
      if (thrown instanceof MillraceError) throw thrown
      // A SyntaxError comes from a parser that quotes what it parsed.
      const safe = thrown instanceof Error && !(thrown instanceof SyntaxError)
      throw new MillraceError('MR_RECORD_INVALID', `a decoder threw ${thrown instanceof Error ? thrown.name : typeof thrown}`, {
        remedy: 'correct the producer or the decoder',
        ...(safe ? { cause: thrown } : {}),
      })
    }
  }
}

export function noValue(): MillraceError {
  return invalid('is null (a tombstone)', 'set nullable: true to receive it as null')
}

function invalid(what: string, remedy: string): MillraceError {
  return new MillraceError('MR_RECORD_INVALID', `a record ${what}`, { remedy })
}

function depth(text: string): number {
  let deepest = 0
  let level = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (quoted) {
      if (char === 0x5c) i++
      else if (char === 0x22) quoted = false
    } else if (char === 0x22) quoted = true
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++level)
    else if (char === 0x7d || char === 0x5d) level--
  }
  return deepest
}
