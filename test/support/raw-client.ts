import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A connection that sends any bytes and gives the frames that come back. */
export class RawClient {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)
  readonly #ended: Promise<'closed'>

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    this.#ended = new Promise((resolve) => {
      socket.once('close', () => resolve('closed'))
    })
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
    })
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  send(...chunks: readonly (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk, 'hex') : chunk))))
  }

  /** The next frame without its size, or `closed` when the other side ends before one is whole. */
  async frame(): Promise<Buffer | 'closed'> {
    for (;;) {
      if (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE()) {
        const end = 4 + this.#received.readInt32BE()
        const frame = this.#received.subarray(4, end)
        this.#received = this.#received.subarray(end)
        return frame
      }
      if (this.socket.destroyed) return 'closed'
      await Promise.race([this.#ended, once(this.socket, 'data').catch(() => undefined)])
    }
  }

  /** Bytes received that {@link frame} has not given. */
  get pendingBytes(): number {
    return this.#received.length
  }

  /** Resolves when the connection has ended. */
  closed(): Promise<'closed'> {
    return this.#ended
  }

  close(): void {
    this.socket.destroy()
  }
}
