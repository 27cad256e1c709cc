/** Thrown for a frame whose announced size no request may have. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

const sizeBytes = 4
/** Chunks below this are gathered in blocks when they wait, for a chunk of one byte takes memory of hundreds. */
const smallBytes = 1024
const blockBytes = 4096

/**
 * Cuts a byte stream into frames: four bytes of size, then as many bytes. A frame's memory is taken
 * when its bytes are there, never because its size says so, and is a small multiple of them however
 * small the chunks are; one that came in a single chunk is a view of it.
 */
export class FrameReader {
  readonly #maxBytes: () => number
  #chunks: Buffer[] = []
  /** Bytes of the first chunk that were handed out. */
  #at = 0
  #buffered = 0
  #size = -1
  /** The last chunk is its beginning, unless it is undefined. */
  #block: Buffer | undefined

  /** A frame above `maxBytes` is an error; it is asked at every frame. */
  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that were given and not handed out. */
  get bufferedBytes(): number {
    return this.#buffered
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#buffered += chunk.length
    if (chunk.length < smallBytes && this.#chunks.length > 0) {
      this.#gather(chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#block = undefined
  }

  /** The next whole frame without its size, or undefined until more bytes come. Throws {@link FrameError}. */
  next(): Buffer | undefined {
    if (this.#size === -1) {
      if (this.#buffered < sizeBytes) return undefined
      const size = this.#take(sizeBytes).readInt32BE(0)
      const max = this.#maxBytes()
      if (size < 0 || size > max) throw new FrameError(`a request announces ${size} bytes; socket.request.max.bytes allows 0 to ${max}`)
      this.#size = size
    }
    if (this.#buffered < this.#size) return undefined
    const frame = this.#take(this.#size)
    this.#size = -1
    return frame
  }

  /** Bytes once written in a block stay, for frames may be views of them. */
  #gather(chunk: Buffer): void {
    const block = this.#block
    const filled = block === undefined ? 0 : this.#chunks.at(-1)!.length
    if (block === undefined || filled + chunk.length > block.length) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      chunk.copy(this.#block)
      this.#chunks.push(this.#block.subarray(0, chunk.length))
      return
    }
    chunk.copy(block, filled)
    this.#chunks[this.#chunks.length - 1] = block.subarray(0, filled + chunk.length)
  }

  #take(length: number): Buffer {
    this.#buffered -= length
    const first = this.#chunks[0]
    if (first === undefined) return Buffer.alloc(0)
    if (first.length - this.#at >= length) {
      const at = this.#at
      this.#at += length
      if (this.#at === first.length) this.#dropFirst()
      return first.subarray(at, at + length)
    }
    return this.#joined(length)
  }

  #joined(length: number): Buffer {
    const whole = Buffer.allocUnsafeSlow(length)
    let filled = 0
    let used = 0
    while (filled < length) {
      const chunk = this.#chunks[used]!
      const at = used === 0 ? this.#at : 0
      const taken = Math.min(chunk.length - at, length - filled)
      chunk.copy(whole, filled, at, at + taken)
      filled += taken
      if (at + taken < chunk.length) {
        this.#chunks.splice(0, used)
        this.#at = at + taken
        return whole
      }
      used++
    }
    this.#chunks.splice(0, used)
    this.#at = 0
    return whole
  }

  #dropFirst(): void {
    this.#chunks.shift()
    this.#at = 0
  }
}
