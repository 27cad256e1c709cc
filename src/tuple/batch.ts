import type { Tuple } from './fields.ts'
import type { TextColumn } from './text-column.ts'

/**
 * A run of tuples of one stream, column by column: the form in which a stream travels between the
 * spout and library bolts. Immutable, and valid until `executeBatch` returns or its promise settles:
 * then its columns, and the bytes they stand in, serve other batches. A row taken with `tuple` may be kept.
 */
export interface Batch {
  readonly rows: number
  /** Whether it has no rows: may be known before it is known how many they are. */
  readonly empty: boolean
  /** Undefined where this batch has the field in no column: its rows have it. */
  column(field: string): Column | undefined
  /** A row for code that takes tuples one by one. Made anew by every call. */
  tuple(row: number): Tuple
  /** Of the record a row descends from: index into the attempt's partitions. */
  partitionOf(row: number): number
  offsetOf(row: number): number
  /** It will be looked at after the call it was given to: for the runtime. */
  keep(): void
  /** Nobody looks at it any more, unless it was kept: for the runtime. */
  release(): void
}

export type Column = TextColumn | NumberColumn

/** Numbers, or 1 and 0 for true and false, one for each row; none is null. */
export interface NumberColumn {
  readonly kind: 'number' | 'boolean'
  readonly numbers: Float64Array
}

/** What a batch needs of the one its rows descend from. */
export type Lineage = Pick<Batch, 'partitionOf' | 'offsetOf' | 'keep'>

/** Of rows that descend from no record in particular. */
export const noLineage: Lineage = { partitionOf: () => -1, offsetOf: () => -1, keep: () => {} }
