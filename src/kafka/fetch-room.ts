/** Bytes of the answers that one task has not read to their end, whichever partitions and brokers they are of. */
export class FetchRoom {
  readonly #maxBytes: number
  readonly #opened: () => void
  #bytes = 0

  /** `opened` is called when there is room again. */
  constructor(maxBytes: number, opened: () => void) {
    this.#maxBytes = maxBytes
    this.#opened = opened
  }

  /** With as much as allowed nothing more may be asked for. */
  get full(): boolean {
    return this.#bytes >= this.#maxBytes
  }

  take(bytes: number): void {
    this.#bytes += bytes
  }

  give(bytes: number): void {
    const wasFull = this.full
    this.#bytes -= bytes
    if (wasFull && !this.full) this.#opened()
  }
}
