import { hashView } from '../base/hash.ts'
import { headWord, type Texts, type Uncut } from '../base/name-table.ts'

/**
 * Texts as places in bytes that hold UTF-8: nothing is copied and no string is made before somebody
 * asks for one. None is null. Where bytes and arrays come from, nobody writes to them any more.
 */
export class TextColumn implements Texts {
  readonly kind = 'text'
  readonly bytes: Buffer
  readonly #rows: number
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  #hashes: Int32Array | undefined
  #lows: Int32Array | undefined
  #highs: Int32Array | undefined
  #view: DataView | undefined

  /** What is known of the texts already need not be computed when it is asked for. */
  constructor(bytes: Buffer, starts: Int32Array, ends: Int32Array, known: Partial<Pick<Texts, 'hashes' | 'lows' | 'highs'>> = {}, rows = starts.length) {
    this.bytes = bytes
    this.#rows = rows
    this.#starts = starts
    this.#ends = ends
    this.#hashes = known.hashes
    this.#lows = known.lows
    this.#highs = known.highs
  }

  get rows(): number {
    return this.#rows
  }

  /** Where each text begins in `bytes`; like all arrays here it may be longer than the column. */
  get starts(): Int32Array {
    return this.#starts
  }

  /** Where each text ends. */
  get ends(): Int32Array {
    return this.#ends
  }

  get uncut(): Uncut | undefined {
    return undefined
  }

  get view(): DataView {
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    return this.#view
  }

  /** Computed at most once: grouping and counters use the same. */
  get hashes(): Int32Array {
    if (this.#hashes === undefined) {
      const { ends, starts, view } = this
      const hashes = new Int32Array(this.rows)
      for (let row = 0; row < hashes.length; row++) hashes[row] = hashView(view, starts[row]!, ends[row]!)
      this.#hashes = hashes
    }
    return this.#hashes
  }

  /** The same, if they need not be computed. */
  get knownHashes(): Int32Array | undefined {
    return this.#hashes
  }

  get lows(): Int32Array {
    this.#lows ??= this.#heads(0)
    return this.#lows
  }

  get highs(): Int32Array {
    this.#highs ??= this.#heads(4)
    return this.#highs
  }

  text(row: number): string {
    return this.bytes.toString('utf8', this.starts[row], this.ends[row])
  }

  /** The column of so many rows of it; `array` gives an array with a place for each. */
  pick(rows: Int32Array, count: number, array: () => Int32Array): TextColumn {
    const picked = (column: Int32Array) => pickedTo(array(), column, rows, count)
    const { knownHashes } = this
    return new TextColumn(this.bytes, picked(this.starts), picked(this.ends), knownHashes === undefined ? {} : { hashes: picked(knownHashes) }, count)
  }

  #heads(from: number): Int32Array {
    const { ends, rows, starts, view } = this
    const words = new Int32Array(rows)
    for (let row = 0; row < words.length; row++) words[row] = headWord(view, starts[row]! + from, ends[row]!)
    return words
  }
}

function pickedTo(result: Int32Array, column: Int32Array, rows: Int32Array, count: number): Int32Array {
  for (let i = 0; i < count; i++) result[i] = column[rows[i]!]!
  return result
}
