import { expect, it } from 'vitest'
import { countWords } from '../../support/data/sentences.ts'
import { pacedCounts, pacedValues, partitionWord, probe } from './values.ts'

it('counts the values of a load as one by one, also when they have come around', () => {
  const values = pacedValues(4)
  const records = values.length + 1001
  const right = countWords([...values, ...values.slice(0, 1001), ...Array.from({ length: 4 }, () => probe)])
  const counts = pacedCounts(4, records)
  expect(counts).toEqual(right)
  expect([0, 1, 2, 3].map((partition) => counts.get(partitionWord(partition)))).toEqual([16_635, 16_634, 16_634, 16_634])
})
