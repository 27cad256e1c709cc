import type { Socket } from 'node:net'
import type { Clock } from '../../../base/clock.ts'
import type { RequestOrigin } from './dispatcher.ts'
import { FrameReader } from './frame-reader.ts'

export interface ConnectionHost {
  readonly clock: Clock
  readonly maxRequestBytes: () => number
  /** Called while much of it waits; throws when all connections together hold too much. */
  readonly holdsMuch: () => void
  /** What a frame asks for. What it throws closes the connection. */
  readonly open: (frame: Buffer) => OpenedRequest
  /** The connection ends because of what was sent on it, or of a fault of ours. */
  readonly failed: (connection: Connection, cause: unknown) => void
  readonly closed: (connection: Connection) => void
}

/** A request, not handled yet. */
export interface OpenedRequest {
  /** It may be handled while others that may are not answered yet. */
  readonly ahead: boolean
  /** Handles it and gives the chunks to send; none when the client waits for nothing. What it throws closes the connection. */
  answer(origin: RequestOrigin): Promise<readonly Buffer[]> | readonly Buffer[]
}

/** Bytes of requests that may wait behind the one being answered before reading stops. */
const readAheadBytes = 1 << 20
/** Bytes a client has not taken yet, above which its next request waits. */
const unsentBytes = 1 << 20
/** Requests answered in a row before other connections get their turn. */
const turnRequests = 32
/** Requests handled ahead of the answers before them. Clients send at most five. */
const mostAhead = 8
const mostAheadBytes = 8 << 20

/** One client: its requests are answered one after the other, in their order. */
export class Connection {
  readonly clientHost: string
  readonly local: { readonly host: string; readonly port: number }
  /** When bytes last came or went, on the monotonic clock. */
  lastUsedMs: number
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #frames: FrameReader
  readonly #gone = new AbortController()
  #working = false
  #draining = false
  /** Requests handled ahead whose answers are not sent, and the sending of the last of them. */
  #ahead = 0
  #aheadBytes = 0
  #lastAhead: Promise<void> = Promise.resolve()
  /** The client sends nothing more. */
  #left = false
  /** Nothing more is answered. */
  #ended = false

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket
    this.#host = host
    this.#frames = new FrameReader(host.maxRequestBytes)
    this.clientHost = `/${plainAddress(socket.remoteAddress ?? '')}`
    this.local = { host: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 }
    this.lastUsedMs = host.clock.monotonic()
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('drain', () => this.#drained())
    // All that was sent is still handled, for a producer may wait for no answers and leave, but nobody waits for a parked one.
    socket.on('end', () => {
      this.#left = true
      this.#gone.abort()
      if (!this.answering) this.#socket.end()
    })
    socket.on('error', () => this.close())
    socket.on('close', () => {
      this.#gone.abort()
      host.closed(this)
    })
  }

  /** Aborted when nobody waits for answers any more. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Bytes that came and are not taken as requests yet. */
  get heldBytes(): number {
    return this.#frames.bufferedBytes
  }

  /** A request is being answered; an answer the client does not take is not. */
  get answering(): boolean {
    return (this.#working && !this.#draining) || this.#ahead > 0
  }

  close(): void {
    this.#ended = true
    this.#gone.abort()
    this.#socket.destroy()
  }

  /** Lets the request under way be answered, then closes; a parked one is answered at once. */
  finish(): void {
    this.#ended = true
    this.#gone.abort()
    if (!this.answering) this.#socket.destroySoon()
  }

  #received(chunk: Buffer): void {
    this.lastUsedMs = this.#host.clock.monotonic()
    this.#frames.push(chunk)
    if (this.#frames.bufferedBytes > readAheadBytes && !this.#holdsAllowed()) return
    if (!this.#working) void this.#work()
    else if (this.#frames.bufferedBytes > readAheadBytes) this.#socket.pause()
  }

  #holdsAllowed(): boolean {
    try {
      this.#host.holdsMuch()
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #drained(): void {
    this.lastUsedMs = this.#host.clock.monotonic()
    if (!this.#draining) return
    this.#draining = false
    void this.#work()
  }

  /** Answers what is there. Waits for nothing but answers, so a request that takes no waiting costs no turn of the loop. */
  async #work(): Promise<void> {
    this.#working = true
    try {
      for (let answered = 1; ; answered++) {
        const frame = this.#ended ? undefined : this.#frames.next()
        if (frame === undefined) break
        const request = this.#host.open(frame)
        if (this.#ahead > 0 && !(request.ahead && this.#ahead < mostAhead && this.#aheadBytes + frame.length <= mostAheadBytes)) await this.#lastAhead
        if (this.#socket.destroyed) return
        const answer = request.answer(this)
        if (request.ahead && answer instanceof Promise) this.#sendLater(answer, frame.length)
        else this.#send(answer instanceof Promise ? await answer : answer)
        if (this.#socket.destroyed) return
        if (this.#socket.writableLength > unsentBytes) {
          this.#draining = true
          this.#socket.pause()
          return
        }
        if (answered % turnRequests === 0) await nextTurn()
      }
      if (this.#socket.isPaused()) this.#socket.resume()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#working = this.#draining
      this.#leave()
    }
  }

  /** Sends an answer after those of the requests before it, while the next request is handled. */
  #sendLater(answer: Promise<readonly Buffer[]>, bytes: number): void {
    this.#ahead++
    this.#aheadBytes += bytes
    // A fault is told when it is this answer's turn.
    answer.catch(() => {})
    this.#lastAhead = this.#lastAhead.then(async () => {
      try {
        this.#send(await answer)
      } catch (error) {
        this.#fail(error)
      } finally {
        this.#ahead--
        this.#aheadBytes -= bytes
        this.#leave()
      }
    })
  }

  /** Closes when there is nothing more to answer. */
  #leave(): void {
    if ((this.#ended || this.#left) && !this.answering && !this.#draining) this.#socket.destroySoon()
  }

  #fail(error: unknown): void {
    if (!this.#socket.destroyed) this.#host.failed(this, error)
    this.close()
  }

  #send(chunks: readonly Buffer[]): void {
    if (chunks.length === 0 || this.#socket.destroyed) return
    this.lastUsedMs = this.#host.clock.monotonic()
    const [only] = chunks
    if (chunks.length === 1) {
      this.#socket.write(only!)
      return
    }
    this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.uncork()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** IPv4 clients of a socket for both arrive as `::ffff:127.0.0.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
