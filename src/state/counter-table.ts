import { NameTable } from '../base/name-table.ts'

const fewestSums = 256

/** Sums by group and name, for the counters of one epoch. Whoever adds looks after the bounds of its numbers. */
export class CounterTable extends NameTable {
  /** By entry; a new entry's is 0. Another array after an entry was added. */
  sums = new Float64Array(fewestSums)

  override add(group: number, name: string): number {
    return this.#withSum(super.add(group, name))
  }

  override addBytes(group: number, bytes: Uint8Array, at: number, end: number, nameHash: number): number {
    return this.#withSum(super.addBytes(group, bytes, at, end, nameHash))
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
