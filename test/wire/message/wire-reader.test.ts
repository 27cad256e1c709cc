import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError, WireReader } from '../../../src/wire/message/wire-reader.ts'
import { WireWriter } from '../../../src/wire/message/wire-writer.ts'

function written(write: (writer: WireWriter) => void): Buffer {
  const writer = new WireWriter(4)
  write(writer)
  const { length } = writer
  const bytes = Buffer.concat(writer.chunks())
  expect(bytes.length).toBe(length)
  return bytes
}

function hex(write: (writer: WireWriter) => void): string {
  return written(write).toString('hex')
}

function reader(bytes: string): WireReader {
  return new WireReader(Buffer.from(bytes, 'hex'))
}

describe('an int64', () => {
  test('is what a Java long is', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => {
      const bytes = written((writer) => writer.int64(value))
      expect(bytes.readBigInt64BE()).toBe(BigInt(value))
      expect(new WireReader(bytes).int64()).toBe(value)
    }))
  })

  test('at the ends of its range becomes the nearest number and goes back', () => {
    for (const [bytes, value] of [['7fffffffffffffff', 2 ** 63], ['8000000000000000', -(2 ** 63)], ['ffffffffffffffff', -1]] as const) {
      expect(reader(bytes).int64()).toBe(value)
      expect(hex((writer) => writer.int64(value))).toBe(bytes)
    }
  })
})

describe('an unsigned varint', () => {
  test('has seven bits a byte, the lowest first', () => {
    expect([0, 127, 128, 300, 0xffff_ffff].map((value) => hex((writer) => writer.unsignedVarint(value)))).toEqual(['00', '7f', '8001', 'ac02', 'ffffffff0f'])
  })

  test('is read as it was written', () => {
    fc.assert(fc.property(fc.nat({ max: 0xffff_ffff }), (value) => {
      expect(new WireReader(written((writer) => writer.unsignedVarint(value))).unsignedVarint()).toBe(value)
    }))
  })
})

describe('the reader', () => {
  test('gives views of the frame and stops at its end', () => {
    const frame = Buffer.from('0102030405', 'hex')
    const reader = new WireReader(frame, 1)
    const view = reader.take(3)
    frame[1] = 9
    expect([...view]).toEqual([9, 3, 4])
    expect([reader.position, reader.remaining]).toEqual([4, 1])
    expect(() => reader.int16()).toThrow(new WireError('2 bytes wanted of 1 left', 4))
    expect(() => reader.take(-1)).toThrow(WireError)
    expect(reader.int8()).toBe(5)
  })
})

describe('the writer', () => {
  test('passes large blocks through and copies small ones', () => {
    const small = Buffer.alloc(1000, 1)
    const large = Buffer.alloc(2000, 2)
    const writer = new WireWriter()
    writer.int8(7)
    writer.block(small)
    writer.block(large)
    writer.int8(8)
    const chunks = writer.chunks()
    expect(Buffer.concat(chunks)).toEqual(Buffer.concat([Buffer.of(7), small, large, Buffer.of(8)]))
    expect(chunks.some((chunk) => chunk.buffer === large.buffer && chunk.byteOffset === large.byteOffset && chunk.length === 2000)).toBe(true)
  })

  test('writes text of any length as UTF-8', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 50 })), (texts) => {
      const bytes = written((writer) => {
        for (const text of texts) writer.utf8(text, Buffer.byteLength(text))
      })
      expect(bytes.toString()).toBe(texts.join(''))
    }))
  })
})
