import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differences, fatesKey, Oracle } from './oracle.ts'
import { recordOf } from './record.ts'
import { resultNames } from './result-names.ts'

const names = resultNames('t')
const vectors = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 })), { minLength: 1, maxLength: 4 }).map((ranges) => ({
  starts: new Map(ranges.map(([from, length], partition) => [partition, length % 3 === 0 ? 0 : from])),
  vector: new Map(ranges.map(([from, length], partition) => [partition, from + length])),
}))

describe('the oracle of the torture', () => {
  test('answers the same for a vector whatever it was asked before, also after going back', () => {
    fc.assert(fc.property(fc.nat(), fc.array(vectors, { minLength: 1, maxLength: 5 }), (seed, asked) => {
      const oracle = new Oracle(seed, 't')
      for (const { starts, vector } of asked) oracle.at(starts, vector)
      const last = asked.at(-1)!
      expect(differences(oracle.at(last.starts, last.vector), new Oracle(seed, 't').at(last.starts, last.vector))).toEqual([])
    }), { numRuns: 50 })
  })

  test('counts each record from the start to below the vector once', () => {
    const results = new Oracle(7, 't').at(new Map([[0, 1]]), new Map([[0, 3], [1, 1]]))
    const records = [recordOf(7, 0, 1), recordOf(7, 0, 2), recordOf(7, 1, 0)]
    const sum = (key: string): number => [...results.get(key)!.values()].reduce((total, value) => total + Number(value), 0)
    expect(Object.fromEntries(results.get(names.partitions)!)).toEqual({ 0: '2', 1: '1' })
    expect(Object.fromEntries(results.get(names.highest)!)).toEqual({ 0: '2', 1: '0' })
    expect(sum(names.words)).toBe(records.flatMap(({ words }) => words.split(' ')).length)
    expect(sum(names.spent)).toBe(records.reduce((total, { amount }) => total + amount, 0))
    for (const { page, user } of records) expect(results.get(names.usersOf(page))!.has(user)).toBe(true)
    expect(sum(names.window(0))).toBe(3)
    expect(results.get(fatesKey)!.get('0')).toBe('counted 2 skipped 0 dead-lettered 0 gaps 0 from 1')
  })

  test('finds what is wrong, missing, or should not be there', () => {
    const right = new Map([['a', new Map([['x', '1'], ['y', '2']])]])
    expect(differences(right, right)).toEqual([])
    expect(differences(new Map([['a', new Map([['x', '2']])], ['b', new Map([['z', '1']])]]), right)).toEqual([
      { key: 'a', field: 'x', found: '2', right: '1' },
      { key: 'a', field: 'y', found: undefined, right: '2' },
      { key: 'b', field: 'z', found: '1', right: undefined },
    ])
  })

  test('has records that differ by partition, offset and seed', () => {
    const texts = [[1, 0, 0], [2, 0, 0], [1, 1, 0], [1, 0, 1]].map(([seed, partition, offset]) => JSON.stringify(recordOf(seed!, partition!, offset!)))
    expect(new Set(texts).size).toBe(4)
  })
})
