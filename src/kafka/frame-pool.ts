/** Smaller ones are made and thrown away: there is nothing to gain. */
const fewestBytes = 65_536
/** Sizes differ from answer to answer: one that is a little larger fits too. */
const stepBytes = 2 ** 20
/** One is read into, one waits, one is looked at. */
export const mostFree = 3

/** Buffers of one connection: those that nobody looks at any more are read into again. */
export class FramePool {
  #free: Buffer[] = []
  /** Those that may come back. */
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>()

  /** Exactly so many bytes, with anything in them. */
  take(bytes: number): Buffer {
    if (bytes < fewestBytes) return Buffer.allocUnsafeSlow(bytes)
    // A far larger one would be held by a few records.
    const at = this.#free.findIndex(({ length }) => length >= bytes && length <= 4 * Math.max(bytes, stepBytes))
    const [whole = Buffer.allocUnsafeSlow(Math.ceil(bytes / stepBytes) * stepBytes)] = at < 0 ? [] : this.#free.splice(at, 1)
    this.#lent.set(whole.buffer, whole)
    return whole.subarray(0, bytes)
  }

  /** Nobody looks at the buffer that these bytes are of any more. Nothing happens when it is from elsewhere, or given twice. */
  give(bytes: Buffer): void {
    const whole = this.#lent.get(bytes.buffer)
    if (whole === undefined) return
    this.#lent.delete(bytes.buffer)
    this.#free.push(whole)
    // The one that has not fitted for the longest time goes.
    if (this.#free.length > mostFree) this.#free.shift()
  }
}
