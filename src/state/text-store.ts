import { writeUtf8 } from '../base/utf8.ts'

const fewestBytes = 4_096
const fewestTexts = 256
/** What one large epoch needed is not kept for all that follow. */
const mostKeptBytes = 2 ** 22

/** Texts as UTF-8, one behind another, numbered from 0. */
export class TextStore {
  size = 0
  /** Another buffer when there are many more texts. */
  bytes = Buffer.allocUnsafeSlow(fewestBytes)
  #places = new Int32Array(2 * fewestTexts)
  #length = 0

  /** Bytes in use, those of replaced texts too. */
  get byteLength(): number {
    return this.#length
  }

  /** Of a well-formed text. */
  add(text: string): number {
    this.#reserve(3 * text.length)
    return this.#added(writeUtf8(text, this.bytes, this.#length))
  }

  /** Of `bytes[at … end)`, which is UTF-8. */
  addBytes(bytes: Uint8Array, at: number, end: number): number {
    this.#reserve(end - at)
    const to = this.bytes
    const shift = this.#length - at
    for (let from = at; from < end; from++) to[from + shift] = bytes[from]!
    return this.#added(end + shift)
  }

  replace(index: number, text: string): void {
    this.#reserve(3 * text.length)
    const start = this.#length
    const end = writeUtf8(text, this.bytes, start)
    const old = this.startOf(index)
    if (end - start === this.endOf(index) - old) {
      this.bytes.copyWithin(old, start, end)
      return
    }
    this.#length = end
    this.#places[2 * index] = start
    this.#places[2 * index + 1] = end
  }

  startOf(index: number): number {
    return this.#places[2 * index]!
  }

  endOf(index: number): number {
    return this.#places[2 * index + 1]!
  }

  text(index: number): string {
    return this.bytes.toString('utf8', this.startOf(index), this.endOf(index))
  }

  clear(): void {
    this.size = this.#length = 0
    if (this.bytes.length > mostKeptBytes) this.bytes = Buffer.allocUnsafeSlow(fewestBytes)
  }

  #added(end: number): number {
    const index = this.size++
    if (2 * index === this.#places.length) {
      const places = new Int32Array(2 * this.#places.length)
      places.set(this.#places)
      this.#places = places
    }
    this.#places[2 * index] = this.#length
    this.#places[2 * index + 1] = this.#length = end
    return index
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, needed))
    this.bytes.copy(larger, 0, 0, this.#length)
    this.bytes = larger
  }
}
