import { MillraceError } from '../errors.ts'
import { columnType, type ColumnType, type Fields, type Tuple } from './fields.ts'

/**
 * Tuples of one stream as columns, the form in which they cross threads. Texts that were strings are
 * one string with ends (structured clone copies one string far faster than many), texts that were bytes
 * stay bytes, numbers are typed arrays. Immutable once built; every array buffer in it may be transferred.
 */
export interface Columns {
  readonly rows: number
  readonly columns: readonly Column[]
}

export type Column =
  /** `string` out of a column of texts: row i is `[edges[i], edges[i + 1])`. None is null. */
  | { readonly utf8: Uint8Array<ArrayBuffer>; readonly edges: Int32Array<ArrayBuffer>; readonly hashes: Int32Array<ArrayBuffer> | undefined }
  /** `string`, `bigint` as decimal text, `json` as JSON text. `ends[i]` is where row i ends in `text`. */
  | { readonly text: string; readonly ends: Uint32Array; readonly nulls: Uint8Array | undefined }
  | { readonly bytes: Uint8Array; readonly ends: Uint32Array; readonly nulls: Uint8Array | undefined }
  | { readonly numbers: Float64Array; readonly nulls: Uint8Array | undefined }
  | { readonly flags: Uint8Array; readonly nulls: Uint8Array | undefined }

/** Collects tuples until `take`, checking each value against its declared field. */
export class ColumnsBuilder {
  readonly #names: readonly string[]
  readonly #types: readonly ColumnType[]
  /** Of each field, by row. They stay between batches: growing them anew would cost more than the rows. */
  readonly #values: unknown[][]
  #rows = 0
  #bytes = 0

  constructor(fields: Fields) {
    this.#names = Object.keys(fields)
    this.#types = Object.values(fields).map(columnType)
    this.#values = this.#names.map(() => [])
  }

  get rows(): number {
    return this.#rows
  }

  /** What the batch will weigh, about: text counts two bytes a character. */
  get bytes(): number {
    return this.#bytes
  }

  /** Throws MR_EMIT_INVALID, with nothing added, when a value does not fit its field. */
  append(tuple: Tuple): void {
    const row = this.#rows
    let bytes = 0
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!
      const value = columnValue(tuple[name], this.#types[i]!, name)
      this.#values[i]![row] = value
      bytes += typeof value === 'string' ? 2 * value.length : value instanceof Uint8Array ? value.length : 8
    }
    this.#rows++
    this.#bytes += bytes
  }

  take(): Columns {
    const rows = this.#rows
    const columns = this.#types.map((type, i) => {
      const values = this.#values[i]!
      const column = buildColumn(type, values, rows)
      // Nothing large is to stay because of a place that waits for its next value.
      values.fill(null)
      return column
    })
    this.#rows = 0
    this.#bytes = 0
    return { rows, columns }
  }
}

/** Buffers of a batch that a port may move instead of copying. */
export function transferables(batch: Columns): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  for (const column of batch.columns) {
    for (const part of Object.values(column)) {
      if (part instanceof Uint8Array || part instanceof Uint32Array || part instanceof Int32Array || part instanceof Float64Array) buffers.push(part.buffer as ArrayBuffer)
    }
  }
  return buffers
}

function columnValue(value: unknown, type: ColumnType, field: string): unknown {
  if (value === null) return null
  switch (type) {
    case 'json': {
      const text: string | undefined = JSON.stringify(value)
      if (text === undefined) break
      return text
    }
    case 'bigint':
      if (typeof value === 'bigint') return value.toString()
      break
    case 'bytes':
      if (value instanceof Uint8Array) return value
      break
    default:
      if (typeof value === type) return value
  }
  throw new MillraceError('MR_EMIT_INVALID', `field ${field} is declared as ${type} but holds ${value === undefined ? 'nothing' : typeof value}`, {
    remedy: `emit a ${type} or declare the field as what it is`,
  })
}

/** Of the first `rows` values; a tuple that was refused may have left one behind them. */
function buildColumn(type: ColumnType, values: readonly unknown[], rows: number): Column {
  let nulls: Uint8Array | undefined
  for (let i = 0; i < rows; i++) {
    if (values[i] === null) (nulls ??= new Uint8Array(rows))[i] = 1
  }
  if (type === 'number') {
    const numbers = new Float64Array(rows)
    for (let i = 0; i < rows; i++) numbers[i] = values[i] as number
    return { numbers, nulls }
  }
  if (type === 'boolean') {
    const flags = new Uint8Array(rows)
    for (let i = 0; i < rows; i++) flags[i] = values[i] === true ? 1 : 0
    return { flags, nulls }
  }
  const ends = new Uint32Array(rows)
  let end = 0
  if (type === 'bytes') {
    const parts = values as readonly (Uint8Array | null)[]
    for (let i = 0; i < rows; i++) ends[i] = end += parts[i]?.length ?? 0
    const bytes = new Uint8Array(end)
    for (let i = 0; i < rows; i++) {
      const part = parts[i]
      if (part) bytes.set(part, ends[i]! - part.length)
    }
    return { bytes, ends, nulls }
  }
  const texts = values as readonly (string | null)[]
  for (let i = 0; i < rows; i++) ends[i] = end += texts[i]?.length ?? 0
  return { text: (rows === texts.length ? texts : texts.slice(0, rows)).join(''), ends, nulls }
}
