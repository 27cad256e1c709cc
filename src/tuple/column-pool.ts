/** Arrays for the columns of batches that come one after another: those of a batch that is done with serve the next one. */
export class ColumnPool {
  readonly #columns: number
  readonly #free: Int32Array<ArrayBuffer>[][] = []

  constructor(columns: number) {
    this.#columns = columns
  }

  /** One array for each column, with room for so many rows and whatever was in them before. */
  take(rows: number): Int32Array<ArrayBuffer>[] {
    const arrays = this.#free.pop()
    if (arrays !== undefined && arrays[0]!.length >= rows) return arrays
    const room = Math.max(rows, 2 * (arrays?.[0]!.length ?? 0))
    return Array.from({ length: this.#columns }, () => new Int32Array(room))
  }

  /** Nobody looks at them any more. */
  give(arrays: Int32Array<ArrayBuffer>[]): void {
    this.#free.push(arrays)
  }
}
