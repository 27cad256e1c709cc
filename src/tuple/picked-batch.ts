import type { Batch, Column } from './batch.ts'
import { ColumnPool } from './column-pool.ts'
import { valueIn } from './column-batch.ts'
import { setField, type Tuple } from './fields.ts'

/** Some rows of a batch, in any order, and of each all fields or some. Columns are gathered when asked for. */
export class PickedBatch implements Batch {
  readonly rows: number
  readonly #from: Batch
  readonly #picked: Int32Array
  readonly #fields: readonly string[] | undefined
  readonly #pool: ColumnPool
  readonly #taken: Int32Array<ArrayBuffer>[][] = []
  readonly #asked: string[] = []
  readonly #columns: (Column | undefined)[] = []
  #kept = false

  /** The first `rows` of `picked`, which is copied. `pool` is of single columns. */
  constructor(from: Batch, picked: Int32Array, rows = picked.length, fields?: readonly string[], pool = new ColumnPool(1)) {
    this.rows = rows
    this.#from = from
    this.#fields = fields
    this.#pool = pool
    const own = this.#take()
    for (let row = 0; row < rows; row++) own[row] = picked[row]!
    this.#picked = own
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(field: string): Column | undefined {
    if (this.#fields?.includes(field) === false) return undefined
    let i = this.#asked.indexOf(field)
    if (i < 0) {
      i = this.#asked.push(field) - 1
      this.#columns.push(this.#gathered(this.#from.column(field)))
    }
    return this.#columns[i]
  }

  tuple(row: number): Tuple {
    const from = this.#picked[row]!
    return this.#fields === undefined ? this.#from.tuple(from) : fieldsOf(this.#from, from, this.#fields)
  }

  partitionOf(row: number): number {
    return this.#from.partitionOf(this.#picked[row]!)
  }

  offsetOf(row: number): number {
    return this.#from.offsetOf(this.#picked[row]!)
  }

  keep(): void {
    this.#kept = true
    this.#from.keep()
  }

  release(): void {
    if (!this.#kept) for (const arrays of this.#taken) this.#pool.give(arrays)
  }

  #take(): Int32Array<ArrayBuffer> {
    const arrays = this.#pool.take(this.rows)
    this.#taken.push(arrays)
    return arrays[0]!
  }

  #gathered(column: Column | undefined): Column | undefined {
    if (column === undefined) return undefined
    if (column.kind === 'text') return column.pick(this.#picked, this.rows, () => this.#take())
    const numbers = new Float64Array(this.rows)
    for (let i = 0; i < numbers.length; i++) numbers[i] = column.numbers[this.#picked[i]!]!
    return { kind: column.kind, numbers }
  }
}

/** Of a row of a batch, these fields only. */
export function fieldsOf(batch: Batch, row: number, fields: readonly string[]): Tuple {
  let whole: Tuple | undefined
  const tuple: Record<string, unknown> = {}
  for (const field of fields) {
    const column = batch.column(field)
    setField(tuple, field, column === undefined ? (whole ??= batch.tuple(row))[field] : valueIn(column, row))
  }
  return tuple
}
