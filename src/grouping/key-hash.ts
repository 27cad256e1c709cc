import { hashRange, hashValue } from '../base/hash.ts'
import type { Batch, Column } from '../tuple/batch.ts'
import { valueIn } from '../tuple/column-batch.ts'
import type { Tuple } from '../tuple/fields.ts'

/** Hash of the selected values in their order: `('ab', 'c')` and `('a', 'bc')` differ. */
export function keyHash(fields: readonly string[]): (tuple: Tuple) => number {
  const [first, ...rest] = fields
  if (first === undefined) throw new RangeError('a key needs at least one field')
  if (rest.length === 0) return (tuple) => hashValue(tuple[first])
  return (tuple) => {
    let hash = hashValue(tuple[first])
    for (let i = 0; i < rest.length; i++) hash = hashValue(tuple[rest[i]!], hash)
    return hash
  }
}

/** The same of each row of a batch, or undefined where it lacks a column. A text's own hash is used as it is. */
export function keyHashes(fields: readonly string[], batch: Batch): Int32Array | undefined {
  const columns: Column[] = []
  for (const field of fields) {
    const column = batch.column(field)
    if (column === undefined) return undefined
    columns.push(column)
  }
  const [first, ...rest] = columns
  if (first?.kind === 'text' && rest.length === 0) return first.hashes
  const hashes = new Int32Array(batch.rows)
  for (let row = 0; row < hashes.length; row++) {
    let hash = first!.kind === 'text' ? first!.hashes[row]! : hashValue(valueIn(first!, row))
    for (const column of rest) hash = column.kind === 'text' ? hashRange(column.bytes, column.starts[row]!, column.ends[row]!, hash) : hashValue(valueIn(column, row), hash)
    hashes[row] = hash
  }
  return hashes
}
