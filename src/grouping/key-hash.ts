import { hashValue } from '../base/hash.ts'
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
