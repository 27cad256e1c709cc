import * as v from 'valibot'
import { headWord } from '../base/name-table.ts'
import type { BoltDefinition } from '../topology/bolt.ts'
import type { Batch } from '../tuple/batch.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import type { Fields, TupleOf } from '../tuple/fields.ts'
import { PickedBatch } from '../tuple/picked-batch.ts'
import type { TextColumn } from '../tuple/text-column.ts'
import { checkBoltOptions, fieldName, fieldTypes, text } from './bolt-options.ts'
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

/** Lets tuples pass whose field has the value: `filterEquals({ field: 'type', value: 'view', keep: { ad: 'string' } })`. Throws MR_OPTIONS_INVALID. */
export function filterEquals<const F extends string, const V extends string | number | boolean, const K extends Fields>(
  options: FilterEqualsOptions<F, V, K>,
): BoltDefinition<{ readonly [N in F]: Widened<V> } & TupleOf<K>, { readonly default: K }> {
  // NaN equals nothing.
  checkBoltOptions('filterEquals', { field: fieldName, value: v.union([text, v.number(), v.boolean()]), keep: fieldTypes }, options)
  const { field, keep, value } = options
  const kept = keptFields(keep)
  const wanted = typeof value === 'string' ? new WantedText(value) : undefined
  return {
    role: 'bolt',
    streams: { default: keep },
    reads: [field, ...kept.names],
    createTask() {
      const pool = new ColumnPool(1)
      let passed = new Int32Array(0)
      return {
        execute(tuple, out) {
          if (tuple[field] === value) out.emit(kept.of(tuple))
        },
        executeBatch(batch: Batch, out) {
          const { rows } = batch
          const column = batch.column(field)
          if (column === undefined || (column.kind === 'text' ? 'string' : column.kind) !== typeof value) return false
          if (passed.length < rows) passed = new Int32Array(2 * rows)
          const count = column.kind === 'text' ? wanted!.rowsIn(column, rows, passed) : rowsWithNumber(column.numbers, Number(value), rows, passed)
          if (count > 0) out.emit(new PickedBatch(batch, passed, count, kept.names, pool))
          return true
        },
      }
    },
  }
}

/** Finds rows whose text is this one. */
class WantedText {
  readonly #bytes: Buffer
  readonly #length: number
  /** The first four bytes, and which of them count. */
  readonly #first: number
  readonly #mask: number

  constructor(text: string) {
    this.#bytes = Buffer.from(text)
    this.#length = this.#bytes.length
    this.#mask = this.#length < 4 ? (1 << (8 * this.#length)) - 1 : -1
    this.#first = Buffer.concat([this.#bytes, Buffer.alloc(4)]).readInt32LE() & this.#mask
  }

  /** Writes them to `passed`, answers how many. */
  rowsIn({ ends, starts, view }: TextColumn, rows: number, passed: Int32Array): number {
    const first = this.#first
    const length = this.#length
    const mask = this.#mask
    const last = view.byteLength - 4
    let count = 0
    for (let row = 0; row < rows; row++) {
      const start = starts[row]!
      // Without a branch, for nobody can tell which rows pass.
      const differs = (ends[row]! - start) ^ length | (start <= last ? (view.getInt32(start, true) & mask) ^ first : headWord(view, start, ends[row]!) ^ first)
      passed[count] = row
      count += ((differs | -differs) >>> 31) ^ 1
    }
    return length <= 4 ? count : this.#sameRest(view, starts, passed, count)
  }

  /** Of rows that are as long and begin the same. */
  #sameRest(view: DataView, starts: Int32Array, passed: Int32Array, candidates: number): number {
    const bytes = this.#bytes
    let count = 0
    for (let i = 0; i < candidates; i++) {
      const start = starts[passed[i]!]!
      let at = 4
      while (at < bytes.length && view.getUint8(start + at) === bytes[at]) at++
      if (at === bytes.length) passed[count++] = passed[i]!
    }
    return count
  }
}

function rowsWithNumber(numbers: Float64Array, wanted: number, rows: number, passed: Int32Array): number {
  let count = 0
  for (let row = 0; row < rows; row++) if (numbers[row] === wanted) passed[count++] = row
  return count
}
