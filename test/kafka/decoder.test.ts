import { isUtf8 } from 'node:buffer'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import { decodeBytes, decodeJson, decodeUtf8, isText, ownDecoder, schemaDecoder } from '../../src/kafka/decoder.ts'
import type { FieldDecoder } from '../../src/kafka/decoder.ts'
import type { StandardSchema } from '../../src/kafka/standard-schema.ts'

const record = { topic: 'lines', partition: 0, offset: 7 }

function decode(decoder: FieldDecoder, bytes: Uint8Array | string): unknown {
  // With other bytes on both sides: a decoder must read its range only.
  const value = Buffer.from(bytes)
  return decoder(Buffer.concat([Buffer.from('"<'), value, Buffer.from('>"')]), 2, 2 + value.length, record)
}

function refusal(decoder: FieldDecoder, bytes: Uint8Array | string): MillraceError {
  try {
    decode(decoder, bytes)
  } catch (thrown) {
    if (thrown instanceof MillraceError) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('utf8', () => {
  test('gives back any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(decode(decodeUtf8, text)).toBe(text)
    }))
  })

  test('refuses exactly the bytes that a strict decoder refuses', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      let expected: string | undefined
      try {
        expected = strict.decode(bytes)
      } catch {
        expect(refusal(decodeUtf8, bytes).code).toBe('MR_RECORD_INVALID')
        return
      }
      expect(decode(decodeUtf8, bytes)).toBe(expected)
    }), { numRuns: 2_000 })
  })

  test('takes U+FFFD itself, and a byte order mark as it is', () => {
    expect(decode(decodeUtf8, '\uFFFD')).toBe('\uFFFD')
    expect(decode(decodeUtf8, '\uFEFFa')).toBe('\uFEFFa')
  })
})

test('what is text is what a strict decoder takes, wherever the first byte beyond ASCII stands', () => {
  const piece = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 3 })).map((text) => Buffer.from(text))
  fc.assert(fc.property(fc.array(fc.oneof(piece, fc.uint8Array({ minLength: 1, maxLength: 1 }).map((byte) => Buffer.from(byte))), { maxLength: 5 }), (pieces) => {
    const text = Buffer.concat(pieces)
    // Broken bytes around it do not count.
    const bytes = Buffer.concat([Buffer.from([0xff]), text, Buffer.from([0xff])])
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    expect(isText(bytes, view, 1, 1 + text.length)).toBe(isUtf8(text))
  }), { numRuns: 2_000 })
})

test('bytes are a copy', () => {
  const source = Buffer.from('abc')
  const copy = decodeBytes(source, 1, 3)
  source.fill(0)
  expect(copy).toEqual(Uint8Array.of(98, 99))
})

describe('json', () => {
  test('gives back any value', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      fc.pre(!text.includes('__proto__'))
      expect(decode(decodeJson, text)).toEqual(JSON.parse(text))
    }))
  })

  test.each(['{"__proto__":{"admin":true},"a":1}', '{"\\u005f_proto__":{"admin":true},"a":1}', '{"\\u005F\\u005Fproto__":1,"a":1}'])('drops a prototype: %s', (text) => {
    const value = decode(decodeJson, text) as object
    expect(Object.keys(value)).toEqual(['a'])
    expect(Object.assign({}, value)).not.toHaveProperty('admin')
  })

  test('refuses what is nested too deep to be written again', () => {
    expect(refusal(decodeJson, '['.repeat(5_000) + ']'.repeat(5_000)).message).toMatch(/deeper than 1000/u)
    expect(decode(decodeJson, JSON.stringify('['.repeat(5_000)))).toBe('['.repeat(5_000))
  })

  test('never quotes the payload in an error', () => {
    const error = refusal(decodeJson, '{"card": 4111secret}')
    expect(error.code).toBe('MR_RECORD_INVALID')
    expect(JSON.stringify(error.toData())).not.toMatch(/4111|secret/u)
    expect(error.message).toMatch(/position \d+/u)
  })
})

describe('schema', () => {
  const schema = v.object({ user: v.object({ age: v.number() }), at: v.pipe(v.string(), v.transform((text) => text.length)) })

  test('gives its output', () => {
    expect(decode(schemaDecoder(schema), '{"user":{"age":3},"at":"four"}')).toEqual({ user: { age: 3 }, at: 4 })
  })

  test('names where the value does not fit, and not the value', () => {
    const error = refusal(schemaDecoder(schema), '{"user":{"age":"secret"},"at":"x"}')
    expect(error.message).toMatch(/at user\.age/u)
    expect(JSON.stringify(error.toData())).not.toMatch(/secret/u)
  })

  test('that is asynchronous is refused', () => {
    const schema: StandardSchema = { '~standard': { version: 1, vendor: 'slow', validate: (value) => Promise.resolve({ value }) } }
    expect(refusal(schemaDecoder(schema), '1')).toMatchObject({ code: 'MR_OPTIONS_INVALID' })
  })
})

describe('an own decoder', () => {
  test('is given the bytes and the place', () => {
    expect(decode(ownDecoder((bytes, { offset }) => bytes.length + offset), 'abc')).toBe(10)
  })

  test('refuses a record by throwing; what a parser quoted is left out', () => {
    const error = refusal(ownDecoder((bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown), 'secret')
    expect(error.code).toBe('MR_RECORD_INVALID')
    expect(JSON.stringify(error.toData())).not.toMatch(/secret/u)
    expect(refusal(ownDecoder(() => {
      throw new Error('version 9')
    }), 'x').cause).toMatchObject({ message: 'version 9' })
  })
})
