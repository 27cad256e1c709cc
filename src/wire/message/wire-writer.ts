/** Bytes from which on a block is passed through as it is instead of copied. */
const passThroughBytes = 1024

/** Writes Kafka's primitives in order. Large blocks are kept as they are, so the result is a list of chunks. */
export class WireWriter {
  readonly #chunks: Buffer[] = []
  #chunkedBytes = 0
  #bytes: Buffer
  #start = 0
  #at = 0

  constructor(capacity = 512) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#chunkedBytes + this.#at - this.#start
  }

  /** All that was written; nothing may be written afterwards. */
  chunks(): Buffer[] {
    this.#cut()
    return this.#chunks
  }

  int8(value: number): void {
    const at = this.#room(1)
    this.#bytes.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.#room(2)
    this.#bytes.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#room(4)
    this.#bytes.writeInt32BE(value, at)
  }

  /** What does not fit becomes the largest value: 2^63 − 1 is read as the number 2^63. */
  int64(value: number): void {
    const at = this.#room(8)
    if (value >= 2 ** 63) {
      this.#bytes.writeBigInt64BE(0x7fff_ffff_ffff_ffffn, at)
      return
    }
    const high = Math.floor(value / 0x1_0000_0000)
    this.#bytes.writeInt32BE(high, at)
    this.#bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
  }

  unsignedVarint(value: number): void {
    let rest = value
    while (rest > 127) {
      const at = this.#room(1)
      this.#bytes[at] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    const at = this.#room(1)
    this.#bytes[at] = rest
  }

  utf8(text: string, byteLength: number): void {
    const at = this.#room(byteLength)
    this.#bytes.write(text, at, 'utf8')
  }

  /** The caller leaves `bytes` alone until the chunks are sent. */
  block(bytes: Uint8Array): void {
    if (bytes.length < passThroughBytes) {
      const at = this.#room(bytes.length)
      this.#bytes.set(bytes, at)
      return
    }
    this.#cut()
    this.#push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  /** Appends what another writer wrote. */
  splice(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.block(chunk)
  }

  #cut(): void {
    if (this.#at > this.#start) this.#push(this.#bytes.subarray(this.#start, this.#at))
    this.#start = this.#at
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#chunkedBytes += chunk.length
  }

  #room(bytes: number): number {
    const at = this.#at
    if (at + bytes > this.#bytes.length) {
      this.#cut()
      this.#bytes = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, bytes))
      this.#start = 0
      this.#at = bytes
      return 0
    }
    this.#at = at + bytes
    return at
  }
}
