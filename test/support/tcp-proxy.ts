import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * What the way between client and server is like:
 * `open`: nothing is wrong.
 * `refused`: connections are reset, those that stand and those that come.
 * `half-open`: the server's end is gone, and the client is not told; new connections stand and stay silent.
 * `frozen`: nothing gets through while it lasts, and nothing is lost.
 * `slow`: everything takes that long, in its order.
 * `sliced`: nothing larger than so many bytes arrives at once.
 */
export type Way =
  | 'open' | 'refused' | 'half-open' | 'frozen'
  | { readonly slowMs: number }
  | { readonly sliceBytes: number }

/** Stands between clients and a server, and does to them what networks do. */
export interface TcpProxy {
  readonly port: number
  /** Of the server, on this machine; connections that stand stay with the one they have. */
  target: number
  way: Way
  /** The next answer to what is sent from now on is thrown away and its connection cut, so that the client cannot know what became of its request; or, with false, it is not after all. */
  loseNextReply(lose?: boolean): void
  /** How many replies were lost. */
  readonly lost: number
  /** Connections that stand. */
  readonly connections: number
  close(): Promise<void>
}

export async function tcpProxy(target: number, port = 0): Promise<TcpProxy> {
  const open = new Set<Connection>()
  let way: Way = 'open'
  let armed = false
  let lost = 0
  const proxy: TcpProxy = {
    port,
    target,
    get way() {
      return way
    },
    set way(next) {
      way = next
      for (const connection of open) connection.changed(next)
    },
    loseNextReply: (lose = true) => void (armed = lose),
    get lost() {
      return lost
    },
    get connections() {
      return open.size
    },
    close: () => new Promise((resolve) => {
      for (const connection of open) connection.cut()
      server.close(() => resolve())
    }),
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (way === 'refused') {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const connection = new Connection(client, proxy.target, way, {
      losesNext: () => armed,
      lost() {
        armed = false
        lost++
      },
      ended: () => open.delete(connection),
    })
    open.add(connection)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return Object.defineProperty(proxy, 'port', { value: (server.address() as AddressInfo).port })
}

interface Owner {
  losesNext(): boolean
  lost(): void
  ended(): void
}

class Connection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #owner: Owner
  #way: Way
  /** A request has gone through since the next reply is to be lost. */
  #asked = false
  #ended = false

  constructor(client: Socket, target: number, way: Way, owner: Owner) {
    this.#client = client
    this.#server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.#owner = owner
    this.#way = way
    client.on('error', () => this.cut())
    client.on('close', () => this.cut())
    for (const name of ['error', 'close'] as const) {
      this.#server.on(name, () => {
        if (this.#way !== 'half-open') this.cut()
      })
    }
    void this.#carry(client, this.#server, (data) => {
      if (this.#owner.losesNext()) this.#asked = true
      return data
    })
    void this.#carry(this.#server, client, (data) => {
      if (!this.#asked || !this.#owner.losesNext()) return data
      this.#owner.lost()
      this.cut()
      return undefined
    })
    this.changed(way)
  }

  changed(way: Way): void {
    // Who was silent stays silent, until the client gives up.
    if (this.#way === 'half-open' && this.#server.destroyed) return
    this.#way = way
    if (way === 'refused') this.cut()
    if (way === 'half-open') this.#server.destroy()
  }

  cut(): void {
    if (this.#ended) return
    this.#ended = true
    this.#owner.ended()
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  async #carry(from: Socket, to: Socket, pass: (data: Buffer) => Buffer | undefined): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        while (this.#way === 'frozen') await delay(5)
        if (this.#way === 'half-open') continue
        const data = pass(chunk)
        if (data === undefined) return
        if (typeof this.#way === 'object' && 'slowMs' in this.#way) await delay(this.#way.slowMs)
        const size = typeof this.#way === 'object' && 'sliceBytes' in this.#way ? this.#way.sliceBytes : data.length
        for (let at = 0; at < data.length; at += size) {
          const drained = to.write(data.subarray(at, at + size))
          if (size < data.length) await new Promise((resolve) => {
            setImmediate(resolve)
          })
          if (!drained && !to.destroyed) await Promise.race([new Promise((resolve) => to.once('drain', resolve)), new Promise((resolve) => to.once('close', resolve))])
        }
      }
      if (this.#way !== 'half-open') to.end()
    } catch {
      if (this.#way !== 'half-open') this.cut()
    }
  }
}
