import type { Batch, Column } from './batch.ts'
import { valueIn } from './column-batch.ts'
import type { Tuple } from './fields.ts'

/** Some rows of a batch, in any order, and of each all fields or some. Columns are gathered when asked for. */
export class PickedBatch implements Batch {
  readonly #from: Batch
  readonly #picked: Int32Array
  readonly #fields: readonly string[] | undefined
  readonly #columns = new Map<string, Column | undefined>()

  constructor(from: Batch, picked: Int32Array, fields?: readonly string[]) {
    this.#from = from
    this.#picked = picked
    this.#fields = fields
  }

  get rows(): number {
    return this.#picked.length
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(field: string): Column | undefined {
    if (this.#fields?.includes(field) === false) return undefined
    if (!this.#columns.has(field)) this.#columns.set(field, pick(this.#from.column(field), this.#picked))
    return this.#columns.get(field)
  }

  tuple(row: number): Tuple {
    const from = this.#picked[row]!
    if (this.#fields === undefined) return this.#from.tuple(from)
    return Object.fromEntries(this.#fields.map((field) => {
      const column = this.#from.column(field)
      return [field, column === undefined ? this.#from.tuple(from)[field] : valueIn(column, from)]
    }))
  }

  partitionOf(row: number): number {
    return this.#from.partitionOf(this.#picked[row]!)
  }

  offsetOf(row: number): number {
    return this.#from.offsetOf(this.#picked[row]!)
  }

  keep(): void {
    this.#from.keep()
  }

  release(): void {}
}

function pick(column: Column | undefined, rows: Int32Array): Column | undefined {
  if (column === undefined || column.kind === 'text') return column?.pick(rows)
  const numbers = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) numbers[i] = column.numbers[rows[i]!]!
  return { kind: column.kind, numbers }
}
