import type { Socket } from 'node:net'
import { Client, type ClientConnection } from '../client/client.ts'
import { CommandError } from '../command/command-error.ts'
import type { Engine } from '../engine/engine.ts'
import { ProtocolError, RequestParser } from '../resp/request-parser.ts'

/** Nothing more is run for a client that leaves this much of its answers unread. */
const mostUnsentBytes = 64 * 1024 * 1024
/** A client that waits is read on, to see whether it leaves, until this much has come. */
const mostUnreadBytes = 1024 * 1024

/**
 * One client's socket: runs all complete requests of a chunk one after the other, and sends their answers
 * together at the end of the turn. While a client waits for a key, or does not take its answers, its
 * requests wait in the socket.
 */
export class Connection implements ClientConnection {
  readonly client: Client
  readonly address: string
  readonly localAddress: string
  readonly #socket: Socket
  readonly #engine: Engine
  readonly #parser: RequestParser
  readonly #closed: () => void
  #running = false
  #flushScheduled = false
  /** Settles when all that was handed over so far may go out. */
  #durable: Promise<void> | undefined
  #held = 0
  #ended = false
  #softLimitSinceMs: number | undefined

  constructor(socket: Socket, engine: Engine, closed: () => void) {
    this.#socket = socket
    this.#engine = engine
    this.#closed = closed
    this.address = hostPort(socket.remoteAddress, socket.remotePort)
    this.localAddress = hostPort(socket.localAddress, socket.localPort)
    const { settings } = engine
    this.#parser = new RequestParser(() => ({ bulkBytes: settings.get('proto-max-bulk-len'), requestBytes: settings.get('client-query-buffer-limit') }))
    engine.keyspace.tick()
    this.client = new Client(engine.clients.nextId(), engine.users.default, engine.keyspace.databases[0]!, engine.keyspace.nowMs, !engine.users.loginNeeded, this)
    engine.clients.add(this.client)
    engine.figures.connectionsReceived++
    socket.setNoDelay(true)
    const keepAliveS = settings.get('tcp-keepalive')
    if (keepAliveS > 0) socket.setKeepAlive(true, keepAliveS * 1000)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('drain', () => this.resume())
    socket.on('end', () => this.close(true))
    // A reset by the other side ends like any other end.
    socket.on('error', () => {})
    socket.on('close', () => this.#end())
  }

  get unreadBytes(): number {
    return this.#parser.pendingBytes
  }

  get unsentBytes(): number {
    return this.client.writer.size + this.#held + this.#socket.writableLength
  }

  flush(): void {
    if (this.#flushScheduled || this.#running) return
    this.#flushScheduled = true
    queueMicrotask(() => {
      this.#flushScheduled = false
      this.#send()
    })
  }

  close(afterFlush: boolean): void {
    this.client.closing = true
    if (this.#running && afterFlush) return
    if (!afterFlush) {
      this.#socket.destroy()
      return
    }
    this.#send()
    if (this.#durable === undefined) this.#socket.destroySoon()
    else void this.#durable.then(() => this.#socket.destroySoon())
  }

  /** The server ends: what the client takes at once is still sent. */
  end(): void {
    this.close(true)
    const cut = (): void => {
      if (this.#socket.writableLength > 0) this.#socket.destroy()
    }
    if (this.#durable === undefined) cut()
    else void this.#durable.then(cut)
  }

  resume(): void {
    // On its own turn: the caller is in the middle of another client's command.
    setImmediate(() => this.#run())
  }

  #receive(chunk: Buffer): void {
    this.#engine.figures.bytesReceived += chunk.length
    if (this.client.closing) return
    this.#parser.push(chunk)
    this.#run()
  }

  #run(): void {
    const { client } = this
    if (this.#running || client.closing) return
    this.#running = true
    try {
      for (;;) {
        const unsent = this.unsentBytes > mostUnsentBytes
        if (unsent || client.endWait !== undefined) {
          if (unsent || this.#parser.pendingBytes > mostUnreadBytes) this.#socket.pause()
          break
        }
        this.#parser.restricted = !client.authenticated && this.#engine.users.loginNeeded
        const args = this.#parser.next()
        if (args === undefined) {
          if (this.#socket.isPaused()) this.#socket.resume()
          break
        }
        this.#engine.execute(client, args)
        if (client.closing) break
      }
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#running = false
    }
    if (client.closing) this.close(true)
    else this.#send()
  }

  #refuse(error: unknown): void {
    if (!(error instanceof ProtocolError)) this.#engine.logger.error('a client is disconnected: its request failed for a cause of the server itself', { address: this.address, error })
    else {
      this.#engine.logger.warn('a client is disconnected: what it sent is no request', { address: this.address, reason: error.message })
      if (error.reply !== undefined) this.client.answer(new CommandError(error.reply))
    }
    this.client.closing = true
  }

  /** Answers wait for the log; those behind them wait too. */
  #send(): void {
    const { writer } = this.client
    if (writer.size === 0 || this.#socket.destroyed) return
    const { size } = writer
    const blocks = writer.take()
    const outstanding = this.#engine.changeLog.outstanding()
    if (outstanding === undefined && this.#durable === undefined) {
      this.#write(blocks, size)
      return
    }
    this.#held += size
    const durable = Promise.all([this.#durable, outstanding]).then(
      () => {
        this.#held -= size
        this.#write(blocks, size)
        if (this.#durable === durable) this.#durable = undefined
        if (this.#socket.isPaused()) this.resume()
      },
      // What could not be logged must not be acknowledged.
      () => void this.#socket.destroy(),
    )
    this.#durable = durable
  }

  #write(blocks: readonly Buffer[], size: number): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    this.#engine.figures.bytesSent += size
    if (blocks.length === 1) {
      this.#socket.write(blocks[0]!)
    } else {
      this.#socket.cork()
      for (const block of blocks) this.#socket.write(block)
      this.#socket.uncork()
    }
    if (this.#tooMuchUnsent()) {
      this.#engine.logger.warn('a client is disconnected: it does not take its answers', { address: this.address, bytes: this.unsentBytes })
      this.#socket.destroy()
    }
  }

  /** client-output-buffer-limit. */
  #tooMuchUnsent(): boolean {
    const { client } = this
    const limit = this.#engine.settings.get('client-output-buffer-limit')[client.subscriptions > 0 ? 'pubsub' : 'normal']
    const unsent = this.unsentBytes
    if (limit.hardBytes > 0 && unsent > limit.hardBytes) return true
    if (limit.softBytes === 0 || unsent <= limit.softBytes) {
      this.#softLimitSinceMs = undefined
      return false
    }
    this.#softLimitSinceMs ??= this.#engine.clock.monotonic()
    return this.#engine.clock.monotonic() - this.#softLimitSinceMs > limit.softSeconds * 1000
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.client.closing = true
    this.#engine.leave(this.client)
    this.#closed()
  }
}

function hostPort(host: string | undefined, port: number | undefined): string {
  return host === undefined ? '?:0' : `${host.includes(':') ? `[${host}]` : host}:${port}`
}
