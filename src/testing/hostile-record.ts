import type * as FastCheck from 'fast-check'
import { brokenUtf8, hostileJson, hostileTexts } from './hostile-texts.ts'

/** A Kafka record as a producer may send it. Null is no key, and a tombstone. */
export interface HostileRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** A name may come more than once, and be empty. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
}

export interface HostileRecordOptions {
  /** Members of the JSON objects among the values: those your topology reads. Default: some. */
  readonly members?: readonly string[]
  /** Bytes of the largest values. Default 100,000. */
  readonly largestBytes?: number
}

const encoder = new TextEncoder()

/**
 * Records that real topics hold sooner or later: broken UTF-8, lone surrogates in JSON, broken and deeply
 * nested JSON, numbers that no double holds, `__proto__` and `constructor`, tombstones, empty and large
 * values, control characters, odd keys and headers, random bytes, and ordinary records between them. Each
 * must end counted, skipped, dead-lettered or as the record that the topology stopped at.
 *
 *     fc.assert(fc.property(hostileRecord(fc, { members: ['page'] }), ({ value }) => …))
 */
export function hostileRecord(fc: typeof FastCheck, { members = ['page', 'user', 'at', '__proto__'], largestBytes = 100_000 }: HostileRecordOptions = {}): FastCheck.Arbitrary<HostileRecord> {
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...hostileTexts) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    { weight: 2, arbitrary: fc.array(fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ maxLength: 8 })), { maxLength: 12 }).map((words) => words.join(' ')) },
  )
  const depth = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 990, max: 1_010 }), fc.integer({ min: 1, max: Math.max(1, largestBytes >> 3) }))
  const nested = fc.tuple(depth, fc.boolean()).map(([levels, objects]) => (objects ? '{"a":' : '[').repeat(levels) + (objects ? '1' : '') + (objects ? '}' : ']').repeat(levels))
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...hostileJson) },
    { weight: 2, arbitrary: fc.jsonValue({ stringUnit: 'binary' }).map((any) => JSON.stringify(any)) },
    { weight: 1, arbitrary: nested },
  )
  const member = fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...members) }, { weight: 1, arbitrary: text }), value)
  const json = fc.tuple(fc.array(member, { maxLength: members.length + 2 }), fc.constantFrom('', '', '', ' ', '\n', '\u00a0', '\ufeff', ',', '}'))
    .map(([list, after]) => `{${list.map(([name, content]) => `${JSON.stringify(name)}:${content}`).join(',')}}${after}`)
  const bytesOf = fc.oneof({ weight: 3, arbitrary: text }, { weight: 5, arbitrary: json }, { weight: 1, arbitrary: value }).map((written) => encoder.encode(written))
  const harmed = fc.tuple(bytesOf, fc.nat(), fc.oneof(fc.constantFrom(...brokenUtf8), fc.uint8Array({ minLength: 1, maxLength: 3 })), fc.boolean())
    .map(([bytes, where, harm, instead]) => spliced(bytes, where % (bytes.length + 1), harm, instead))
  const large = fc.tuple(bytesOf, fc.integer({ min: 0, max: largestBytes })).map(([bytes, size]) => filled(bytes, size))
  const bytes = fc.oneof(
    { weight: 6, arbitrary: bytesOf },
    { weight: 3, arbitrary: harmed },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 64 }) },
    { weight: 1, arbitrary: large },
  )
  const orNull = (content: FastCheck.Arbitrary<Uint8Array>): FastCheck.Arbitrary<Uint8Array | null> => fc.option(content, { freq: 8 })
  return fc.record({
    key: orNull(bytes),
    value: orNull(bytes),
    headers: fc.array(fc.tuple(fc.constantFrom(...hostileTexts, 'twice'), orNull(fc.uint8Array({ maxLength: 20 }))), { maxLength: 4 }),
  })
}

function spliced(bytes: Uint8Array, at: number, harm: Uint8Array, instead: boolean): Uint8Array {
  const rest = bytes.subarray(instead ? at + harm.length : at)
  const result = new Uint8Array(at + harm.length + rest.length)
  result.set(bytes.subarray(0, at))
  result.set(harm, at)
  result.set(rest, at + harm.length)
  return result
}

/** The same bytes again and again, up to a size. */
function filled(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size)
  for (let at = 0; bytes.length > 0 && at < size; at += bytes.length) result.set(bytes.subarray(0, size - at), at)
  return result
}
