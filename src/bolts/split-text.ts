import { hashEnd, hashSeed, hashWord } from '../base/hash.ts'
import type { BoltDefinition } from '../topology/bolt.ts'
import type { Batch } from '../tuple/batch.ts'
import { ColumnBatch } from '../tuple/column-batch.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { singleByte } from './single-byte.ts'

export interface SplitTextOptions<F extends string, A extends string> {
  /** The tuple's field to split; it holds text. */
  readonly field: F
  /** The field each piece is emitted as. */
  readonly as: A
  /** One or more characters. Default: a space. */
  readonly by?: string
}

type Pieces<A extends string> = { readonly default: { readonly [K in A]: 'string' } }

/**
 * Emits every piece of a text that is not empty: `splitText({ field: 'value', as: 'word' })`. Between
 * a spout and a counter of the same thread it works on the bytes and makes no string of any piece.
 */
export function splitText<const F extends string, const A extends string>({ as, by = ' ', field }: SplitTextOptions<F, A>): BoltDefinition<{ readonly [K in F]: string }, Pieces<A>> {
  const separator = singleByte(by)
  return {
    role: 'bolt',
    streams: { default: { [as]: 'string' } } as Pieces<A>,
    reads: [field],
    createTask: () => ({
      execute(tuple, out) {
        for (const piece of (tuple[field] as string).split(by)) if (piece !== '') out.emit({ [as]: piece })
      },
      executeBatch(batch, out) {
        const column = batch.column(field)
        if (column?.kind !== 'text' || separator === undefined) return false
        out.emit(pieces(batch, column, separator, as))
        return true
      },
    }),
  }
}

/** Where the pieces of the batch at hand go; copied when it is done. */
let starts = new Int32Array(4_096)
let ends = new Int32Array(4_096)
let hashes = new Int32Array(4_096)
let rows = new Int32Array(4_096)

function pieces(batch: Batch, column: TextColumn, separator: number, as: string): Batch {
  const { bytes } = column
  let count = 0
  for (let row = 0; row < batch.rows; row++) {
    const end = column.ends[row]!
    const most = count + ((end - column.starts[row]! + 2) >> 1)
    if (most > starts.length) grow(most)
    count = splitRow(bytes, column.starts[row]!, end, separator, row, count)
  }
  const words = new TextColumn(bytes, starts.slice(0, count), ends.slice(0, count), hashes.slice(0, count))
  return new ColumnBatch([as], [words], count, batch, rows.slice(0, count))
}

/** Hashes while it looks for the separator: every byte is read once. */
function splitRow(bytes: Buffer, from: number, end: number, separator: number, row: number, before: number): number {
  let count = before
  let start = from
  let hash = hashSeed
  let word = 0
  let shift = 0
  for (let at = from; at <= end; at++) {
    const byte = at < end ? bytes[at]! : separator
    if (byte !== separator) {
      word |= byte << shift
      shift += 8
      if (shift === 32) {
        hash = hashWord(hash, word)
        word = 0
        shift = 0
      }
      continue
    }
    if (at > start) {
      starts[count] = start
      ends[count] = at
      hashes[count] = hashEnd(hash, word, at - start)
      rows[count++] = row
    }
    start = at + 1
    hash = hashSeed
    word = 0
    shift = 0
  }
  return count
}

function grow(rowsNeeded: number): void {
  const room = Math.max(rowsNeeded, 2 * starts.length)
  const larger = (column: Int32Array): Int32Array<ArrayBuffer> => {
    const copy = new Int32Array(room)
    copy.set(column)
    return copy
  }
  starts = larger(starts)
  ends = larger(ends)
  hashes = larger(hashes)
  rows = larger(rows)
}
