import { bucket } from '../base/hash.ts'
import type { TargetChooser } from './grouping.ts'
import { keyHash, keyHashes } from './key-hash.ts'

/** Equal values go to the same task, on every thread and in every run. */
export function fieldsChooser(fields: readonly string[], size: number): TargetChooser {
  const hash = keyHash(fields)
  return {
    one: (tuple) => bucket(hash(tuple), size),
    each(batch, chosen) {
      const hashes = keyHashes(fields, batch)
      if (hashes === undefined) return false
      for (let row = 0; row < batch.rows; row++) chosen[row] = bucket(hashes[row]!, size)
      return true
    },
  }
}
