import { Redis, type RedisOptions } from 'ioredis'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { startRedisServer } from '../../src/embedded/redis/redis-server.ts'
import { RawRedis } from './raw-redis.ts'

/** The Redis of millrace in this thread, with its clients; its time stands still unless it is told to pass. */
export interface OwnRedis {
  readonly port: number
  readonly clock: ManualClock
  /** A new client that speaks bytes. */
  raw(): Promise<RawRedis>
  /** A new client of ioredis. */
  client(options?: RedisOptions): Redis
  /** Ends the clients and the server. */
  close(): Promise<void>
}

export async function startOwnRedis(settings: Readonly<Record<string, string>> = {}): Promise<OwnRedis> {
  const clock = new ManualClock()
  const server = await startRedisServer({ settings }, { clock, logger: silentLogger })
  const closers: (() => void)[] = []
  return {
    port: server.port,
    clock,
    async raw() {
      const client = await RawRedis.open(server.port)
      closers.push(() => client.close())
      return client
    },
    client(options = {}) {
      const client = new Redis({ port: server.port, retryStrategy: () => null, ...options })
      client.on('error', () => {})
      closers.push(() => client.disconnect())
      return client
    },
    async close() {
      for (const close of closers) close()
      await server.close()
    },
  }
}
