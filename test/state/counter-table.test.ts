import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterTable } from '../../src/state/counter-table.ts'
import { ColumnPool } from '../../src/tuple/column-pool.ts'
import { arraysOfPieces, PieceColumn } from '../../src/tuple/piece-column.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'

const name = fc.oneof(
  fc.constantFrom('', '__proto__', 'constructor', 'é', 'e\u0301', '🐋', '数据流', 'a', 'a\0', 'x'.repeat(300)),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.integer({ min: 0, max: 2_000 }).map(String),
)
const add = fc.record({ group: fc.integer({ min: 0, max: 5 }), name, amount: fc.integer({ min: -1000, max: 1000 }), asBytes: fc.boolean() })

function addText(table: CounterTable, group: number, name: string, amount: number): void {
  const found = table.find(group, name)
  const entry = found < 0 ? table.add(group, name) : found
  table.sums[entry]! += amount
}

/** The name stands somewhere among other bytes, or at their end. */
function addBytes(table: CounterTable, group: number, name: string, amount: number): void {
  const bytes = Buffer.from(`before${name}${amount % 2 === 0 ? 'after' : ''}`)
  const [start, end] = [6, 6 + Buffer.byteLength(name)]
  const texts = new TextColumn(bytes, Int32Array.of(start), Int32Array.of(end))
  const entry = table.entriesOf(group, texts)[0]!
  bytes.fill(0)
  table.sums[entry]! += amount
}

/** With arrays that are longer than the column. */
function columnOf(names: readonly string[]): TextColumn {
  const bytes = Buffer.from(names.join(''))
  const starts = new Int32Array(names.length + 2)
  const ends = new Int32Array(names.length + 2)
  let at = 0
  for (const [row, name] of names.entries()) {
    starts[row] = at
    ends[row] = at += Buffer.byteLength(name)
  }
  return new TextColumn(bytes, starts, ends, {}, names.length)
}

function contents(table: CounterTable): Record<string, number>[] {
  return [0, 1, 2, 3, 4, 5].map((group) => {
    const sums: [string, number][] = []
    for (let entry = table.lastOf(group); entry >= 0; entry = table.earlierOf(entry)) sums.push([table.nameOf(entry), table.sums[entry]!])
    expect(sums).toHaveLength(table.sizeOf(group))
    return Object.fromEntries(sums)
  })
}

describe('a table of counters', () => {
  it('holds what a Map would, whether names come as texts or as bytes', () => {
    fc.assert(fc.property(fc.array(add, { maxLength: 1_000 }), (adds) => {
      const table = new CounterTable()
      const maps = [0, 1, 2, 3, 4, 5].map(() => new Map<string, number>())
      for (const { group, name, amount, asBytes } of adds) {
        maps[group]!.set(name, (maps[group]!.get(name) ?? 0) + amount)
        if (asBytes) addBytes(table, group, name, amount)
        else addText(table, group, name, amount)
      }
      expect(contents(table)).toEqual(maps.map((map) => Object.fromEntries(map)))
      expect(table.size).toBe(maps.reduce((size, map) => size + map.size, 0))
      for (const { group, name } of adds) expect(table.nameOf(table.find(group, name))).toBe(name)
      expect(table.nameBytes).toBe(maps.reduce((bytes, map) => bytes + Buffer.byteLength(Array.from(map.keys()).join('')), 0))
    }), { numRuns: 200 })
  })

  it('counts each text of a column as one by one', () => {
    // Heads, lengths and hashes that are nearly alike.
    const near = fc.tuple(fc.constantFrom('', 'x'.repeat(4), 'x'.repeat(8), 'x'.repeat(13), 'x'.repeat(14), 'x'.repeat(40)), fc.constantFrom('', '\0', 'y', 'z', 'yy', '\0\0')).map(([head, tail]) => head + tail)
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.array(fc.oneof(near, name), { maxLength: 400 })), { maxLength: 5 }), (columns) => {
      const table = new CounterTable()
      const maps = [0, 1, 2, 3, 4, 5].map(() => new Map<string, number>())
      for (const [group, names] of columns) {
        table.countEach(group, columnOf(names))
        for (const name of names) maps[group]!.set(name, (maps[group]!.get(name) ?? 0) + 1)
      }
      expect(contents(table)).toEqual(maps.map((map) => Object.fromEntries(map)))
    }), { numRuns: 200 })
  })

  it('keeps names apart that differ only in zeros at their end', () => {
    const table = new CounterTable()
    const names = Array.from({ length: 2_000 }, (_, i) => `${String(i % 250)}${'\0'.repeat(Math.floor(i / 250))}`)
    for (const asBytes of [false, true]) for (const name of names) (asBytes ? addBytes : addText)(table, 0, name, 1)
    expect(table.size).toBe(2_000)
    for (const name of names) expect(table.sums[table.find(0, name)]).toBe(2)
  })

  it('keeps every sum while it grows', () => {
    const table = new CounterTable()
    for (let round = 1; round <= 2; round++) for (let i = 0; i < 50_000; i++) addText(table, i % 3, `name ${i}`, i)
    expect(table.size).toBe(50_000)
    for (let i = 0; i < 50_000; i++) expect(table.sums[table.find(i % 3, `name ${i}`)]).toBe(2 * i)
  })

  it('counts every text of a column, whole or cut, while it grows', () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `name${i}`)
    const lines = columnOf(Array.from({ length: 500 }, (_, line) => `${names.slice(10 * line, 10 * line + 10).join(' ')} `))
    for (const texts of [columnOf(names), new PieceColumn(lines, 0x20, new ColumnPool(arraysOfPieces))]) {
      const table = new CounterTable()
      for (let round = 1; round <= 2; round++) {
        table.countEach(0, texts)
        for (const name of names) expect(table.sums[table.find(0, name)]).toBe(round)
      }
    }
  })

  it('finds nothing for a text that is no UTF-8, even where the replacement character is', () => {
    const table = new CounterTable()
    addText(table, 0, '\ufffd', 1)
    expect(table.find(0, '\ud800')).toBe(-1)
  })
})
