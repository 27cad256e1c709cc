import { hashEnd, hashRange, hashSeed, hashWord } from '../base/hash.ts'
import { headWord, type Uncut } from '../base/name-table.ts'
import type { ColumnPool } from './column-pool.ts'
import { TextColumn } from './text-column.ts'

/** Arrays that a pool for pieces has to give. */
export const arraysOfPieces = 6
const none = new Int32Array(0)

/** What is known of every piece when it is found. */
interface Pieces {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly hashes: Int32Array
  readonly lows: Int32Array
  readonly highs: Int32Array
  /** The text it is a piece of. */
  readonly origins: Int32Array
}

/**
 * The pieces of the texts of another column between bytes of one kind, without the empty ones. They are
 * looked for when somebody asks where they are; a counter goes over the texts themselves.
 */
export class PieceColumn extends TextColumn implements Uncut {
  readonly texts: TextColumn
  readonly separator: number
  readonly #pool: ColumnPool
  #arrays: Int32Array<ArrayBuffer>[] | undefined
  #pieces: Pieces | undefined
  #count = -1

  constructor(texts: TextColumn, separator: number, pool: ColumnPool) {
    super(texts.bytes, none, none)
    this.texts = texts
    this.separator = separator
    this.#pool = pool
  }

  /** Whether there is no piece at all: known without looking for all. */
  get empty(): boolean {
    const { bytes, ends, rows, starts } = this.texts
    for (let row = 0; row < rows; row++) for (let i = starts[row]!; i < ends[row]!; i++) if (bytes[i] !== this.separator) return false
    return true
  }

  override get rows(): number {
    if (this.#count < 0) this.#found()
    return this.#count
  }

  override get starts(): Int32Array {
    return this.#found().starts
  }

  override get ends(): Int32Array {
    return this.#found().ends
  }

  override get hashes(): Int32Array {
    return this.#found().hashes
  }

  override get knownHashes(): Int32Array {
    return this.hashes
  }

  override get lows(): Int32Array {
    return this.#found().lows
  }

  override get highs(): Int32Array {
    return this.#found().highs
  }

  /** Of each piece: the row of the text it comes from. */
  get origins(): Int32Array {
    return this.#found().origins
  }

  override get uncut(): Uncut | undefined {
    return this.#pieces === undefined ? this : undefined
  }

  cut(row: number): TextColumn {
    const { ends, starts } = this.texts
    const room = (ends[row]! - starts[row]! + 1) >> 1
    const pieces = piecesIn(Array.from({ length: arraysOfPieces }, () => new Int32Array(room)))
    const count = this.#find(pieces, row, row + 1)
    return new TextColumn(this.bytes, pieces.starts, pieces.ends, pieces, count)
  }

  counted(pieces: number): void {
    this.#count = pieces
  }

  /** Nobody looks at the pieces any more. */
  release(): void {
    if (this.#arrays !== undefined) this.#pool.give(this.#arrays)
    this.#arrays = this.#pieces = undefined
  }

  #found(): Pieces {
    if (this.#pieces === undefined) {
      const { ends, rows, starts } = this.texts
      let room = 0
      for (let row = 0; row < rows; row++) room += (ends[row]! - starts[row]! + 1) >> 1
      this.#arrays = this.#pool.take(room)
      this.#pieces = piecesIn(this.#arrays)
      this.#count = this.#find(this.#pieces, 0, rows)
    }
    return this.#pieces
  }

  /** Of the texts `[from, to)`. Answers how many. */
  #find(pieces: Pieces, from: number, to: number): number {
    const { bytes, ends, starts, view } = this.texts
    const { separator } = this
    let count = 0
    for (let row = from; row < to; row++) {
      const start = starts[row]!
      const end = ends[row]!
      count = end + 4 <= bytes.length ? cutRow(view, start, end, separator, row, pieces, count) : cutLastRow(bytes, view, start, end, separator, row, pieces, count)
    }
    return count
  }
}

function piecesIn(arrays: readonly Int32Array[]): Pieces {
  const [starts, ends, hashes, lows, highs, origins] = arrays as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]
  return { starts, ends, hashes, lows, highs, origins }
}

/**
 * Four bytes at a time, hashed in the same step; reads up to four bytes beyond the row. The first byte
 * equal to the separator is found as in "Hacker's Delight", 6-1.
 */
function cutRow(view: DataView, from: number, end: number, separator: number, row: number, { ends, hashes, highs, lows, origins, starts }: Pieces, before: number): number {
  const pattern = Math.imul(separator, 0x01010101)
  let count = before
  for (let start = from; start < end;) {
    let at = start
    let hash = hashSeed
    let low = 0
    let high = 0
    let word = 0
    for (;;) {
      word = view.getInt32(at, true)
      const difference = word ^ pattern
      const zeros = (difference - 0x01010101) & ~difference & 0x80808080
      let length = zeros === 0 ? 4 : (31 - Math.clz32(zeros & -zeros)) >> 3
      if (at + length > end) length = end - at
      if (length < 4) word &= (1 << (length << 3)) - 1
      if (at === start) low = word
      else if (at === start + 4) high = word
      at += length
      if (length < 4) break
      hash = hashWord(hash, word)
    }
    if (at > start) {
      starts[count] = start
      ends[count] = at
      hashes[count] = hashEnd(hash, word, at - start)
      lows[count] = low
      highs[count] = high
      origins[count++] = row
    }
    start = at + 1
  }
  return count
}

/** The same byte by byte, where nothing may be read beyond the row. */
function cutLastRow(bytes: Buffer, view: DataView, from: number, end: number, separator: number, row: number, { ends, hashes, highs, lows, origins, starts }: Pieces, before: number): number {
  let count = before
  for (let start = from, at = from; at <= end; at++) {
    if (at < end && bytes[at] !== separator) continue
    if (at > start) {
      starts[count] = start
      ends[count] = at
      hashes[count] = hashRange(bytes, start, at)
      lows[count] = headWord(view, start, at)
      highs[count] = headWord(view, start + 4, at)
      origins[count++] = row
    }
    start = at + 1
  }
  return count
}
