import { CommandError } from '../command/command-error.ts'
import { doubleText } from './double-text.ts'
import { BigNumberReply, DoubleReply, MapReply, noReply, nullArray, PairedMapReply, PairsReply, pairsOf, PushReply, SetReply, SeveralReplies, Status, VerbatimReply, type Reply } from './reply.ts'

/** Version of the protocol that a client has chosen by HELLO. */
export type Protocol = 2 | 3

const initialSize = 4096
/** Blocks this large are handed on as they are, instead of growing the block they would be copied into. */
const largeSize = 64 * 1024
const carriageReturn = 13
const lineFeed = 10
const colon = 58
const dollar = 36
const zero = 48
const minus = 45

/**
 * Writes replies as bytes, one after the other, until they are taken. What is outstanding is one block
 * that grows, and large texts on their own.
 */
export class ReplyWriter {
  protocol: Protocol = 2
  #block = Buffer.allocUnsafeSlow(initialSize)
  #end = 0
  #full: Buffer[] = []
  #fullBytes = 0

  /** Bytes written and not taken. */
  get size(): number {
    return this.#fullBytes + this.#end
  }

  /** All that was written; the writer starts anew. */
  take(): readonly Buffer[] {
    this.#close()
    const taken = this.#full
    this.#full = []
    this.#fullBytes = 0
    return taken
  }

  /** The head of an array whose items are written next, one by one. */
  arrayHead(size: number): void {
    this.#line(`*${size}`)
  }

  write(reply: Reply): void {
    switch (typeof reply) {
      case 'number':
        this.#integer(reply)
        return
      case 'string':
        this.#bulk(reply)
        return
      case 'bigint':
        this.#line(`:${reply}`)
        return
      case 'boolean':
        if (this.protocol === 3) this.#line(reply ? '#t' : '#f')
        else this.#integer(reply ? 1 : 0)
        return
      case 'symbol':
        if (reply === nullArray) this.#line(this.protocol === 3 ? '_' : '*-1')
        return
      default:
        this.#object(reply)
    }
  }

  #object(reply: Exclude<Reply, string | number | bigint | boolean | typeof nullArray | typeof noReply>): void {
    if (reply === null) this.#line(this.protocol === 3 ? '_' : '$-1')
    else if (reply instanceof Status) this.#line(`+${oneLine(reply.text)}`)
    else if (Array.isArray(reply)) this.#items('*', reply as readonly Reply[])
    else if (Buffer.isBuffer(reply)) this.#bytes(reply)
    else if (reply instanceof CommandError) this.#line(`-${oneLine(reply.message)}`)
    else if (reply instanceof MapReply) {
      if (this.protocol === 3) this.#items('%', reply.flat, reply.flat.length / 2)
      else this.#items('*', reply.flat)
    } else if (reply instanceof PairsReply) this.#items('*', this.protocol === 3 ? pairsOf(reply.flat) : reply.flat)
    else if (reply instanceof PairedMapReply) {
      if (this.protocol === 3) this.#items('%', reply.flat, reply.flat.length / 2)
      else this.#items('*', pairsOf(reply.flat))
    } else if (reply instanceof SetReply) this.#items(this.protocol === 3 ? '~' : '*', reply.items)
    else if (reply instanceof DoubleReply) {
      if (this.protocol === 3) this.#line(`,${doubleText(reply.value)}`)
      else this.#bulk(doubleText(reply.value))
    } else if (reply instanceof BigNumberReply) {
      if (this.protocol === 3) this.#line(`(${reply.digits}`)
      else this.#bulk(reply.digits)
    } else if (reply instanceof VerbatimReply) {
      if (this.protocol === 3) this.#prefixed('=', `${reply.format}:${reply.text}`)
      else this.#bulk(reply.text)
    } else if (reply instanceof PushReply) this.#items(this.protocol === 3 ? '>' : '*', reply.items)
    else if (reply instanceof SeveralReplies) for (const each of reply.replies) this.write(each)
  }

  #items(kind: string, items: readonly Reply[], size = items.length): void {
    this.#line(`${kind}${size}`)
    for (const item of items) this.write(item)
  }

  #integer(value: number): void {
    if (value >= 0 && value < 10) {
      this.#reserve(4)
      const block = this.#block
      block[this.#end++] = colon
      block[this.#end++] = zero + value
      block[this.#end++] = carriageReturn
      block[this.#end++] = lineFeed
      return
    }
    this.#reserve(24)
    this.#block[this.#end++] = colon
    if (Math.abs(value) < 1e15) this.#digits(value)
    else this.#end += this.#block.write(BigInt(value).toString(), this.#end, 'latin1')
    this.#endLine()
  }

  #bulk(text: string): void {
    const { length } = text
    if (length >= largeSize) {
      this.#prefixed('$', text)
      return
    }
    this.#reserve(length + 16)
    const block = this.#block
    block[this.#end++] = dollar
    this.#digits(length)
    this.#endLine()
    // A call out of JavaScript costs more than a few characters.
    if (length < 16) {
      let end = this.#end
      for (let i = 0; i < length; i++) block[end++] = text.charCodeAt(i)
      this.#end = end
    } else {
      this.#end += block.write(text, this.#end, 'latin1')
    }
    this.#endLine()
  }

  #prefixed(kind: string, text: string): void {
    this.#line(`${kind}${text.length}`)
    this.#append(Buffer.from(text, 'latin1'))
    this.#line('')
  }

  #bytes(bytes: Buffer): void {
    this.#line(`$${bytes.length}`)
    // It may be changed before it is sent.
    this.#append(bytes.length >= largeSize ? Buffer.from(bytes) : bytes)
    this.#line('')
  }

  #append(bytes: Buffer): void {
    if (bytes.length >= largeSize) {
      this.#close()
      this.#full.push(bytes)
      this.#fullBytes += bytes.length
      return
    }
    this.#reserve(bytes.length)
    this.#end += bytes.copy(this.#block, this.#end)
  }

  #line(text: string): void {
    this.#reserve(text.length + 2)
    this.#end += this.#block.write(text, this.#end, 'latin1')
    this.#endLine()
  }

  #endLine(): void {
    this.#block[this.#end++] = carriageReturn
    this.#block[this.#end++] = lineFeed
  }

  /** An integer below 10^15. */
  #digits(value: number): void {
    const block = this.#block
    if (value < 0) {
      block[this.#end++] = minus
      value = -value
    }
    let size = 1
    for (let power = 10; value >= power; power *= 10) size++
    let at = this.#end + size
    this.#end = at
    do {
      const rest = Math.floor(value / 10)
      block[--at] = zero + value - rest * 10
      value = rest
    } while (value > 0)
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#block.length) return
    if (this.#end + size > largeSize) {
      this.#close()
      this.#block = Buffer.allocUnsafeSlow(Math.max(largeSize, size))
      return
    }
    const block = Buffer.allocUnsafeSlow(Math.max(2 * this.#block.length, this.#end + size))
    this.#block.copy(block, 0, 0, this.#end)
    this.#block = block
  }

  #close(): void {
    if (this.#end === 0) return
    this.#full.push(this.#block.subarray(0, this.#end))
    this.#fullBytes += this.#end
    // The rest of the block serves the next replies.
    this.#block = this.#block.length - this.#end >= initialSize / 4 ? this.#block.subarray(this.#end) : Buffer.allocUnsafeSlow(initialSize)
    this.#end = 0
  }
}

/** What stands in one line must not end it. */
function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, ' ') : text
}
