import { MillraceError } from '../errors.ts'
import type { Batch, Column, Lineage } from './batch.ts'
import { setField, type Tuple } from './fields.ts'

/** A batch made of columns: what a library bolt emits. */
export class ColumnBatch implements Batch {
  readonly rows: number
  readonly #fields: readonly string[]
  readonly #columns: readonly Column[]
  readonly #origin: Lineage
  readonly #originRows: Int32Array | undefined
  readonly #recycle: (() => void) | undefined
  #kept = false

  /**
   * `originRows` says which row of `origin` each row descends from; without it they are the same rows.
   * `recycle` is called when nobody looks at the columns any more; not always. Columns may be longer than `rows`.
   * Throws MR_EMIT_INVALID where something is missing.
   */
  constructor(fields: readonly string[], columns: readonly Column[], rows: number, origin: Lineage, originRows?: Int32Array, recycle?: () => void) {
    if (!Number.isSafeInteger(rows) || rows < 0) throw invalid(`a batch of ${rows} rows`)
    if (columns.length !== fields.length) throw invalid(`${columns.length} columns for the fields ${fields.join(', ')}`)
    for (const [i, column] of columns.entries()) {
      const length = column.kind === 'text' ? column.rows : column.numbers.length
      if (length < rows) throw invalid(`the column of ${fields[i]} has ${length} of ${rows} rows`)
    }
    if (originRows !== undefined && originRows.length < rows) throw invalid(`of ${originRows.length} of ${rows} rows it is said which row they descend from`)
    this.rows = rows
    this.#recycle = recycle
    this.#fields = fields
    this.#columns = columns
    this.#origin = origin
    this.#originRows = originRows
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(field: string): Column | undefined {
    return this.#columns[this.#fields.indexOf(field)]
  }

  tuple(row: number): Tuple {
    const tuple: Record<string, unknown> = {}
    for (let i = 0; i < this.#fields.length; i++) setField(tuple, this.#fields[i]!, valueIn(this.#columns[i]!, row))
    return tuple
  }

  partitionOf(row: number): number {
    return this.#origin.partitionOf(this.#originRows === undefined ? row : this.#originRows[row]!)
  }

  offsetOf(row: number): number {
    return this.#origin.offsetOf(this.#originRows === undefined ? row : this.#originRows[row]!)
  }

  keep(): void {
    this.#kept = true
    this.#origin.keep()
  }

  release(): void {
    if (!this.#kept) this.#recycle?.()
  }
}

function invalid(what: string): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', what, { remedy: 'give new ColumnBatch one column for each field, each with a value for each row' })
}

/** Of a row, as user code sees it. */
export function valueIn(column: Column, row: number): string | number | boolean {
  switch (column.kind) {
    case 'text':
      return column.text(row)
    case 'number':
      return column.numbers[row]!
    case 'boolean':
      return column.numbers[row] === 1
  }
}
