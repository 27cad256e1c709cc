/** The name with the fewest edits, if they are few for its length. */
export function nearestName(name: string, existing: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const other of existing) {
    const edits = editDistance(name.toLowerCase(), other.toLowerCase())
    if (edits < fewest) {
      fewest = edits
      best = other
    }
  }
  return best
}

/** Insertions, deletions and replacements from one text to the other. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[other.length]!
}
