/** A whole number from 0 up to but without `end`. */
export function randomIndex(end: number): number {
  return Math.floor(Math.random() * end)
}

/** `count` different numbers below `end`, in no order; all of them when there are no more. */
export function randomIndices(count: number, end: number): number[] {
  if (count >= end) return Array.from({ length: end }, (_, i) => i)
  // Floyd's algorithm: as many steps as numbers wanted, however large `end` is.
  const chosen = new Set<number>()
  for (let last = end - count; last < end; last++) {
    const index = randomIndex(last + 1)
    chosen.add(chosen.has(index) ? last : index)
  }
  return [...chosen]
}
