import type { TargetChooser } from './grouping.ts'
import { keyHash } from './key-hash.ts'

/**
 * Two candidate tasks per key, the same two everywhere; each tuple goes to the one this producer has
 * used less, so a hot key is shared by two. Whoever receives holds parts of a key's result.
 */
export function partialKeyChooser(fields: readonly string[], size: number): TargetChooser {
  const hash = keyHash(fields)
  const used = new Float64Array(size)
  return {
    one(tuple) {
      const [first, second] = candidates(hash(tuple), size)
      const chosen = used[second]! < used[first]! ? second : first
      used[chosen]!++
      return chosen
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
