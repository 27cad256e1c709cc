import type { GenerationState } from '../topology/generations.ts'

/** How many records `positions` lack to be at `goal`, over all partitions of `goal`. A partition without a position lacks all. */
export function recordsBehind(positions: ReadonlyMap<string, number>, goal: ReadonlyMap<string, number>): number {
  let behind = 0
  for (const [partition, offset] of goal) behind += Math.max(0, offset - (positions.get(partition) ?? 0))
  return behind
}

/** Every partition of it has an end, and is there. */
export function isComplete({ limits, positions }: GenerationState): boolean {
  return limits.size > 0 && Array.from(limits).every(([partition, offset]) => (positions.get(partition) ?? -1) >= offset)
}
