import type { Batch, Column, Lineage } from './batch.ts'
import type { Tuple } from './fields.ts'
import type { PieceColumn } from './piece-column.ts'

/** Pieces of the texts of another batch, in one field. */
export class PieceBatch implements Batch {
  readonly #field: string
  readonly #pieces: PieceColumn
  readonly #origin: Lineage
  #kept = false

  constructor(field: string, pieces: PieceColumn, origin: Lineage) {
    this.#field = field
    this.#pieces = pieces
    this.#origin = origin
  }

  get rows(): number {
    return this.#pieces.rows
  }

  get empty(): boolean {
    return this.#pieces.empty
  }

  column(field: string): Column | undefined {
    return field === this.#field ? this.#pieces : undefined
  }

  tuple(row: number): Tuple {
    return { [this.#field]: this.#pieces.text(row) }
  }

  partitionOf(row: number): number {
    return this.#origin.partitionOf(this.#pieces.origins[row]!)
  }

  offsetOf(row: number): number {
    return this.#origin.offsetOf(this.#pieces.origins[row]!)
  }

  keep(): void {
    this.#kept = true
    this.#origin.keep()
  }

  release(): void {
    if (!this.#kept) this.#pieces.release()
  }
}
