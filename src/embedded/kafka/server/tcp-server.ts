import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { MillraceError } from '../../../errors.ts'
import { Connection } from './connection.ts'
import { UnservedRequestError, openRequest } from './dispatcher.ts'
import { FrameError } from './frame-reader.ts'
import { WireError } from '../../../wire/message/wire-reader.ts'
import { RepeatedWarnings } from './repeated-warnings.ts'
import type { RequestTable } from './request-table.ts'

export interface TcpServerSettings {
  /** `socket.request.max.bytes` */
  readonly maxRequestBytes: number
  /** Of all connections together; below 0 there is no limit. */
  readonly maxQueuedBytes: number
  /** `max.connections` */
  readonly maxConnections: number
  /** `max.connections.per.ip` */
  readonly maxConnectionsPerIp: number
  /** `connections.max.idle.ms`; below 0 is never. */
  readonly maxIdleMs: number
}

export interface TcpServerHost {
  readonly clock: Clock
  readonly logger: Logger
  readonly table: RequestTable
  /** Asked on every use, for some can be altered while the server runs. */
  readonly settings: () => TcpServerSettings
}

/** How often idle connections are looked for at most. */
const idleCheckMs = 1000

/** Kafka's protocol on a port: frames in, frames out. */
export class TcpServer {
  readonly #host: TcpServerHost
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  readonly #warnings: RepeatedWarnings
  #idleTimer: Timer | undefined
  #closing = false

  constructor(host: TcpServerHost) {
    this.#host = host
    this.#warnings = new RepeatedWarnings(host.clock, host.logger)
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accepted(socket))
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Throws MR_PORT_TAKEN, or MR_EMBEDDED_SERVER for an address that cannot be had. Port 0 takes a free one; what it took is answered. */
  async listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port)))
      this.#server.listen({ host, port }, resolve)
    })
    // An accept that fails for want of files ends no server.
    this.#server.removeAllListeners('error').on('error', (error) => this.#warnings.warn('a connection could not be accepted', { error }))
    const address = this.#server.address() as AddressInfo
    return { host: address.address, port: address.port }
  }

  /** Answers what was asked before, then closes all connections; those that take nothing are cut after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    this.#idleTimer?.cancel()
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    for (const connection of this.#connections) connection.finish()
    const timer = this.#host.clock.setTimer(graceMs, () => {
      for (const connection of this.#connections) connection.close()
    })
    await closed
    timer.cancel()
  }

  #accepted(socket: Socket): void {
    const { maxConnections, maxConnectionsPerIp } = this.#host.settings()
    const refused = this.#connections.size >= maxConnections ? `max.connections (${maxConnections})`
      : this.#countOf(socket.remoteAddress, maxConnectionsPerIp) >= maxConnectionsPerIp ? `max.connections.per.ip (${maxConnectionsPerIp})` : undefined
    if (refused !== undefined || this.#closing || socket.remoteAddress === undefined) {
      if (refused !== undefined) this.#warnings.warn(`a connection was refused: ${refused} are open`, { client: socket.remoteAddress })
      socket.destroy()
      return
    }
    const connection: Connection = new Connection(socket, {
      clock: this.#host.clock,
      maxRequestBytes: () => this.#host.settings().maxRequestBytes,
      holdsMuch: () => this.#boundQueued(),
      open: (frame) => openRequest(this.#host.table, frame),
      failed: (connection, cause) => this.#failed(connection, cause),
      closed: (connection) => void this.#connections.delete(connection),
    })
    this.#connections.add(connection)
    if (this.#idleTimer === undefined) this.#watchIdle()
  }

  #countOf(address: string | undefined, limit: number): number {
    if (this.#connections.size < limit) return 0
    let count = 0
    for (const { clientHost } of this.#connections) if (address?.endsWith(clientHost.slice(1)) === true) count++
    return count
  }

  #boundQueued(): void {
    const { maxQueuedBytes } = this.#host.settings()
    if (maxQueuedBytes < 0) return
    let held = 0
    for (const { heldBytes } of this.#connections) held += heldBytes
    if (held > maxQueuedBytes) throw new FrameError(`requests that wait take ${held} bytes; queued.max.request.bytes allows ${maxQueuedBytes}`)
  }

  #failed({ clientHost }: Connection, cause: unknown): void {
    const known = cause instanceof WireError || cause instanceof FrameError || cause instanceof UnservedRequestError
    const reason = cause instanceof Error ? cause.message : String(cause)
    this.#warnings.warn('a connection was closed because of a request on it', { client: clientHost, reason, ...(known ? {} : { error: cause }) })
  }

  /** Sleeps until the first connection can have been idle for long enough. */
  #watchIdle(): void {
    const { maxIdleMs } = this.#host.settings()
    this.#idleTimer = undefined
    if (this.#connections.size === 0 || maxIdleMs < 0) return
    const now = this.#host.clock.monotonic()
    let first = now
    for (const connection of this.#connections) {
      if (connection.answering) continue
      if (now - connection.lastUsedMs >= maxIdleMs) connection.close()
      else first = Math.min(first, connection.lastUsedMs)
    }
    this.#idleTimer = this.#host.clock.setTimer(Math.max(idleCheckMs, first + maxIdleMs - now), () => this.#watchIdle(), false)
  }
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): MillraceError {
  const at = `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    return new MillraceError('MR_PORT_TAKEN', `cannot listen on ${at}: another program does`, { place: { at }, remedy: 'end that program, or take another port (0 takes a free one)', cause: error })
  }
  const causes: Readonly<Record<string, string>> = {
    EACCES: 'this user may not; ports below 1024 are kept for the system',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this host name has no address',
  }
  return new MillraceError('MR_EMBEDDED_SERVER', `cannot listen on ${at}: ${causes[error.code ?? ''] ?? error.message}`, { place: { at }, remedy: 'give an address and a port this user may listen on', cause: error })
}
