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
})
