/**
 * A book over and over, dealt to partitions like cards: line n of the endless text is the record
 * n ÷ partitions of partition n mod partitions. So every partition holds the beginning of a sequence
 * of its own, however the runs before have ended, and how far it has come says all about what is in it.
 */
export class EndlessBook {
  readonly lines: readonly string[]
  readonly partitions: number

  constructor(lines: readonly string[], partitions: number) {
    this.lines = lines
    this.partitions = partitions
  }

  line(partition: number, offset: number): string {
    return this.lines[(partition + offset * this.partitions) % this.lines.length]!
  }

  /** Word → how often it stands in the first `ends[p]` records of every partition p. Words are what stands between single spaces. */
  countWords(ends: readonly number[]): Map<string, number> {
    const counts = new Map<string, number>()
    for (const [index, times] of this.#timesOfLines(ends).entries()) {
      if (times === 0) continue
      for (const word of this.lines[index]!.split(' ')) {
        if (word !== '') counts.set(word, (counts.get(word) ?? 0) + times)
      }
    }
    return counts
  }

  #timesOfLines(ends: readonly number[]): number[] {
    const times = this.lines.map(() => 0)
    const { length } = this.lines
    for (const [partition, end] of ends.entries()) {
      // After `length` records a partition has met each of its lines equally often and is where it began.
      const rounds = Math.floor(end / length)
      for (let offset = 0; offset < length; offset++) {
        const met = rounds + (offset < end % length ? 1 : 0)
        times[(partition + offset * this.partitions) % length]! += met
      }
    }
    return times
  }
}

/** The keys whose values differ. */
export function differences(found: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): string[] {
  return [...new Set([...right.keys(), ...found.keys()])].filter((key) => found.get(key) !== right.get(key))
}
