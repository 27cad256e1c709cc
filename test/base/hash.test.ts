import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucket, hashBytes, hashRange, hashString, hashValue, hashView } from '../../src/base/hash.ts'

/** Keys are spread by these numbers and replays rely on it: a change here moves keys between tasks. */
const golden: readonly (readonly [unknown, number])[] = [
  ['', 1202157994],
  ['a', 240452579],
  ['ab', 1853897547],
  ['ba', 748343692],
  ['whale', 743187477],
  ['数据流', 169385037],
  ['🐋', 1569292035],
  ['x'.repeat(300), 2220211008],
  ['__proto__', 3973914403],
  [0, 2192168311],
  [1, 3572777485],
  [-1, 27233530],
  [1.5, 2527242218],
  [1e21, 1693701330],
  [NaN, 736837075],
  [Infinity, 3061452379],
  [10n ** 20n, 3039656890],
  [true, 367691500],
  [false, 4254888716],
  [null, 2812172732],
  [new Uint8Array(), 1202157994],
  [new Uint8Array([0]), 1023949172],
  [new Uint8Array([255, 0, 1]), 4140955202],
  [{ a: 1 }, 1662227076],
  [[1, 2], 645712566],
]

/** The same in exact arithmetic, a word at a time. */
function reference(bytes: Uint8Array, seed = 0x811c9dc5n): number {
  let hash = seed
  const padded = Buffer.concat([bytes, Buffer.alloc(4)])
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    hash = ((hash ^ BigInt(padded.readUInt32LE(at))) * 0x9e3779b1n) & 0xffffffffn
    hash ^= hash >> 15n
  }
  const rest = BigInt(padded.readUInt32LE(bytes.length & ~3))
  hash = (((hash ^ rest) * 0x9e3779b1n) & 0xffffffffn) ^ BigInt(bytes.length)
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & 0xffffffffn
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & 0xffffffffn
  return Number(hash ^ (hash >> 16n))
}

describe('the stable hash', () => {
  test.each(golden)('of %s is pinned', (value, expected) => {
    expect(hashValue(value) >>> 0).toBe(expected)
  })

  test('of a text is that of its bytes, wherever they stand', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bytes = Buffer.from(text)
      const expected = reference(bytes)
      expect(hashString(text) >>> 0).toBe(expected)
      expect(hashBytes(bytes) >>> 0).toBe(expected)
      expect(hashRange(Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]), 6, 6 + bytes.length) >>> 0).toBe(expected)
      for (const behind of ['', 'after']) {
        const around = new TextEncoder().encode(`before${text}${behind}`)
        expect(hashView(new DataView(around.buffer), 6, 6 + bytes.length) >>> 0).toBe(expected)
      }
    }))
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(hashBytes(bytes) >>> 0).toBe(reference(bytes))
    }))
  })

  test('spreads words evenly over any small number of targets', () => {
    for (const targets of [2, 3, 4, 7, 16]) {
      const counts = Array.from({ length: targets }, () => 0)
      for (let i = 0; i < 20_000; i++) counts[bucket(hashString(`word${i}`), targets)]!++
      const fair = 20_000 / targets
      for (const count of counts) expect(Math.abs(count - fair)).toBeLessThan(6 * Math.sqrt(fair))
    }
  })

  test('is the same for values that count as equal', () => {
    expect(hashValue(1n)).toBe(hashValue(1))
    expect(hashValue(-0)).toBe(hashValue(0))
    expect(hashValue(undefined)).toBe(hashValue(null))
    expect(hashValue(Buffer.from('whale'))).toBe(hashValue(new Uint8Array([119, 104, 97, 108, 101])))
  })

  test('goes on from another hash, so that several values make one', () => {
    expect(hashValue('b', hashValue('a'))).toBe(-367910246)
    expect(hashValue('c', hashValue('ab'))).not.toBe(hashValue('bc', hashValue('a')))
  })

  test('is cut to a bucket that is never negative', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 10_000 }), (hash, size) => {
      const index = bucket(hash, size)
      expect(index).toBe(((hash % 2 ** 32) + 2 ** 32) % 2 ** 32 % size)
    }))
  })
})
