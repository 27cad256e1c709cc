import type { Tuple } from './fields.ts'
import type { TextColumn } from './text-column.ts'

/**
 * A run of tuples of one stream, column by column: the form in which a stream travels between the
 * spout and library bolts. Immutable, and valid as long as it is kept; what it was made from (the
 * fetched block of a Kafka record, up to some MiB) stays in memory with it.
 */
export interface Batch {
  readonly rows: number
  /** Undefined where this batch has the field in no column: its rows have it. */
  column(field: string): Column | undefined
  /** A row for code that takes tuples one by one. Made anew by every call. */
  tuple(row: number): Tuple
  /** Of the record a row descends from: index into the attempt's partitions. */
  partitionOf(row: number): number
  offsetOf(row: number): number
}

export type Column = TextColumn | NumberColumn

/** Numbers, or 1 and 0 for true and false; none is null. */
export interface NumberColumn {
  readonly kind: 'number' | 'boolean'
  readonly numbers: Float64Array
}

/** What a batch knows of where its rows come from. */
export type Lineage = Pick<Batch, 'partitionOf' | 'offsetOf'>
