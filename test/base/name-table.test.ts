import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NameTable } from '../../src/base/name-table.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'

const name = fc.oneof(fc.constantFrom('', 'a', 'a\0', 'é', '数据流', 'eight by', 'eight bytes', 'x'.repeat(40), `${'x'.repeat(39)}y`), fc.integer({ min: 0, max: 500 }).map(String), fc.string({ unit: 'grapheme', maxLength: 12 }))

/** One after another; the last ends the buffer. */
function columnOf(names: readonly string[]): TextColumn {
  const bytes = Buffer.from(new TextEncoder().encode(names.join('')).buffer)
  const ends = Int32Array.from(names, (_, row) => Buffer.byteLength(names.slice(0, row + 1).join('')))
  return new TextColumn(bytes, Int32Array.from(ends, (end, row) => end - Buffer.byteLength(names[row]!)), ends)
}

describe('a table of names', () => {
  it('numbers texts in the order they come, in each group, and finds them as strings too', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 2 }), fc.array(name, { maxLength: 300 })), { maxLength: 5 }), (batches) => {
      const table = new NameTable()
      const expected = new Map<string, number>()
      for (const [group, names] of batches) {
        const numbers = names.map((one) => {
          const key = `${group} ${one}`
          if (!expected.has(key)) expected.set(key, expected.size)
          return expected.get(key)!
        })
        expect([...table.entriesOf(group, columnOf(names))]).toEqual(numbers)
        expect(names.map((one) => table.find(group, one))).toEqual(numbers)
        expect(numbers.map((entry) => [table.nameOf(entry), table.groupOf(entry)])).toEqual(names.map((one) => [one, group]))
      }
      expect(table.size).toBe(expected.size)
    }))
  })

  it('takes strings for what they are: in another script, with zeros, or with units whose low bytes are ASCII', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 10 }),
      fc.string({ unit: fc.constantFrom('a', '\u0161', 'é', '数', '🐋'), maxLength: 10 }),
    )
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(2), text), { maxLength: 200 }), (given) => {
      const table = new NameTable()
      const expected = new Map<string, number>()
      for (const [group, one] of given) {
        const key = `${group} ${one}`
        expect(table.find(group, one)).toBe(expected.get(key) ?? -1)
        if (expected.has(key)) continue
        expected.set(key, expected.size)
        expect(table.add(group, one)).toBe(expected.get(key))
        expect(table.find(group, one)).toBe(expected.get(key))
      }
    }))
  })

  it('does not find what cannot be written as UTF-8', () => {
    const table = new NameTable()
    table.add(0, '\uFFFD')
    expect(table.find(0, '\uD800')).toBe(-1)
  })
})
