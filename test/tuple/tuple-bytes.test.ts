import { describe, expect, test } from 'vitest'
import { tupleBytes } from '../../src/tuple/tuple-bytes.ts'

describe('the size of a tuple', () => {
  test('is that of its texts and bytes, wherever in it they are', () => {
    const text = 'x'.repeat(1_000)
    for (const value of [text, Buffer.from(text), { a: [{ b: text }] }, [[text]]]) {
      expect(tupleBytes({ value })).toBeGreaterThanOrEqual(1_000)
      expect(tupleBytes({ value })).toBeLessThan(1_200)
    }
  })

  test('is small where there is little, and comes to an end where there is very much', () => {
    expect(tupleBytes({ a: 1, b: null, c: true })).toBeLessThan(100)
    expect(tupleBytes({ a: Array.from({ length: 1_000_000 }, () => 'x') })).toBeGreaterThan(100_000)
  })
})
