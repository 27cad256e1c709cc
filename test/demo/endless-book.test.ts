import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differences, EndlessBook } from './endless-book.ts'

const word = fc.constantFrom('a', 'b', '', 'whale', '__proto__')
const line = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))

describe('the endless book', () => {
  test('counts what a reader of all records counts', () => {
    fc.assert(fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), (lines, ends) => {
      const book = new EndlessBook(lines, ends.length)
      const counts = new Map<string, number>()
      for (const [partition, end] of ends.entries()) {
        for (let offset = 0; offset < end; offset++) {
          for (const word of book.line(partition, offset).split(' ').filter((word) => word !== '')) counts.set(word, (counts.get(word) ?? 0) + 1)
        }
      }
      expect(book.countWords(ends)).toEqual(counts)
    }))
  })

  test('deals the lines in the order of the text, from its beginning again at the end', () => {
    const book = new EndlessBook(['one', 'two', 'three'], 2)
    expect([0, 1, 2, 3, 4].map((n) => book.line(n % 2, Math.floor(n / 2)))).toEqual(['one', 'two', 'three', 'one', 'two'])
  })
})

test('a count that is missing, wrong or too many is a difference', () => {
  expect(differences(new Map([['same', 1], ['wrong', 2], ['more', 1]]), new Map([['same', 1], ['wrong', 3], ['missing', 1]]))).toEqual(['wrong', 'missing', 'more'])
})
