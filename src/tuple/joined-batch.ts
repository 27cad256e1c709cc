import type { Batch, Column } from './batch.ts'
import { valueIn } from './column-batch.ts'
import type { Tuple } from './fields.ts'
import { fieldsOf } from './picked-batch.ts'

/** Some fields of a batch, and one more. */
export class JoinedBatch implements Batch {
  readonly rows: number
  readonly #from: Batch
  readonly #fields: readonly string[]
  readonly #field: string
  readonly #column: Column
  readonly #recycle: () => void
  #kept = false

  /** `recycle` is called when nobody looks at it any more; not always. */
  constructor(from: Batch, fields: readonly string[], field: string, column: Column, recycle: () => void) {
    this.rows = from.rows
    this.#from = from
    this.#fields = fields
    this.#field = field
    this.#column = column
    this.#recycle = recycle
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(field: string): Column | undefined {
    if (field === this.#field) return this.#column
    return this.#fields.includes(field) ? this.#from.column(field) : undefined
  }

  tuple(row: number): Tuple {
    return { ...fieldsOf(this.#from, row, this.#fields), [this.#field]: valueIn(this.#column, row) }
  }

  partitionOf(row: number): number {
    return this.#from.partitionOf(row)
  }

  offsetOf(row: number): number {
    return this.#from.offsetOf(row)
  }

  keep(): void {
    this.#kept = true
    this.#from.keep()
  }

  release(): void {
    if (!this.#kept) this.#recycle()
  }
}
