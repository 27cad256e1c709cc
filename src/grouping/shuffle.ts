import { bucket, hashValue } from '../base/hash.ts'
import type { TargetChooser } from './grouping.ts'

/**
 * Round robin, so shares never differ by more than one tuple. Producers begin at different targets,
 * else all of them would send their first tuples to the same one.
 */
export function shuffleChooser(size: number, sourceTask: number): TargetChooser {
  let next = bucket(hashValue(sourceTask), size)
  const one = () => {
    const index = next
    next = index + 1 === size ? 0 : index + 1
    return index
  }
  return {
    one,
    each({ rows }, chosen) {
      for (let row = 0; row < rows; row++) chosen[row] = one()
      return true
    },
  }
}
