import type { Batch, Column } from './batch.ts'
import { valueIn } from './column-batch.ts'
import type { Tuple } from './fields.ts'

/** A batch with one field more. */
export class JoinedBatch implements Batch {
  readonly #from: Batch
  readonly #field: string
  readonly #column: Column

  constructor(from: Batch, field: string, column: Column) {
    this.#from = from
    this.#field = field
    this.#column = column
  }

  get rows(): number {
    return this.#from.rows
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(field: string): Column | undefined {
    return field === this.#field ? this.#column : this.#from.column(field)
  }

  tuple(row: number): Tuple {
    return { ...this.#from.tuple(row), [this.#field]: valueIn(this.#column, row) }
  }

  partitionOf(row: number): number {
    return this.#from.partitionOf(row)
  }

  offsetOf(row: number): number {
    return this.#from.offsetOf(row)
  }

  keep(): void {
    this.#from.keep()
  }

  release(): void {}
}
