import { describe, expect, test } from 'vitest'
import { array, bytes, int32, int8, list, string, struct, uuid } from '../../../src/wire/message/field.ts'
import type { Fields, Read, Written } from '../../../src/wire/message/field.ts'
import { compileStruct } from '../../../src/wire/message/struct-codec.ts'
import { WireReader } from '../../../src/wire/message/wire-reader.ts'
import { WireWriter } from '../../../src/wire/message/wire-writer.ts'

function hex<F extends Fields>(fields: F, version: number, flexible: boolean, value: Written<F>): string {
  const writer = new WireWriter()
  compileStruct(fields, version, flexible).write(writer, value)
  return Buffer.concat(writer.chunks()).toString('hex')
}

function read<F extends Fields>(fields: F, version: number, flexible: boolean, hex: string): Read<F> {
  return compileStruct(fields, version, flexible).read(new WireReader(Buffer.from(hex, 'hex'))) as Read<F>
}

describe('a field that a version does not have', () => {
  const fields = { old: int8({ until: 1, fallback: 7 }), always: int8(), added: list(int8(), { since: 2, nullable: 2, fallback: null }) }

  test('is read as its fallback', () => {
    expect(read(fields, 1, false, '0102')).toEqual({ old: 1, always: 2, added: null })
    expect(read(fields, 2, false, '020000000103')).toEqual({ old: 7, always: 2, added: [3] })
  })

  test('is not written', () => {
    expect(hex(fields, 1, false, { old: 1, always: 2, added: [3] })).toBe('0102')
    expect(hex(fields, 2, false, { old: 1, always: 2, added: [3] })).toBe('020000000103')
  })
})

describe('a field that is left out', () => {
  test('is written as its fallback', () => {
    expect(hex({ number: int32({ fallback: -1 }), text: string({ nullable: 0, fallback: null }), values: array({ each: int8() }) }, 0, false, {})).toBe('ffffffffffff00000000')
  })
})

describe('tagged fields', () => {
  const fields = {
    second: int8({ tag: 1, fallback: -1 }),
    inner: struct({ a: int8({ fallback: 5 }), b: string() }, { tag: 2 }),
    block: bytes({ tag: 3 }),
    id: uuid({ tag: 4 }),
    first: list(int8(), { tag: 0 }),
    plain: int8(),
  }

  test('are written behind all others in the order of their tags', () => {
    expect(hex(fields, 0, true, { plain: 9, second: 8, first: [7], block: Buffer.of(1) })).toBe('09030002020701010803020201')
  })

  test('are not written where they have their fallbacks', () => {
    expect(hex(fields, 0, true, { plain: 9, second: -1, first: [], inner: { a: 5 }, block: Buffer.alloc(0), id: Buffer.alloc(16) })).toBe('0900')
  })

  test('are read as their fallbacks when they are not there', () => {
    expect(read(fields, 0, true, '0900')).toEqual({ plain: 9, second: -1, first: [], inner: { a: 5, b: '' }, block: Buffer.alloc(0), id: Buffer.alloc(16) })
    expect(read(fields, 0, true, '0901020406026100')).toMatchObject({ inner: { a: 6, b: 'a' } })
  })

  test('are left out of versions that are not flexible', () => {
    expect(hex(fields, 0, false, { plain: 9, second: 8 })).toBe('09')
    expect(read(fields, 0, false, '09')).toMatchObject({ plain: 9, second: -1 })
  })
})

test('an id that has not 16 bytes is not written', () => {
  expect(() => hex({ id: uuid() }, 0, false, { id: Buffer.alloc(15) })).toThrow('an id of 15 bytes instead of 16')
})

test('the arrays of a message that lacks them cannot be changed, for all such messages share them', () => {
  const { values } = read({ values: list(int8(), { since: 1 }) }, 0, false, '')
  expect(() => values.push(1)).toThrow(TypeError)
})
