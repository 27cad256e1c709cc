import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessagePackWriter } from '../../src/redis/message-pack.ts'

describe('the MessagePack writer', () => {
  it('writes the bytes of the specification', () => {
    const writer = new MessagePackWriter(0)
    writer.beginArray()
    for (const text of ['', 'a', 'é', '数'.repeat(11)]) writer.text(text)
    for (const n of [0, 127, 128, 2 ** 32 - 1]) writer.count(n)
    const expected = ['dd00000008', 'a0', 'a161', 'a2c3a9', `da0021${'e695b0'.repeat(11)}`, '00', '7f', 'ce00000080', 'ceffffffff']
    expect(writer.finish(8).toString('hex')).toBe(expected.join(''))
  })

  it('keeps every text, whatever its length, script and the size it began with', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(0, 1, 31, 32, 63, 64, 255, 256, 65_535, 65_536).map((n) => 'x'.repeat(n)), fc.constant('é'.repeat(40)))
    fc.assert(fc.property(fc.array(text), fc.nat({ max: 1000 }), (texts, size) => {
      const writer = new MessagePackWriter(size)
      writer.beginArray()
      for (const one of texts) writer.text(one)
      expect(decoded(writer.finish(texts.length))).toEqual(texts)
    }))
  })

  it('writes whole numbers as decimal text, and texts by their bytes', () => {
    const number = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -0, 9, 10, 2 ** 31 - 1, 2 ** 31), fc.nat({ max: 1_000 }))
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.constant('x'.repeat(65_536)))
    fc.assert(fc.property(fc.array(fc.tuple(number, text)), (pairs) => {
      const writer = new MessagePackWriter(0)
      writer.beginArray()
      for (const [n, text] of pairs) {
        writer.decimal(n)
        const bytes = Buffer.from(`<${text}>`)
        writer.utf8(bytes, 1, bytes.length - 1)
      }
      expect(decoded(writer.finish(2 * pairs.length))).toEqual(pairs.flatMap(([n, text]) => [String(n), text]))
    }))
  })
})

function decoded(bytes: Buffer): string[] {
  expect(bytes[0]).toBe(0xdd)
  const texts: string[] = []
  let at = 5
  for (let left = bytes.readUInt32BE(1); left > 0; left--) {
    const head = bytes[at]!
    const [skip, size] = head === 0xda ? [3, bytes.readUInt16BE(at + 1)] : head === 0xdb ? [5, bytes.readUInt32BE(at + 1)] : [1, head & 0x1f]
    texts.push(bytes.toString('utf8', at + skip, at + skip + size))
    at += skip + size
  }
  expect(at).toBe(bytes.length)
  return texts
}
