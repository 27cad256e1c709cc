import { expect, it } from 'vitest'
import { countWords } from '../../support/data/sentences.ts'
import { evenCounts, evenTexts, numberOf, textBytes } from './even-words.ts'

it('counts even words as they are in the texts', () => {
  const shape = { records: 500, wordsPerRecord: 7, words: 300 }
  const texts = [...evenTexts(shape)]
  expect(texts).toHaveLength(500)
  for (const text of texts) expect(text).toHaveLength(textBytes(shape))
  const counts = evenCounts(shape)
  for (const [word, count] of countWords(texts)) expect(counts[numberOf(word)!]).toBe(count)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3500)
})

it('knows what is no word', () => {
  expect(['0000z', '00010', 'zzz', 'a long one', ''].map(numberOf)).toEqual([35, 36, undefined, undefined, undefined])
})
