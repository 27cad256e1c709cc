const fixedText = 0xa0
const shortText = 32
const longestAscii = 64
/** What 32 bits hold. */
const largestSmall = 0x7fff_ffff

/**
 * Writes the few MessagePack kinds the commit script reads: arrays, texts, whole numbers ≥ 0. One
 * growing buffer, no object per value.
 */
export class MessagePackWriter {
  #bytes: Buffer
  #at = 0

  /** A good guess of the size saves copying. */
  constructor(sizeBytes: number) {
    // Not from the shared pool: the buffer belongs to a command that may be sent again much later.
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(sizeBytes, 256))
  }

  /** Begins the array that holds all the rest; its length is known at the end. */
  beginArray(): void {
    this.#bytes[0] = 0xdd
    this.#at = 5
  }

  /** What was written, with the length of the array filled in. */
  finish(length: number): Buffer {
    this.#bytes.writeUInt32BE(length, 1)
    return this.#bytes.subarray(0, this.#at)
  }

  count(n: number): void {
    this.#reserve(5)
    const bytes = this.#bytes
    if (n < 0x80) bytes[this.#at++] = n
    else {
      bytes[this.#at] = 0xce
      bytes.writeUInt32BE(n, this.#at + 1)
      this.#at += 5
    }
  }

  /** The text `bytes[at … end)`. */
  utf8(bytes: Uint8Array, at: number, end: number): void {
    const length = end - at
    this.#reserve(length + 5)
    this.#head(length)
    const to = this.#bytes
    const from = this.#at
    if (length < longestAscii) for (let i = 0; i < length; i++) to[from + i] = bytes[at + i]!
    else to.set(bytes.subarray(at, end), from)
    this.#at = from + length
  }

  /** A whole number as decimal text. */
  decimal(n: number): void {
    if (n < 0 || n > largestSmall) {
      this.text(String(n))
      return
    }
    let digits = 1
    for (let limit = 10; n >= limit; limit *= 10) digits++
    this.#reserve(digits + 1)
    const bytes = this.#bytes
    bytes[this.#at] = fixedText | digits
    this.#at += digits + 1
    let rest = n
    for (let at = this.#at - 1, left = digits; left > 0; left--, at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = 0x30 + rest - 10 * tenth
      rest = tenth
    }
  }

  text(text: string): void {
    if (text.length < longestAscii && this.#ascii(text)) return
    const size = Buffer.byteLength(text)
    this.#reserve(size + 5)
    this.#head(size)
    this.#at += this.#bytes.write(text, this.#at, size, 'utf8')
  }

  /** Short texts are mostly ASCII: writing them here is several times faster than a call per text. */
  #ascii(text: string): boolean {
    const { length } = text
    this.#reserve(length + 5)
    const start = this.#at
    this.#head(length)
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) {
        this.#at = start
        return false
      }
      bytes[at++] = unit
    }
    this.#at = at
    return true
  }

  #head(size: number): void {
    const bytes = this.#bytes
    if (size < shortText) bytes[this.#at++] = fixedText | size
    else if (size < 0x10000) {
      bytes[this.#at] = 0xda
      bytes[this.#at + 1] = size >>> 8
      bytes[this.#at + 2] = size & 0xff
      this.#at += 3
    } else {
      bytes[this.#at] = 0xdb
      bytes.writeUInt32BE(size, this.#at + 1)
      this.#at += 5
    }
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
