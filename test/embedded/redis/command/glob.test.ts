import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesGlob } from '../../../../src/embedded/redis/command/glob.ts'

test.each([
  ['*', '', true], ['*', 'anything', true], ['h?llo', 'hello', true], ['h?llo', 'hllo', false], ['h*llo', 'heeeello', true], ['h[ae]llo', 'hallo', true], ['h[^e]llo', 'hello', false],
  ['h[a-b]llo', 'hbllo', true], ['h[b-a]llo', 'hallo', true], ['\\*', '*', true], ['\\*', 'x', false], ['a\\', 'a\\', true], ['[', '[', false], ['[a', 'a', true], ['[]', ']', false], ['*a*b*c', 'xxaxxbxxc', true],
  ['a*a*a*a*b', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa', false], ['', '', true], ['', 'a', false],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected)
})

test('stars and question marks mean what they mean in a regular expression', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((list) => list.join(''))
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((list) => list.join(''))
  fc.assert(fc.property(letters, text, (pattern, text) => {
    const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)
    expect(matchesGlob(pattern, text)).toBe(expected)
  }), { numRuns: 500 })
})
