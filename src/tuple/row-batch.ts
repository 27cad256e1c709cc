import type { Batch, Lineage } from './batch.ts'
import type { Tuple } from './fields.ts'

/** Tuples among batches: what could not be put in columns. */
export class RowBatch implements Batch {
  readonly #tuples: readonly Tuple[]
  readonly #origin: Lineage
  readonly #originRows: Int32Array

  /** `originRows` says which row of `origin` each tuple descends from. */
  constructor(tuples: readonly Tuple[], origin: Lineage, originRows: Int32Array) {
    this.#tuples = tuples
    this.#origin = origin
    this.#originRows = originRows
  }

  get rows(): number {
    return this.#tuples.length
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(): undefined {
    return undefined
  }

  tuple(row: number): Tuple {
    return this.#tuples[row]!
  }

  partitionOf(row: number): number {
    return this.#origin.partitionOf(this.#originRows[row]!)
  }

  offsetOf(row: number): number {
    return this.#origin.offsetOf(this.#originRows[row]!)
  }

  keep(): void {
    this.#origin.keep()
  }

  release(): void {}
}
