import { NameTable, type Texts } from '../base/name-table.ts'

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
    const entries = this.entriesOf(group, texts)
    const { sums } = this
    for (let row = 0; row < entries.length; row++) sums[entries[row]!]!++
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
