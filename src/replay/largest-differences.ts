import type { Difference, Generations } from '../topology/generations.ts'

export interface ComparedKeys {
  readonly keys: number
  readonly differing: number
  /** Those that differ most, in numbers; what is no number first. */
  readonly largest: readonly Difference[]
}

/** Compares as they stand: what one has counted and the other has not yet differs, too. */
export async function largestDifferences(generations: Generations, most: number): Promise<ComparedKeys> {
  let keys = 0
  let differing = 0
  let largest: Difference[] = []
  for await (const slice of generations.compare('replay')) {
    keys += slice.keys
    differing += slice.differences.length
    if (slice.differences.length > 0) largest = [...largest, ...slice.differences].sort((a, b) => distance(b) - distance(a)).slice(0, most)
  }
  return { keys, differing, largest }
}

function distance({ live = '0', other = '0' }: Difference): number {
  const between = Math.abs(Number(live) - Number(other))
  return Number.isNaN(between) ? Infinity : between
}
