import type { FramePool } from './frame-pool.ts'

/** Bytes that say how many follow. */
const sizeBytes = 4
/** No answer of a broker is larger; what says so speaks another protocol. */
const mostFrameBytes = 2 ** 30

/**
 * Gathers the frames of a connection, each in a buffer of the pool that is read into directly: nothing is
 * copied however many reads a frame takes. Ask for `room`, fill some of it, and tell how much.
 */
export class FrameReader {
  readonly #pool: FramePool
  readonly #size = Buffer.alloc(sizeBytes)
  #frame: Buffer | undefined
  #filled = 0

  constructor(pool: FramePool) {
    this.#pool = pool
  }

  /** Where the next bytes belong; not empty. */
  room(): Buffer {
    return (this.#frame ?? this.#size).subarray(this.#filled)
  }

  /** So many bytes of `room` were filled. Answers a frame, its size included, when it is whole. Throws RangeError when it is too large. */
  filled(bytes: number): Buffer | undefined {
    this.#filled += bytes
    if (this.#frame === undefined) {
      if (this.#filled < sizeBytes) return undefined
      const size = this.#size.readInt32BE()
      if (size < 0 || size > mostFrameBytes) throw new RangeError(`the other side does not speak Kafka's protocol: it announces an answer of ${size} bytes`)
      this.#frame = this.#pool.take(sizeBytes + size)
      this.#size.copy(this.#frame)
    }
    if (this.#filled < this.#frame.length) return undefined
    const frame = this.#frame
    this.#frame = undefined
    this.#filled = 0
    return frame
  }
}
