import type { Batch, Column as BatchColumn, NumberColumn } from './batch.ts'
import type { Column, Columns } from './columns.ts'
import { columnType, type ColumnType, type Fields } from './fields.ts'
import type { TextColumn } from './text-column.ts'

/** What one column was once is kept for the next, up to this. */
const mostKeptBytes = 2 ** 20
const fewestBytes = 4_096
/** From here on a call into the engine is faster than a loop. */
const longBytes = 64

/** Collects rows of batches until `take`: texts are copied as bytes and never become strings. */
export class ColumnsCopier {
  readonly #names: readonly string[]
  readonly #types: readonly ColumnType[]
  readonly #copies: readonly (TextCopy | NumberCopy)[]
  #rows = 0
  #bytes = 0

  /** There is room for `mostRows` rows. */
  constructor(fields: Fields, mostRows: number) {
    this.#names = Object.keys(fields)
    this.#types = Object.values(fields).map(columnType)
    this.#copies = this.#types.map((type) => (type === 'string' ? new TextCopy(mostRows) : new NumberCopy(mostRows)))
  }

  get rows(): number {
    return this.#rows
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether a batch has every field in a column, and of the declared type. */
  takes(batch: Batch): boolean {
    for (let i = 0; i < this.#names.length; i++) {
      const kind = batch.column(this.#names[i]!)?.kind
      if ((kind === 'text' ? 'string' : kind) !== this.#types[i]) return false
    }
    return true
  }

  /**
   * Copies rows of a batch that it takes, those of `picked` from `from` on, until it has `mostRows` rows
   * or `mostBytes` bytes. Answers how far it came.
   */
  append(batch: Batch, picked: Int32Array, from: number, mostRows: number, mostBytes: number): number {
    const columns = this.#names.map((name) => batch.column(name)!)
    const to = this.#reach(columns, picked, from, mostRows, mostBytes)
    for (const [i, column] of columns.entries()) this.#copies[i]!.append(column as TextColumn & NumberColumn, picked, from, to, this.#rows)
    this.#rows += to - from
    return to
  }

  take(): Columns {
    const rows = this.#rows
    const columns = this.#copies.map((copy, i) => copy.take(rows, this.#types[i] === 'boolean'))
    this.#rows = this.#bytes = 0
    return { rows, columns }
  }

  #reach(columns: readonly BatchColumn[], picked: Int32Array, from: number, mostRows: number, mostBytes: number): number {
    const texts = columns.filter((column) => column.kind === 'text').map(({ ends, starts }) => ({ ends, starts }))
    const numberBytes = 8 * (columns.length - texts.length)
    const last = Math.min(picked.length, from + mostRows - this.#rows)
    let bytes = this.#bytes
    let to = from
    for (; to < last && bytes < mostBytes; to++) {
      bytes += numberBytes
      for (let i = 0; i < texts.length; i++) bytes += texts[i]!.ends[picked[to]!]! - texts[i]!.starts[picked[to]!]!
    }
    this.#bytes = bytes
    return to
  }
}

class TextCopy {
  #bytes = new Uint8Array(fewestBytes)
  readonly #edges: Int32Array<ArrayBuffer>
  readonly #hashes: Int32Array<ArrayBuffer>
  /** All that came had hashes. */
  #hashed = true

  constructor(mostRows: number) {
    this.#edges = new Int32Array(mostRows + 1)
    this.#hashes = new Int32Array(mostRows)
  }

  append(column: TextColumn, picked: Int32Array, from: number, to: number, rows: number): void {
    const { bytes, ends, knownHashes, starts, view } = column
    const edges = this.#edges
    let own = new DataView(this.#bytes.buffer)
    let end = edges[rows]!
    for (let i = from, row = rows; i < to; i++, row++) {
      const start = starts[picked[i]!]!
      const stop = ends[picked[i]!]!
      // A loop over whole words writes up to three bytes too many; the next text goes over them.
      if (end + stop - start + 3 > own.byteLength) own = this.#grow(end + stop - start + 3)
      if (stop - start < longBytes && stop + 3 <= bytes.length) for (let p = start, q = end; p < stop; p += 4, q += 4) own.setInt32(q, view.getInt32(p, true), true)
      else bytes.copy(this.#bytes, end, start, stop)
      end += stop - start
      edges[row + 1] = end
    }
    this.#hashed &&= knownHashes !== undefined
    if (this.#hashed) for (let i = from, row = rows; i < to; i++, row++) this.#hashes[row] = knownHashes![picked[i]!]!
  }

  take(rows: number): Column {
    const column = { utf8: this.#bytes.slice(0, this.#edges[rows]), edges: this.#edges.slice(0, rows + 1), hashes: this.#hashed ? this.#hashes.slice(0, rows) : undefined }
    this.#hashed = true
    if (this.#bytes.length > mostKeptBytes) this.#bytes = new Uint8Array(fewestBytes)
    return column
  }

  #grow(needed: number): DataView<ArrayBuffer> {
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, needed))
    larger.set(this.#bytes)
    this.#bytes = larger
    return new DataView(larger.buffer)
  }
}

class NumberCopy {
  readonly #numbers: Float64Array<ArrayBuffer>

  constructor(mostRows: number) {
    this.#numbers = new Float64Array(mostRows)
  }

  append({ numbers }: NumberColumn, picked: Int32Array, from: number, to: number, rows: number): void {
    for (let i = from, row = rows; i < to; i++, row++) this.#numbers[row] = numbers[picked[i]!]!
  }

  take(rows: number, flags: boolean): Column {
    return flags ? { flags: Uint8Array.from(this.#numbers.subarray(0, rows)), nulls: undefined } : { numbers: this.#numbers.slice(0, rows), nulls: undefined }
  }
}
