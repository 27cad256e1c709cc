/** Thrown for bytes that are no message; `at` is the position from the start of the frame. */
export class WireError extends Error {
  override readonly name = 'WireError'

  constructor(what: string, at: number) {
    super(`${what} at byte ${at}`)
  }
}

/** Elements that all arrays of one message may have together, unless told otherwise. */
export const defaultElementLimit = 1_000_000

/**
 * Reads Kafka's primitives in order. Bytes are views of the frame, never copies. No length in the
 * frame makes it read past the end or allocate more than the frame's own size times a constant:
 * lengths are checked against the bytes that are left, and array elements against one budget.
 * Every fault is a {@link WireError}.
 */
export class WireReader {
  readonly #bytes: Buffer
  #at: number
  #elementsLeft: number

  constructor(bytes: Buffer, at = 0, elementLimit = defaultElementLimit) {
    this.#bytes = bytes
    this.#at = at
    this.#elementsLeft = elementLimit
  }

  get position(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  /** Beyond 2^53 the nearest number. */
  int64(): number {
    const at = this.#take(8)
    return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!
      value += (byte & 127) * 2 ** shift
      if (byte < 128) {
        if (value > 0xffff_ffff) break
        return value
      }
    }
    throw new WireError('a varint is longer than 32 bits', this.#at)
  }

  /** Bytes that are no UTF-8 become the replacement character. */
  utf8(byteLength: number): string {
    const at = this.#take(byteLength)
    return this.#bytes.toString('utf8', at, at + byteLength)
  }

  /** A view of the next bytes. */
  take(length: number): Buffer {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** Counts an array's elements against the budget; each takes at least one byte. */
  elements(count: number): number {
    if (count > this.remaining) throw new WireError(`an array of ${count} elements in ${this.remaining} bytes`, this.#at)
    this.#elementsLeft -= count
    if (this.#elementsLeft < 0) throw new WireError('the arrays of a message have too many elements', this.#at)
    return count
  }

  fail(what: string): WireError {
    return new WireError(what, this.#at)
  }

  #take(length: number): number {
    const at = this.#at
    if (length < 0 || length > this.#bytes.length - at) throw new WireError(`${length} bytes wanted of ${this.#bytes.length - at} left`, at)
    this.#at = at + length
    return at
  }
}
