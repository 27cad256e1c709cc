import * as fc from 'fast-check'
import type { FieldType, Fields } from '../../src/wire/message/field.ts'

/**
 * Any message of a table in one version, with other values where given. Fields
 * that the version does not have hold what reading gives for them.
 */
export function messageArbitrary(fields: Fields, version: number, flexible: boolean, values: Values = {}): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(Object.entries(fields).map(([name, { type, presence, nullableSince, fallback }]) => {
    const { since = 0, until = Infinity, tag } = presence
    if (version < since || version > until || (tag !== undefined && !flexible)) return [name, fc.constant(fallback)]
    const value = values[name] ?? valueArbitrary(type, version, flexible, values)
    return [name, version >= nullableSince ? fc.option(value, { freq: 4 }) : value]
  })), { noNullPrototype: true })
}

/** What fields hold, by their names or by their types. */
export type Values = Readonly<Record<string, fc.Arbitrary<unknown>>>

const binary = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))
/** Long enough for lengths of two bytes and for blocks that are not copied. */
const large = fc.integer({ min: 100, max: 1500 })

const fixed = {
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  boolean: fc.boolean(),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
  string: fc.oneof({ weight: 9, arbitrary: fc.string({ unit: 'grapheme', maxLength: 9 }) }, { weight: 1, arbitrary: large.map((length) => 'ö'.repeat(length)) }),
  bytes: fc.oneof({ weight: 9, arbitrary: binary }, { weight: 1, arbitrary: large.map((length) => Buffer.alloc(length, 7)) }),
  records: fc.oneof({ weight: 9, arbitrary: binary }, { weight: 1, arbitrary: large.map((length) => Buffer.alloc(length, 8)) }),
} as const

function valueArbitrary(type: FieldType, version: number, flexible: boolean, values: Values): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return values[type] ?? fixed[type]
  if ('struct' in type) return messageArbitrary(type.struct, version, flexible, values)
  return fc.array(valueArbitrary(type.arrayOf, version, flexible, values), { maxLength: 3 })
}
