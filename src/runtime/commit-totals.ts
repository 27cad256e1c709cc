import { Histogram } from '../metrics/histogram.ts'
import type { CommitMetrics } from '../metrics/snapshot.ts'
import type { CommitAnswer } from '../topology/commit-store.ts'
import type { PartitionFates } from '../tracking/record-fates.ts'

/** What the commits of this process came to. */
export class CommitTotals {
  readonly #ms = new Histogram()
  #epochs = 0
  #records = 0
  #skipped = 0
  #deadLettered = 0
  #gaps = 0
  #cells = 0
  #duplicates = 0
  #mismatches = 0
  #fenced = 0
  #aborts = 0

  get epochs(): number {
    return this.#epochs
  }

  metrics(): CommitMetrics {
    return {
      epochs: this.#epochs, records: this.#records, skipped: this.#skipped, deadLettered: this.#deadLettered, gaps: this.#gaps, cells: this.#cells,
      duplicates: this.#duplicates, mismatches: this.#mismatches, fenced: this.#fenced, aborts: this.#aborts, ms: this.#ms.quantiles(),
    }
  }

  epoch(records: number, cells: number, commitMs: number): void {
    this.#epochs++
    this.#records += records
    this.#cells += cells
    this.#ms.record(commitMs)
  }

  /** Records committed beside an epoch. */
  passed(records: number): void {
    this.#records += records
  }

  fates(fates: readonly PartitionFates[]): void {
    for (const { skipped, deadLettered, gaps } of fates) {
      this.#skipped += skipped
      this.#deadLettered += deadLettered
      this.#gaps += gaps
    }
  }

  /** Also to an attempt that was given up: it tells of commits of a process that had lost its partitions. */
  answered(answer: CommitAnswer['answer']): void {
    if (answer === 'DUP') this.#duplicates++
    if (answer === 'FENCED') this.#fenced++
    if (answer === 'MISMATCH') this.#mismatches++
  }

  aborted(): void {
    this.#aborts++
  }
}
