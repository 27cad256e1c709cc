import * as v from 'valibot'
import type { BoltDefinition } from '../topology/bolt.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { PieceBatch } from '../tuple/piece-batch.ts'
import { arraysOfPieces, PieceColumn } from '../tuple/piece-column.ts'
import { checkBoltOptions, fieldName, text } from './bolt-options.ts'
import { singleByte } from './single-byte.ts'

export interface SplitTextOptions<F extends string, A extends string> {
  /** The tuple's field to split; it holds text. */
  readonly field: F
  /** The field each piece is emitted as. */
  readonly as: A
  /** One or more characters. Default: a space. */
  readonly by?: string
}

type Split<A extends string> = { readonly default: { readonly [K in A]: 'string' } }

/**
 * Emits every piece of a text that is not empty: `splitText({ field: 'value', as: 'word' })`. Between
 * a spout and a counter of the same thread it works on the bytes and makes no string of any piece. Throws MR_OPTIONS_INVALID.
 */
export function splitText<const F extends string, const A extends string>(options: SplitTextOptions<F, A>): BoltDefinition<{ readonly [K in F]: string }, Split<A>> {
  checkBoltOptions('splitText', { field: fieldName, as: fieldName, by: v.optional(v.pipe(text, v.minLength(1))) }, options)
  const { as, by = ' ', field } = options
  const separator = singleByte(by)
  return {
    role: 'bolt',
    streams: { default: { [as]: 'string' } } as Split<A>,
    reads: [field],
    createTask() {
      const pool = new ColumnPool(arraysOfPieces)
      return {
        execute(tuple, out) {
          for (const piece of (tuple[field] as string).split(by)) if (piece !== '') out.emit({ [as]: piece })
        },
        executeBatch(batch, out) {
          const column = batch.column(field)
          if (column?.kind !== 'text' || separator === undefined) return false
          out.emit(new PieceBatch(as, new PieceColumn(column, separator, pool), batch))
          return true
        },
      }
    },
  }
}
