import { Value } from './value.ts'

/**
 * The content of a string key: a byte string; a number when it is the decimal text of a safe integer;
 * a Buffer while single bytes of it are changed (SETRANGE, SETBIT, PFADD).
 */
export type StringContent = string | number | Buffer

const longestEmbedded = 44
const shortestLargeInteger = 16
const int64Text = /^-?[1-9]\d{15,18}$/

export class StringValue extends Value {
  readonly type = 'string'
  readonly empty = false
  #content: StringContent
  #changedInPlace: boolean
  /** Redis would hold the text as an integer. */
  #integer = false
  /** The Buffer has its memory for itself and may grow in it; small ones of Node share theirs. */
  #ownsMemory = false

  constructor(content: StringContent) {
    super()
    this.#content = content
    this.#changedInPlace = Buffer.isBuffer(content)
  }

  /** From what a client wrote: integers are held as numbers. */
  static of(text: string): StringValue {
    const value = new StringValue(compact(text))
    value.#integer = text.length >= shortestLargeInteger && int64Text.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
    return value
  }

  setInteger(value: number | bigint): void {
    this.content = typeof value === 'number' ? value : String(value)
    this.#integer = true
  }

  /** As it is held; for answers. */
  get content(): StringContent {
    return this.#content
  }

  set content(content: StringContent) {
    this.#content = content
    this.#changedInPlace = Buffer.isBuffer(content)
    this.#integer = false
    this.#ownsMemory = false
  }

  /** The bytes as a byte string. */
  get text(): string {
    const content = this.#content
    if (typeof content === 'string') return content
    return typeof content === 'number' ? String(content) : content.toString('latin1')
  }

  get length(): number {
    return typeof this.#content === 'number' ? String(this.#content).length : this.#content.length
  }

  append(text: string): void {
    this.#content = this.text + text
    this.#changedInPlace = true
    this.#integer = false
    this.#ownsMemory = false
  }

  /** The bytes, to be changed in place, grown with zeros to `length` at least; the value keeps this very Buffer. */
  editable(length = 0): Buffer {
    const content = this.#content
    let bytes = Buffer.isBuffer(content) ? content : Buffer.from(this.text, 'latin1')
    if (bytes.length < length) {
      // Room for more, so that a string grown byte by byte is not copied each time.
      const grown = this.#ownsMemory && bytes.buffer.byteLength >= length
        ? Buffer.from(bytes.buffer, 0, length)
        : Buffer.from(new ArrayBuffer(length < 1024 * 1024 ? length * 2 : length + 1024 * 1024), 0, length)
      if (grown.buffer !== bytes.buffer) bytes.copy(grown)
      bytes = grown
      this.#ownsMemory = true
    }
    this.#content = bytes
    this.#changedInPlace = true
    this.#integer = false
    return bytes
  }

  get bytes(): number {
    return typeof this.#content === 'number' ? 8 : this.#content.length
  }

  get encoding(): string {
    if (typeof this.#content === 'number' || this.#integer) return 'int'
    return this.#changedInPlace || this.#content.length > longestEmbedded ? 'raw' : 'embstr'
  }

  copy(): StringValue {
    const copy = new StringValue(Buffer.isBuffer(this.#content) ? Buffer.from(this.#content) : this.#content)
    copy.#changedInPlace = this.#changedInPlace
    copy.#integer = this.#integer
    return copy
  }

  *rebuild(key: string): Iterable<readonly string[]> {
    yield ['SET', key, this.text]
  }
}

const zero = 48
const nine = 57
const minus = 45

/** The number whose decimal text this is, when it is a safe integer; the text itself otherwise. */
export function compact(text: string): string | number {
  const length = text.length
  if (length === 0 || length > 16) return text
  const first = text.charCodeAt(0)
  if (first === zero) return length === 1 ? 0 : text
  let i = 0
  if (first === minus) {
    if (length === 1 || text.charCodeAt(1) === zero) return text
    i = 1
  }
  let value = 0
  for (; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < zero || code > nine) return text
    value = value * 10 + (code - zero)
  }
  if (value > Number.MAX_SAFE_INTEGER) return text
  return first === minus ? -value : value
}
