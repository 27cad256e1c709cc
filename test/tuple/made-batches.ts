import type { Batch, Column, Lineage } from '../../src/tuple/batch.ts'
import { ColumnBatch } from '../../src/tuple/column-batch.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'

/** Texts with other bytes between them. */
export function textColumn(texts: readonly string[]): TextColumn {
  const bytes = texts.map((text) => Buffer.from(text))
  let end = 0
  const ends = Int32Array.from(bytes, ({ length }) => (end += 1 + length))
  return new TextColumn(Buffer.concat(bytes.flatMap((one) => [Buffer.from('|'), one])), ends.map((one, row) => one - bytes[row]!.length), ends)
}

/** Row i descends from record 100 + i of partition 3, if nothing else is said. */
export const made: Lineage = { partitionOf: () => 3, offsetOf: (row) => 100 + row, keep: () => {} }

/** Tuples that hold the same fields, in columns. */
export function rowBatch(tuples: readonly Tuple[], origin = made): Batch {
  const fields = Object.keys(tuples[0] ?? {})
  return new ColumnBatch(fields, fields.map((field) => columnOf(tuples.map((tuple) => tuple[field]))), tuples.length, origin)
}

function columnOf(values: readonly unknown[]): Column {
  if (typeof values[0] === 'string') return textColumn(values as readonly string[])
  return { kind: typeof values[0] as 'number' | 'boolean', numbers: Float64Array.from(values, Number) }
}
