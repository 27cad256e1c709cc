import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucket, hashBytes, hashString, hashValue } from '../../src/base/hash.ts'

/** Keys are spread by these numbers and replays rely on it: a change here moves keys between tasks. */
const golden: readonly (readonly [unknown, number])[] = [
  ['', 2872998923],
  ['a', 444641715],
  ['ab', 2563531789],
  ['ba', 605838741],
  ['whale', 684428684],
  ['数据流', 3168664245],
  ['🐋', 3124279896],
  ['x'.repeat(300), 115736690],
  ['__proto__', 3182021803],
  [0, 2852432056],
  [1, 4070403017],
  [-1, 236084112],
  [1.5, 4263591697],
  [1e21, 2653790406],
  [NaN, 871079947],
  [Infinity, 915420151],
  [10n ** 20n, 426467936],
  [true, 3616916971],
  [false, 3767841681],
  [null, 2812172732],
  [new Uint8Array(), 2872998923],
  [new Uint8Array([0]), 91794203],
  [new Uint8Array([255, 0, 1]), 2864601069],
  [{ a: 1 }, 161583173],
  [[1, 2], 2888646253],
]

/** FNV-1a and Murmur3's finisher as their papers have them, in exact arithmetic. */
function reference(units: Iterable<number>, seed = 0x811c9dc5n): number {
  let hash = seed
  for (const unit of units) hash = ((hash ^ BigInt(unit)) * 0x01000193n) & 0xffffffffn
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & 0xffffffffn
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & 0xffffffffn
  return Number(hash ^ (hash >> 16n))
}

const codeUnits = (text: string) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))

describe('the stable hash', () => {
  test.each(golden)('of %s is pinned', (value, expected) => {
    expect(hashValue(value) >>> 0).toBe(expected)
  })

  test('is FNV-1a with a final mix, of strings and of bytes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(hashString(text) >>> 0).toBe(reference(codeUnits(text)))
    }))
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(hashBytes(bytes) >>> 0).toBe(reference(bytes))
    }))
  })

  test('is the same for values that count as equal', () => {
    expect(hashValue(1n)).toBe(hashValue(1))
    expect(hashValue(-0)).toBe(hashValue(0))
    expect(hashValue(undefined)).toBe(hashValue(null))
    expect(hashValue(Buffer.from('whale'))).toBe(hashValue(new Uint8Array([119, 104, 97, 108, 101])))
  })

  test('goes on from another hash, so that several values make one', () => {
    expect(hashValue('b', hashValue('a'))).toBe(-1220598258)
    expect(hashValue('c', hashValue('ab'))).not.toBe(hashValue('bc', hashValue('a')))
  })

  test('is cut to a bucket that is never negative', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 10_000 }), (hash, size) => {
      const index = bucket(hash, size)
      expect(index).toBe(((hash % 2 ** 32) + 2 ** 32) % 2 ** 32 % size)
    }))
  })
})
