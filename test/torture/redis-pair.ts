import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { waitUntil } from '../support/wait-until.ts'

const config = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  // Files that are only ever appended to can be copied while they are written.
  'auto-aof-rewrite-percentage': '0',
  'repl-diskless-sync-delay': '0',
}

/** A redis-server with its log on disk, a replica of it, and a proxy in front of each of the two ways to it. */
export class RedisPair {
  /** Between the product and the primary. */
  readonly way: TcpProxy
  /** Between the replica and the primary. */
  readonly link: TcpProxy
  #primary: RedisServer
  #replica: RedisServer
  #copies = 0

  private constructor(primary: RedisServer, replica: RedisServer, way: TcpProxy, link: TcpProxy) {
    this.#primary = primary
    this.#replica = replica
    this.way = way
    this.link = link
  }

  static async start(): Promise<RedisPair> {
    const [primary, replica] = await Promise.all([startRedis({ config, own: false }), startRedis({ config, own: false })])
    const pair = new RedisPair(primary, replica, await tcpProxy(primary.port), await tcpProxy(primary.port))
    await pair.#follow()
    return pair
  }

  /** As the product knows it. */
  get url(): string {
    return `redis://127.0.0.1:${this.way.port}`
  }

  /** Ports of primary and replica as they are now. */
  get ports(): readonly [primary: number, replica: number] {
    return [this.#primary.port, this.#replica.port]
  }

  /** kill -9, and back from its log. */
  async killPrimary(downMs: () => Promise<void>): Promise<void> {
    await this.#primary.kill()
    await downMs()
    await this.#primary.start()
    await this.#inSync()
  }

  /** The replica stops hearing of anything, the primary goes on while `lagging`, and dies; the replica takes its place, and is `promoted` before anybody is led to it. */
  async failOver(lagging: () => Promise<void>, promoted: () => Promise<void>): Promise<void> {
    this.link.way = 'frozen'
    await lagging()
    await this.#primary.kill()
    this.link.way = 'refused'
    const [heir, old] = [this.#replica, this.#primary]
    await asked(heir, (redis) => redis.call('REPLICAOF', 'NO', 'ONE'))
    this.#primary = heir
    this.#replica = old
    await promoted()
    this.way.target = heir.port
    await old.start()
    await this.#follow()
  }

  /** The primary dies and comes back with the data it had before `later`. */
  async restoreOldCopy(later: () => Promise<void>): Promise<void> {
    const dir = await asked(this.#primary, async (redis) => (await redis.config('GET', 'dir') as string[])[1]!)
    const log = join(dir, 'appendonlydir')
    const copy = join(dir, `copy-${++this.#copies}`)
    await cp(log, copy, { recursive: true })
    await later()
    await this.#primary.kill()
    await rm(log, { recursive: true })
    await cp(copy, log, { recursive: true })
    await rm(copy, { recursive: true })
    await this.#primary.start()
    await this.#inSync()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#primary.stop(), this.#replica.stop(), this.way.close(), this.link.close()])
  }

  async #follow(): Promise<void> {
    this.link.target = this.#primary.port
    this.link.way = 'open'
    await asked(this.#replica, (redis) => redis.call('REPLICAOF', '127.0.0.1', String(this.link.port)))
    await this.#inSync()
  }

  async #inSync(): Promise<void> {
    await asked(this.#replica, (redis) => waitUntil('the replica to follow', async () => (await redis.info('replication')).includes('master_link_status:up')))
  }
}

async function asked<T>(server: RedisServer, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ port: server.port, host: '127.0.0.1' })
  redis.on('error', () => {})
  try {
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}
