import type { BoltDefinition } from '../topology/bolt.ts'
import type { Batch, Column } from '../tuple/batch.ts'
import type { Fields, TupleOf } from '../tuple/fields.ts'
import { PickedBatch } from '../tuple/picked-batch.ts'
import type { TextColumn } from '../tuple/text-column.ts'
import { keptFields } from './kept-fields.ts'

export interface FilterEqualsOptions<F extends string, V extends string | number | boolean, K extends Fields> {
  /** The field to compare. */
  readonly field: F
  /** What it must be: the same type and the same value. */
  readonly value: V
  /** What is emitted of a tuple that passes: these fields, as declared here. */
  readonly keep: K
}

type Widened<V> = V extends string ? string : V extends number ? number : boolean

/** Lets tuples pass whose field has the value: `filterEquals({ field: 'type', value: 'view', keep: { ad: 'string' } })`. */
export function filterEquals<const F extends string, const V extends string | number | boolean, const K extends Fields>(
  { field, keep, value }: FilterEqualsOptions<F, V, K>,
): BoltDefinition<{ readonly [N in F]: Widened<V> } & TupleOf<K>, { readonly default: K }> {
  const kept = keptFields(keep)
  const bytes = typeof value === 'string' ? Buffer.from(value) : undefined
  const matching = (column: Column, rows: number): Int32Array | undefined => {
    if (column.kind === 'text') return bytes === undefined ? undefined : rowsWithText(column, bytes)
    return column.kind === typeof value ? rowsWithNumber(column.numbers, Number(value), rows) : undefined
  }
  return {
    role: 'bolt',
    streams: { default: keep },
    reads: [field, ...kept.names],
    createTask: () => ({
      execute(tuple, out) {
        if (tuple[field] === value) out.emit(kept.of(tuple))
      },
      executeBatch(batch: Batch, out) {
        const column = batch.column(field)
        const rows = column === undefined ? undefined : matching(column, batch.rows)
        if (rows === undefined) return false
        out.emit(new PickedBatch(batch, rows, kept.names))
        return true
      },
    }),
  }
}

function rowsWithText({ bytes, ends, rows: all, starts }: TextColumn, wanted: Buffer): Int32Array {
  const { length } = wanted
  const rows = new Int32Array(all)
  let count = 0
  next: for (let row = 0; row < all; row++) {
    const start = starts[row]!
    if (ends[row]! - start !== length) continue
    for (let i = 0; i < length; i++) if (bytes[start + i] !== wanted[i]) continue next
    rows[count++] = row
  }
  return rows.subarray(0, count)
}

function rowsWithNumber(numbers: Float64Array, wanted: number, length: number): Int32Array {
  const rows = new Int32Array(length)
  let count = 0
  for (let row = 0; row < length; row++) if (numbers[row] === wanted) rows[count++] = row
  return rows.subarray(0, count)
}
