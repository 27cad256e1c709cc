import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { murmur2, partitionOfKey, StickyChoice } from '../../../src/kafka/producer/partitioner.ts'

/** Printed by org.apache.kafka.common.utils.Utils of kafka-clients 4.3.1: hash, and partition of seven. */
const ofJava: readonly (readonly [key: string, hash: number, partition: number])[] = [
  ['', 275646681, 2],
  ['a', -1563381124, 5],
  ['ab', 316155434, 0],
  ['abc', 479470107, 4],
  ['21', -973932308, 3],
  ['foobar', -790332482, 0],
  ['a-little-bit-long-string', -985981536, 1],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 3],
  ['Müller', -1790669443, 6],
  ['日本語', 1431860170, 6],
]

describe('the partition of a key', () => {
  test.each(ofJava)('%j is the one Java\'s client chooses', (key, hash, partition) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
    expect(partitionOfKey(Buffer.from(key), 7)).toBe(partition)
  })

  test('also of bytes that are no text', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    expect(murmur2(all)).toBe(-1948347274)
    expect(partitionOfKey(all, 7)).toBe(3)
  })

  test('is always one of the partitions', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
      const partition = partitionOfKey(key, partitions)
      return partition >= 0 && partition < partitions
    }))
  })
})

describe('records without a key', () => {
  test('stay with a partition until it has its bytes, then go to another', () => {
    const choice = new StickyChoice(100, () => 0)
    const chosen = Array.from({ length: 12 }, () => choice.choose(3, 25))
    expect(chosen).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0])
  })

  test('never go to the same partition twice running while there are others, and to all in the long run', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 20 }), fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 30, maxLength: 30 }), (partitions, chances) => {
      let next = 0
      const choice = new StickyChoice(10, () => chances[next++]!)
      const chosen = chances.map(() => choice.choose(partitions, 10))
      for (const [i, partition] of chosen.entries()) {
        expect(partition).toBeGreaterThanOrEqual(0)
        expect(partition).toBeLessThan(partitions)
        if (i > 0) expect(partition).not.toBe(chosen[i - 1])
      }
    }))
    const even = new StickyChoice(1, Math.random)
    expect(new Set(Array.from({ length: 2_000 }, () => even.choose(8, 1))).size).toBe(8)
  })

  test('stay in the only partition there is, and come back when partitions are fewer', () => {
    const choice = new StickyChoice(1, () => 0.99)
    expect([choice.choose(1, 5), choice.choose(1, 5), choice.choose(9, 5), choice.choose(2, 5)]).toEqual([0, 0, 8, 1])
  })
})
