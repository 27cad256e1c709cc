import { entryHeaderBytes, frameHeaderBytes, sealFrame } from './frame.ts'

const firstBytes = 4096
/** Small enough to keep for the next frame. */
const keptBytes = 1 << 20

/** Gathers entries into one frame. The block of a frame can be given back and is then filled again. */
export class FrameBuilder {
  #block: Buffer = Buffer.allocUnsafeSlow(firstBytes)
  #length = frameHeaderBytes
  #spare: Buffer | undefined

  /** Bytes of the frame so far, its header included. */
  get length(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#length === frameHeaderBytes
  }

  /** The payload is copied. */
  add(payload: Uint8Array): void {
    const at = this.#length
    const end = at + entryHeaderBytes + payload.length
    if (end > this.#block.length) this.#grow(end)
    this.#block.writeUInt32BE(payload.length, at)
    this.#block.set(payload, at + entryHeaderBytes)
    this.#length = end
  }

  /** The finished frame; what is added from now on begins the next one. */
  take(): Buffer {
    const frame = this.#block.subarray(0, this.#length)
    sealFrame(frame)
    this.#block = this.#spare ?? Buffer.allocUnsafeSlow(firstBytes)
    this.#spare = undefined
    this.#length = frameHeaderBytes
    return frame
  }

  /** A frame that is no longer used by anybody. */
  giveBack(frame: Buffer): void {
    if (frame.buffer.byteLength <= keptBytes) this.#spare = Buffer.from(frame.buffer)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#block.length, needed))
    this.#block.copy(grown, 0, 0, this.#length)
    this.#block = grown
  }
}
