import { expect, test } from 'vitest'
import { seededRandom } from '../support/data/random.ts'
import { programme, roundLength } from './programme.ts'

const kinds = [{ name: 'a', share: 3 }, { name: 'b', share: 1 }, { name: 'c', share: 2 }]
const first = (seed: number, count: number): string[] => {
  const sequence = programme(kinds, seededRandom(seed))
  return Array.from({ length: count }, () => sequence.next().value.name)
}

test('in every round each kind of fault comes as often as its share says', () => {
  const names = first(5, 3 * roundLength(kinds))
  for (let round = 0; round < 3; round++) expect(names.slice(6 * round, 6 * round + 6).sort()).toEqual(['a', 'a', 'a', 'b', 'c', 'c'])
})

test('the order is the seed\'s', () => {
  expect(first(1, 60)).toEqual(first(1, 60))
  expect(first(1, 60)).not.toEqual(first(2, 60))
})
