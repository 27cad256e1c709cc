import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { PairCounts } from '../../src/bolts/pair-counts.ts'

function countsOf(counted: PairCounts): [string, number][] {
  return Array.from(counted.counts(), (count, entry) => [`${counted.firstOf(entry)},${counted.secondOf(entry)}`, count])
}

it('counts pairs in the order they come, and again after it was cleared', () => {
  const pair = fc.tuple(fc.nat({ max: 5 }), fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 2 ** 31 - 1 })))
  fc.assert(fc.property(fc.array(fc.array(pair), { maxLength: 3 }), (rounds) => {
    const counted = new PairCounts()
    for (const pairs of rounds) {
      const expected = new Map<string, number>()
      for (const [first, second] of pairs) {
        counted.add(first, second)
        expected.set(`${first},${second}`, (expected.get(`${first},${second}`) ?? 0) + 1)
      }
      expect(countsOf(counted)).toEqual([...expected])
      expect(counted.size).toBe(expected.size)
      counted.clear()
    }
  }))
})

it('has room for any number of them', () => {
  const counted = new PairCounts()
  for (let round = 0; round < 2; round++) for (let i = 0; i < 5_000; i++) counted.add(i % 50, i)
  expect(countsOf(counted)).toEqual(Array.from({ length: 5_000 }, (_, i) => [`${i % 50},${i}`, 2]))
})
