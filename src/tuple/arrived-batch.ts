import { isAscii } from 'node:buffer'
import type { Batch, Column } from './batch.ts'
import type { Column as SentColumn, Columns } from './columns.ts'
import { columnType, setField, type ColumnType, type Fields, type Tuple } from './fields.ts'
import { TextColumn } from './text-column.ts'

/** Columns that came from another thread, with the record each row comes from. */
export interface Arrived {
  readonly batch: Columns
  readonly partitions: Int32Array
  readonly offsets: Float64Array
}

/** A run of rows that came from another thread. What was sent as tuples has no columns of texts. */
export class ArrivedBatch implements Batch {
  readonly rows: number
  readonly #fields: Fields
  readonly #names: readonly string[]
  readonly #types: readonly ColumnType[]
  readonly #arrived: Arrived
  readonly #from: number
  /** By field. */
  readonly #columns: (Column | undefined)[] = []
  readonly #texts: (string | undefined)[] = []

  constructor(fields: Fields, arrived: Arrived, from = 0, to = arrived.batch.rows) {
    this.rows = to - from
    this.#fields = fields
    this.#names = Object.keys(fields)
    this.#types = Object.values(fields).map(columnType)
    this.#arrived = arrived
    this.#from = from
  }

  get empty(): boolean {
    return this.rows === 0
  }

  /** Rows `[from, to)` of these. */
  run(from: number, to: number): ArrivedBatch {
    return from === 0 && to === this.rows ? this : new ArrivedBatch(this.#fields, this.#arrived, this.#from + from, this.#from + to)
  }

  column(field: string): Column | undefined {
    const i = this.#names.indexOf(field)
    if (i < 0) return undefined
    this.#columns[i] ??= columnOf(this.#arrived.batch.columns[i]!, this.#from, this.#from + this.rows)
    return this.#columns[i]
  }

  tuple(row: number): Tuple {
    const tuple: Record<string, unknown> = {}
    for (let i = 0; i < this.#names.length; i++) {
      const column = this.#arrived.batch.columns[i]!
      const value = 'utf8' in column ? this.#text(i, column, row) : valueOf(column, this.#types[i]!, this.#from + row)
      setField(tuple, this.#names[i]!, value)
    }
    return tuple
  }

  partitionOf(row: number): number {
    return this.#arrived.partitions[this.#from + row]!
  }

  offsetOf(row: number): number {
    return this.#arrived.offsets[this.#from + row]!
  }

  keep(): void {}

  release(): void {}

  /** Where one byte is one character, parts of one string are made several times faster than a string each. */
  #text(i: number, { edges, utf8 }: Utf8Column, row: number): string {
    const start = edges[this.#from]!
    let text = this.#texts[i]
    if (text === undefined) {
      const end = edges[this.#from + this.rows]!
      text = isAscii(utf8.subarray(start, end)) ? bufferOf(utf8).toString('latin1', start, end) : ''
      this.#texts[i] = text
    }
    const from = edges[this.#from + row]!
    const to = edges[this.#from + row + 1]!
    return text === '' ? bufferOf(utf8).toString('utf8', from, to) : text.slice(from - start, to - start)
  }
}

type Utf8Column = Extract<SentColumn, { readonly utf8: Uint8Array }>

function bufferOf(bytes: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function columnOf(column: SentColumn, from: number, to: number): Column | undefined {
  if ('utf8' in column) {
    const { edges, hashes, utf8 } = column
    return new TextColumn(bufferOf(utf8), edges.subarray(from, to), edges.subarray(from + 1, to + 1), hashes === undefined ? {} : { hashes: hashes.subarray(from, to) })
  }
  if (column.nulls !== undefined) return undefined
  if ('numbers' in column) return { kind: 'number', numbers: column.numbers.subarray(from, to) }
  return 'flags' in column ? { kind: 'boolean', numbers: Float64Array.from(column.flags.subarray(from, to)) } : undefined
}

function valueOf(column: Exclude<SentColumn, Utf8Column>, type: ColumnType, row: number): unknown {
  if (column.nulls?.[row] === 1) return null
  if ('numbers' in column) return column.numbers[row]
  if ('flags' in column) return column.flags[row] === 1
  const start = row === 0 ? 0 : column.ends[row - 1]!
  const end = column.ends[row]!
  if ('bytes' in column) return column.bytes.slice(start, end)
  const text = column.text.slice(start, end)
  if (type === 'string') return text
  return type === 'bigint' ? BigInt(text) : (JSON.parse(text) as unknown)
}
