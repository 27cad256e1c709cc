import { constants } from 'node:buffer'
import { splitInline } from './inline-request.ts'

/** Bytes that are no request. The connection is closed; `reply` goes out before, unless it is undefined. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly reply: string | undefined

  constructor(message: string, answered = true) {
    super(message)
    this.reply = answered ? `ERR Protocol error: ${message}` : undefined
  }
}

export interface RequestLimits {
  /** Of one argument. */
  readonly bulkBytes: number
  /** Of all that is kept of a request that is not complete. */
  readonly requestBytes: number
}

const longestLine = 64 * 1024
const mostArguments = 2 ** 31 - 1
/** An argument that is larger and not complete is collected in the pieces it comes in. */
const largeBulk = 32 * 1024
/** V8 copies shorter substrings; a longer one would keep the whole chunk alive as long as itself. */
const shortestSlice = 13
const beforeLogin = { arguments: 10, bulkBytes: 16_384 }

const star = 42
const dollar = 36
const minus = 45
const zero = 48
const nine = 57
const carriageReturn = 13

/** Cuts what a client sends into requests: arrays of bulk strings, or lines typed by hand. */
export class RequestParser {
  /** Clients that have not logged in may send small requests only. */
  restricted = false
  readonly #limits: () => RequestLimits
  #chunk: Buffer = Buffer.alloc(0)
  #text = ''
  #at = 0
  #args: string[] = []
  #argsBytes = 0
  /** Arguments of the current request that are still to come; 0 between requests. */
  #missing = 0
  /** Length of the argument that is being read; -1 when its length is not known yet. */
  #bulk = -1
  #pieces: Buffer[] = []
  #piecesMissing = 0

  constructor(limits: () => RequestLimits) {
    this.#limits = limits
  }

  /** Bytes that are kept and belong to no complete request. */
  get pendingBytes(): number {
    let pieces = 0
    for (const piece of this.#pieces) pieces += piece.length
    return this.#chunk.length - this.#at + this.#argsBytes + pieces
  }

  push(chunk: Buffer): void {
    if (this.#piecesMissing > 0) {
      const piece = chunk.length <= this.#piecesMissing ? chunk : chunk.subarray(0, this.#piecesMissing)
      this.#pieces.push(piece)
      this.#piecesMissing -= piece.length
      chunk = chunk.subarray(piece.length)
    }
    const rest = this.#chunk.length - this.#at
    this.#chunk = rest === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk])
    this.#text = this.#chunk.toString('latin1')
    this.#at = 0
  }

  /** The next complete request, without those that are empty; undefined when more bytes are needed. Throws ProtocolError. */
  next(): string[] | undefined {
    for (;;) {
      if (this.#missing === 0) {
        if (this.#at === this.#text.length) return undefined
        if (this.#text.charCodeAt(this.#at) !== star) {
          const args = this.#inline()
          if (args === undefined || args.length > 0) return args
          continue
        }
        const size = this.#header('mbulk')
        if (size === undefined) return undefined
        if (Number.isNaN(size) || size > mostArguments) throw new ProtocolError('invalid multibulk length')
        if (this.restricted && size > beforeLogin.arguments) throw new ProtocolError('unauthenticated multibulk length')
        if (size <= 0) continue
        this.#missing = size
        this.#args = []
        this.#argsBytes = 0
      }
      while (this.#missing > 0) {
        const arg = this.#argument()
        if (arg === undefined) {
          if (this.#argsBytes > this.#limits().requestBytes) throw new ProtocolError('the request is larger than client-query-buffer-limit', false)
          return undefined
        }
        this.#args.push(arg)
        this.#argsBytes += arg.length
        this.#missing--
      }
      const args = this.#args
      this.#args = []
      this.#argsBytes = 0
      return args
    }
  }

  #argument(): string | undefined {
    if (this.#bulk < 0) {
      if (this.#at === this.#text.length) return undefined
      const kind = this.#text.charCodeAt(this.#at)
      const size = this.#header('bulk')
      if (size === undefined) return undefined
      if (kind !== dollar) throw new ProtocolError(`expected '$', got '${String.fromCharCode(kind)}'`)
      if (!(size >= 0) || size > Math.min(this.#limits().bulkBytes, constants.MAX_STRING_LENGTH)) throw new ProtocolError('invalid bulk length')
      if (this.restricted && size > beforeLogin.bulkBytes) throw new ProtocolError('unauthenticated bulk length')
      this.#bulk = size
    }
    return this.#pieces.length > 0 ? this.#collected() : this.#bulkText()
  }

  #bulkText(): string | undefined {
    const size = this.#bulk
    const from = this.#at
    const end = from + size
    if (end + 2 > this.#text.length) {
      // Its end of line stays behind in any case, so that the rest is never larger than what has arrived.
      if (size > largeBulk) {
        const piece = this.#chunk.subarray(from, Math.min(end, this.#chunk.length))
        if (piece.length > 0) this.#pieces.push(piece)
        this.#piecesMissing = size - piece.length
        this.#at += piece.length
      }
      return undefined
    }
    this.#at = end + 2
    this.#bulk = -1
    return size < shortestSlice ? this.#text.substring(from, end) : this.#chunk.toString('latin1', from, end)
  }

  #collected(): string | undefined {
    if (this.#piecesMissing > 0 || this.#text.length - this.#at < 2) return undefined
    this.#at += 2
    this.#bulk = -1
    const text = Buffer.concat(this.#pieces).toString('latin1')
    this.#pieces = []
    return text
  }

  /** The number of a line that begins with one character and ends with CR LF; NaN when it is none, undefined when the line is not complete. */
  #header(what: 'mbulk' | 'bulk'): number | undefined {
    const text = this.#text
    let at = this.#at + 1
    let value = 0
    let digits = 0
    const negative = text.charCodeAt(at) === minus
    if (negative) at++
    const first = text.charCodeAt(at)
    for (let code = first; code >= zero && code <= nine; code = text.charCodeAt(++at)) {
      value = value * 10 + code - zero
      digits++
    }
    if (text.charCodeAt(at) === carriageReturn) {
      if (at + 1 >= text.length) return undefined
      this.#at = at + 2
      const wellFormed = digits > 0 && digits < 19 && (first !== zero || (digits === 1 && !negative))
      return wellFormed ? (negative ? -value : value) : NaN
    }
    const end = text.indexOf('\r', at)
    if (end < 0 && text.length - this.#at > longestLine) throw new ProtocolError(`too big ${what} count string`)
    return end < 0 || end + 1 >= text.length ? undefined : NaN
  }

  #inline(): string[] | undefined {
    const text = this.#text
    const end = text.indexOf('\n', this.#at)
    if (end < 0) {
      if (text.length - this.#at > longestLine) throw new ProtocolError('too big inline request')
      return undefined
    }
    const from = this.#at
    const lineEnd = end > from && text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end
    this.#at = end + 1
    const args = splitInline(this.#chunk.toString('latin1', from, lineEnd))
    if (args === undefined) throw new ProtocolError('unbalanced quotes in request')
    return args
  }
}
