/** How many bytes all partitions of one task hold together: of answers, or of what was decompressed. */
export class ByteRoom {
  readonly #maxBytes: number
  readonly #opened: () => void
  #bytes = 0

  /** `opened` is called when there is room again. */
  constructor(maxBytes: number, opened: () => void) {
    this.#maxBytes = maxBytes
    this.#opened = opened
  }

  /** With as much as allowed nothing more may begin; what has begun may end above it. */
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
