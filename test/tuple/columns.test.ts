import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArrivedBatch } from '../../src/tuple/arrived-batch.ts'
import { noLineage } from '../../src/tuple/batch.ts'
import { ColumnBatch } from '../../src/tuple/column-batch.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'
import { ColumnsBuilder, transferables, type Columns } from '../../src/tuple/columns.ts'
import { json, type Fields } from '../../src/tuple/fields.ts'

const fields = { text: 'string', number: 'number', flag: 'boolean', big: 'bigint', bytes: 'bytes', any: json<unknown>() } as const

/** Of no record in particular. */
const arrived = (fields: Fields, batch: Columns) => new ArrivedBatch(fields, { batch, partitions: new Int32Array(batch.rows), offsets: new Float64Array(batch.rows) })

const tuple = fc.record({
  text: fc.option(fc.string({ unit: 'binary' })),
  number: fc.option(fc.double()),
  flag: fc.option(fc.boolean()),
  big: fc.option(fc.bigInt()),
  bytes: fc.option(fc.uint8Array()),
  any: fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__')),
})

describe('a batch made of columns', () => {
  const numbers = { kind: 'number', numbers: new Float64Array(2) } as const
  const texts = new TextColumn(Buffer.from('ab'), new Int32Array([0, 1]), new Int32Array([1, 2]))

  it('takes columns that are longer than it', () => {
    expect(new ColumnBatch(['n', 't'], [numbers, texts], 1, noLineage).tuple(0)).toEqual({ n: 0, t: 'a' })
  })

  it.each([
    ['a column too few', () => new ColumnBatch(['n', 't'], [numbers], 2, noLineage)],
    ['a field too few', () => new ColumnBatch(['n'], [numbers, texts], 2, noLineage)],
    ['numbers for fewer rows', () => new ColumnBatch(['n'], [numbers], 3, noLineage)],
    ['texts for fewer rows', () => new ColumnBatch(['t'], [texts], 3, noLineage)],
    ['origins of fewer rows', () => new ColumnBatch(['n'], [numbers], 2, noLineage, new Int32Array(1))],
    ['half a row', () => new ColumnBatch(['n'], [numbers], 1.5, noLineage)],
    ['less than no rows', () => new ColumnBatch(['n'], [numbers], -1, noLineage)],
  ])('refuses %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'MR_EMIT_INVALID' }) as Error)
  })
})

describe('a columnar batch', () => {
  it('gives back every tuple as it was, across a structured clone', () => {
    fc.assert(fc.property(fc.array(tuple), (tuples) => {
      const builder = new ColumnsBuilder(fields)
      for (const one of tuples) builder.append(one)
      const batch = builder.take()
      const there = structuredClone(batch, { transfer: transferables(batch) })
      const reader = arrived(fields, there)
      const back = Array.from({ length: there.rows }, (_, row) => reader.tuple(row))
      expect(back).toEqual(tuples.map((one) => ({ ...one, any: JSON.parse(JSON.stringify(one.any)) as unknown })))
    }))
  })

  it('is empty again after it was taken', () => {
    const builder = new ColumnsBuilder({ text: 'string' })
    builder.append({ text: 'whale' })
    expect(builder.take().rows).toBe(1)
    expect(builder.rows).toBe(0)
    expect(builder.bytes).toBe(0)
    expect(builder.take().rows).toBe(0)
  })

  it('refuses a value that does not fit its field and keeps nothing of that tuple', () => {
    const builder = new ColumnsBuilder({ first: 'string', second: 'number' })
    builder.append({ first: 'a', second: 1 })
    expect(() => builder.append({ first: 'b', second: 'two' })).toThrow(/second is declared as number but holds string/)
    expect(() => builder.append({ second: 2 })).toThrow(/first is declared as string but holds nothing/)
    builder.append({ first: 'c', second: 3 })
    const batch = builder.take()
    const reader = arrived({ first: 'string', second: 'number' }, batch)
    expect([reader.tuple(0), reader.tuple(1)]).toEqual([{ first: 'a', second: 1 }, { first: 'c', second: 3 }])
  })

  it('keeps a field named __proto__ a field', () => {
    const builder = new ColumnsBuilder({ ['__proto__']: 'string' })
    builder.append(Object.defineProperty({}, '__proto__', { value: 'x', enumerable: true }) as Record<string, unknown>)
    const row = arrived({ ['__proto__']: 'string' }, builder.take()).tuple(0)
    expect(Object.entries(row)).toEqual([['__proto__', 'x']])
  })
})
