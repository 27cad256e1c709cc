import { headBytes, NameTable, slotMask, spread, tagOf, type Texts } from '../base/name-table.ts'

const fewestSums = 256

/** Sums by group and name, for the counters of one epoch. Whoever adds looks after the bounds of its numbers. */
export class CounterTable extends NameTable {
  /** By entry; a new entry's is 0. Another array after an entry was added. */
  sums = new Float64Array(fewestSums)

  override add(group: number, name: string): number {
    return this.#withSum(super.add(group, name))
  }

  override addText(group: number, texts: Texts, row: number): number {
    return this.#withSum(super.addText(group, texts, row))
  }

  /** Adds 1 to the sum of each text. */
  countEach(group: number, texts: Texts): void {
    for (let row = this.#countKnown(group, texts, 0); row < texts.rows; row = this.#countKnown(group, texts, row + 1)) {
      const entry = this.addText(group, texts, row)
      this.sums[entry] = 1
    }
  }

  /** From a row on, until one comes whose text has no entry: answers that row. */
  #countKnown(group: number, { ends, hashes, highs, lows, rows, starts, view }: Texts, from: number): number {
    const { slots, sums } = this
    const mask = slotMask(slots)
    for (let row = from; row < rows; row++) {
      const length = ends[row]! - starts[row]!
      const low = lows[row]!
      const high = highs[row]!
      const tag = tagOf(group, length)
      let at = (spread(hashes[row]!, group) << 2) & mask
      while (slots[at] !== low || slots[at + 1] !== high || slots[at + 2] !== tag || (length > headBytes && !this.restIs(slots[at + 3]!, view, starts[row]!, length))) {
        if (slots[at + 2] === 0) return row
        at = (at + 4) & mask
      }
      sums[slots[at + 3]!]!++
    }
    return rows
  }

  #withSum(entry: number): number {
    if (entry >= this.sums.length) {
      const sums = new Float64Array(2 * this.sums.length)
      sums.set(this.sums)
      this.sums = sums
    }
    return entry
  }
}
