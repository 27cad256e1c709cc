import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashString } from '../../src/base/hash.ts'
import { CounterTable } from '../../src/state/counter-table.ts'
import { ColumnPool } from '../../src/tuple/column-pool.ts'
import { arraysOfPieces, PieceColumn } from '../../src/tuple/piece-column.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'

const separator = ','
const piece = fc.oneof(
  fc.constantFrom('', '\0', 'a', 'abc', 'abcd', 'abcde', 'abcdefg', 'abcdefgh', 'abcdefghi', 'abcdefghijkl', '数据流', '🐋', 'x'.repeat(14), 'x'.repeat(15), 'y'.repeat(50)),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(separator, '')),
  fc.integer({ min: 0, max: 3_000 }).map(String),
)
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(separator))

const gap = `;${separator}`

/** With a separator in front of every text and near its end, which are no part of it, and nothing behind the last when `tight`. */
function columnOf(texts: readonly string[], tight: boolean): TextColumn {
  const bytes = Buffer.from(texts.map((one) => `${gap}${one}`).join('') + (tight ? '' : `${gap}${gap}`))
  const starts = new Int32Array(texts.length)
  const ends = new Int32Array(texts.length)
  let at = 0
  for (const [row, one] of texts.entries()) {
    starts[row] = at + gap.length
    ends[row] = at += gap.length + Buffer.byteLength(one)
  }
  return new TextColumn(bytes, starts, ends)
}

function pieces(texts: readonly string[]): string[] {
  return texts.flatMap((one) => one.split(separator)).filter((one) => one !== '')
}

function cut(texts: readonly string[], tight: boolean, pool = new ColumnPool(arraysOfPieces)): PieceColumn {
  return new PieceColumn(columnOf(texts, tight), separator.charCodeAt(0), pool)
}

function textsOf(column: TextColumn): string[] {
  return Array.from({ length: column.rows }, (_, row) => column.text(row))
}

describe('the pieces of texts', () => {
  it('are those that split finds, without the empty ones, with all that is known of each', () => {
    fc.assert(fc.property(fc.array(text, { maxLength: 20 }), fc.boolean(), (texts, tight) => {
      const column = cut(texts, tight)
      expect(column.empty).toBe(pieces(texts).length === 0)
      expect(textsOf(column)).toEqual(pieces(texts))
      const plain = new TextColumn(column.bytes, column.starts, column.ends, {}, column.rows)
      for (let row = 0; row < column.rows; row++) {
        expect(texts[column.origins[row]!]!.split(separator)).toContain(column.text(row))
        expect(column.hashes[row]).toBe(hashString(column.text(row)))
        expect([column.lows[row], column.highs[row]]).toEqual([plain.lows[row], plain.highs[row]])
      }
      expect(Array.from(column.origins.subarray(0, column.rows))).toEqual(Array.from(column.origins.subarray(0, column.rows)).toSorted((a, b) => a - b))
    }), { numRuns: 300 })
  })

  it('are counted alike whether somebody looked for them before or not', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.array(text, { maxLength: 60 }), fc.boolean(), fc.boolean()), { maxLength: 5 }), (columns) => {
      const table = new CounterTable()
      const right = new Map<string, number>()
      for (const [group, [texts, tight, looked]] of columns.entries()) {
        const column = cut(texts, tight)
        if (looked) expect(column.rows).toBe(pieces(texts).length)
        table.countEach(group % 2, column)
        expect(column.rows).toBe(pieces(texts).length)
        expect(textsOf(column)).toEqual(pieces(texts))
        for (const one of pieces(texts)) right.set(`${group % 2} ${one}`, (right.get(`${group % 2} ${one}`) ?? 0) + 1)
      }
      const counted = Array.from({ length: table.size }, (_, entry) => [`${table.groupOf(entry)} ${table.nameOf(entry)}`, table.sums[entry]])
      expect(new Map(counted as [string, number][])).toEqual(right)
    }), { numRuns: 300 })
  })

  it('lend their arrays to those that follow when they are released', () => {
    const pool = new ColumnPool(arraysOfPieces)
    const first = cut(['a,b', 'c'], false, pool)
    const { starts } = first
    first.release()
    const second = cut(['d'], false, pool)
    expect(second.starts).toBe(starts)
    expect(textsOf(second)).toEqual(['d'])
  })
})
