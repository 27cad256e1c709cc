import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArrivedBatch } from '../../src/tuple/arrived-batch.ts'
import type { Column } from '../../src/tuple/batch.ts'
import { ColumnBatch } from '../../src/tuple/column-batch.ts'
import { ColumnsCopier } from '../../src/tuple/columns-copier.ts'
import { transferables, type Columns } from '../../src/tuple/columns.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { RowBatch } from '../../src/tuple/row-batch.ts'
import { rowBatch, textColumn } from './made-batches.ts'

const fields = { text: 'string', number: 'number', flag: 'boolean', ['__proto__']: 'string' } as const
const mostRows = 16
const mostBytes = 500

const text = fc.oneof(fc.constantFrom('', 'whale', '数据流', '🐋', 'x'.repeat(63), 'y'.repeat(64), 'é'.repeat(700)), fc.string({ unit: 'grapheme' }))
const tuples = fc.array(fc.tuple(text, fc.double(), fc.boolean(), text).map(([text, number, flag, proto]): Tuple => {
  return Object.defineProperty({ text, number, flag }, '__proto__', { value: proto, enumerable: true, writable: true, configurable: true })
}), { minLength: 1, maxLength: 12 })
/** Batches, and which of their rows are picked, in which order. */
const picks = fc.array(tuples.chain((rows) => fc.record({
  rows: fc.constant(rows),
  picked: fc.array(fc.nat(rows.length - 1), { maxLength: 40 }).map((picked) => Int32Array.from(picked)),
  hashed: fc.boolean(),
})), { maxLength: 6 })

/** Across a thread; what was sent is gone here. */
function crossed(columns: Columns): Columns {
  return structuredClone(columns, { transfer: transferables(columns) })
}

function arrived(columns: Columns): ArrivedBatch {
  return new ArrivedBatch(fields, { batch: columns, partitions: Int32Array.from({ length: columns.rows }, (_, row) => row % 3), offsets: Float64Array.from({ length: columns.rows }, (_, row) => 2 ** 40 + row) })
}

function valuesOf(column: Column, rows: number): unknown[] {
  return Array.from({ length: rows }, (_, row) => (column.kind === 'text' ? column.text(row) : column.numbers[row]))
}

describe('rows of batches, copied into columns', () => {
  it('arrive as they were put in, in their order, as rows and as columns, and never more at once than is allowed', () => {
    fc.assert(fc.property(picks, (batches) => {
      const copier = new ColumnsCopier(fields, mostRows)
      const sent: Columns[] = []
      for (const { hashed, picked, rows } of batches) {
        const batch = rowBatch(rows)
        expect(copier.takes(batch)).toBe(true)
        if (hashed) for (const name of ['text', '__proto__']) void (batch.column(name) as { hashes?: Int32Array }).hashes
        for (let next = 0; next < picked.length;) {
          next = copier.append(batch, picked, next, mostRows, mostBytes)
          if (copier.rows >= mostRows || copier.bytes >= mostBytes) sent.push(copier.take())
        }
      }
      sent.push(copier.take())
      const expected = batches.flatMap(({ picked, rows }) => Array.from(picked, (row) => rows[row]!))
      const frames = sent.map(crossed).map(arrived)
      expect(frames.flatMap((frame) => Array.from({ length: frame.rows }, (_, row) => frame.tuple(row)))).toEqual(expected)
      for (const frame of frames) expect(frame.rows).toBeLessThanOrEqual(mostRows)
      for (const [name, type] of Object.entries(fields)) {
        const values = frames.flatMap((frame) => valuesOf(frame.column(name)!, frame.rows))
        expect(values).toEqual(expected.map((tuple) => (type === 'boolean' ? Number(tuple[name]) : tuple[name])))
      }
      const hashes = frames.flatMap((frame) => Array.from((frame.column('text') as { hashes: Int32Array } & Column).hashes))
      expect(hashes).toEqual(expected.flatMap((tuple) => Array.from(textColumn([tuple['text'] as string]).hashes)))
    }))
  })

  it('arrive whole wherever the room for their bytes ends', () => {
    for (let first = 0; first < 75; first++) {
      const rows = Array.from({ length: 200 }, (_, i) => ({ text: i === 0 ? 'f'.repeat(first) : 'x'.repeat((7 * i) % 71) + String(i) }))
      const copier = new ColumnsCopier({ text: 'string' }, rows.length)
      copier.append(rowBatch(rows), Int32Array.from(rows.keys()), 0, rows.length, Infinity)
      const columns = crossed(copier.take())
      const batch = new ArrivedBatch({ text: 'string' }, { batch: columns, partitions: new Int32Array(rows.length), offsets: new Float64Array(rows.length) })
      expect(valuesOf(batch.column('text')!, rows.length)).toEqual(rows.map(({ text }) => text))
    }
  })

  it('can be taken in runs, each with the records its rows come from', () => {
    fc.assert(fc.property(tuples, fc.nat(), fc.nat(), fc.nat(), (rows, a, b, c) => {
      const copier = new ColumnsCopier(fields, mostRows)
      const batch = rowBatch(rows)
      const { hashes } = batch.column('text') as { hashes: Int32Array } & Column
      copier.append(batch, Int32Array.from(rows.keys()), 0, mostRows, Infinity)
      const whole = arrived(crossed(copier.take()))
      const [from, to] = [a % (rows.length + 1), b % (rows.length + 1)].sort((x, y) => x - y) as [number, number]
      const inner = c % (to - from + 1)
      const run = whole.run(from, to).run(inner, to - from)
      const expected = rows.slice(from + inner, to)
      expect(run.empty).toBe(expected.length === 0)
      expect(Array.from({ length: run.rows }, (_, row) => run.tuple(row))).toEqual(expected)
      expect(Array.from({ length: run.rows }, (_, row) => [run.partitionOf(row), run.offsetOf(row)])).toEqual(expected.map((_, row) => [(from + inner + row) % 3, 2 ** 40 + from + inner + row]))
      expect((run.column('text') as { hashes: Int32Array } & Column).hashes).toEqual(hashes.slice(from + inner, to))
      expect(valuesOf(run.column('text')!, run.rows)).toEqual(expected.map((tuple) => tuple['text']))
      expect(valuesOf(run.column('number')!, run.rows)).toEqual(expected.map((tuple) => tuple['number']))
      expect(valuesOf(run.column('flag')!, run.rows)).toEqual(expected.map((tuple) => Number(tuple['flag'])))
      expect(run.column('other')).toBeUndefined()
    }))
  })

  it('bring the hashes along that somebody has computed', () => {
    const copier = new ColumnsCopier({ text: 'string' }, mostRows)
    const batch = rowBatch([{ text: 'whale' }, { text: 'sea' }])
    const send = () => {
      copier.append(batch, Int32Array.of(1, 0), 0, mostRows, Infinity)
      return copier.take().columns[0] as { readonly hashes: Int32Array | undefined }
    }
    expect(send().hashes).toBeUndefined()
    const { hashes } = batch.column('text') as { hashes: Int32Array } & Column
    expect(send().hashes).toEqual(Int32Array.of(hashes[1]!, hashes[0]!))
  })

  it('leave no bytes behind of what was sent before', () => {
    const copier = new ColumnsCopier({ text: 'string' }, mostRows)
    for (const text of ['secret of another', 'a']) copier.append(rowBatch([{ text }]), Int32Array.of(0), 0, mostRows, Infinity)
    copier.take()
    copier.append(rowBatch([{ text: 'b' }]), Int32Array.of(0), 0, mostRows, Infinity)
    expect((copier.take().columns[0] as { utf8: Uint8Array }).utf8.buffer.byteLength).toBe(1)
  })

  it.each([
    ['a column is missing', new ColumnBatch(['text'], [textColumn(['a'])], 1, rowBatch([]))],
    ['a column is of another type', new ColumnBatch(['text', 'n'], [textColumn(['a']), textColumn(['1'])], 1, rowBatch([]))],
    ['it has rows only', new RowBatch([{ text: 'a', n: 1 }], rowBatch([]), Int32Array.of(0))],
  ])('are none when %s', (_, batch) => {
    expect(new ColumnsCopier({ text: 'string', n: 'number' }, mostRows).takes(batch)).toBe(false)
  })

  it.each(['json', 'bigint', 'bytes'] as const)('are none when a field is declared as %s', (type) => {
    expect(new ColumnsCopier({ text: type }, mostRows).takes(rowBatch([{ text: 'a' }]))).toBe(false)
  })
})
