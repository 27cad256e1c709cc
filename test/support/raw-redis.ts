import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A reply as it came: the sign in front and what it holds, all bytes as latin1 text. */
export interface RawReply {
  readonly sign: string
  /** The text, or the parts of an array, set, map (keys and values in turn) or push. */
  readonly value: string | null | readonly RawReply[]
}

/** A connection that sends any bytes and keeps every byte of what comes back. */
export class RawRedis {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #closed = false
  #waiting: { readonly count: number; readonly replies: RawReply[]; readonly resolve: (replies: RawReply[]) => void; readonly reject: (error: Error) => void } | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#read()
    })
    socket.on('close', () => {
      this.#closed = true
      this.#waiting?.reject(closedByServer())
    })
    socket.on('error', () => {})
  }

  static async open(port: number): Promise<RawRedis> {
    const socket = connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve())
      socket.once('error', reject)
    })
    socket.setNoDelay(true)
    return new RawRedis(socket)
  }

  /** Sends all commands at once and waits for as many replies. Arguments are byte strings. */
  async send(commands: readonly (readonly string[])[]): Promise<RawReply[]> {
    const bytes = commands.map((args) => `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`).join('')
    this.#socket.write(Buffer.from(bytes, 'latin1'))
    return this.receive(commands.length)
  }

  /** Sends bytes that need not be a request. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** The next replies, whatever they answer. */
  receive(count: number): Promise<RawReply[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closedByServer()
      this.#waiting = { count, replies: [], resolve, reject }
      this.#read()
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    let at = 0
    while (waiting.replies.length < waiting.count) {
      const parsed = parse(this.#received, at)
      if (parsed === undefined) break
      waiting.replies.push(parsed.reply)
      at = parsed.end
    }
    this.#received = this.#received.subarray(at)
    if (waiting.replies.length < waiting.count) return
    this.#waiting = undefined
    waiting.resolve(waiting.replies)
  }
}

function closedByServer(): Error {
  return new Error('the server closed the connection')
}

interface Parsed {
  readonly reply: RawReply
  readonly end: number
}

function parse(bytes: Buffer, at: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', at)
  if (lineEnd === -1) return undefined
  const sign = bytes.toString('latin1', at, at + 1)
  const line = bytes.toString('latin1', at + 1, lineEnd)
  const next = lineEnd + 2
  if ('$=!'.includes(sign) && line !== '-1') {
    const end = next + Number(line) + 2
    return end > bytes.length ? undefined : { reply: { sign, value: bytes.toString('latin1', next, end - 2) }, end }
  }
  if (!'*~>%'.includes(sign) || line === '-1') return { reply: { sign, value: line === '-1' && '$*'.includes(sign) ? null : line }, end: next }
  const parts: RawReply[] = []
  let end = next
  for (let i = Number(line) * (sign === '%' ? 2 : 1); i > 0; i--) {
    const parsed = parse(bytes, end)
    if (parsed === undefined) return undefined
    parts.push(parsed.reply)
    end = parsed.end
  }
  return { reply: { sign, value: parts }, end }
}
