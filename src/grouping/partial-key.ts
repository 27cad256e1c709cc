import type { TargetChooser } from './grouping.ts'
import { keyHash, keyHashes } from './key-hash.ts'

/**
 * Two candidate tasks per key, the same two everywhere; each tuple goes to the one this producer has
 * used less, so a hot key is shared by two. Whoever receives holds parts of a key's result.
 */
export function partialKeyChooser(fields: readonly string[], size: number): TargetChooser {
  const hash = keyHash(fields)
  const used = new Float64Array(size)
  const choose = (keyHash: number) => {
    const [first, second] = candidates(keyHash, size)
    const chosen = used[second]! < used[first]! ? second : first
    used[chosen]!++
    return chosen
  }
  return {
    one: (tuple) => choose(hash(tuple)),
    each(batch, chosen) {
      const hashes = keyHashes(fields, batch)
      if (hashes === undefined) return false
      for (let row = 0; row < batch.rows; row++) chosen[row] = choose(hashes[row]!)
      return true
    },
  }
}

/** Distinct when there is more than one task. The quotient is as good a hash as the remainder. */
function candidates(hash: number, size: number): readonly [number, number] {
  const unsigned = hash >>> 0
  const first = unsigned % size
  if (size === 1) return [first, first]
  const step = 1 + (Math.floor(unsigned / size) % (size - 1))
  return [first, (first + step) % size]
}
