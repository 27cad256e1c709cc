import { systemClock } from '../../src/base/clock.ts'
import type { LogFields, Logger } from '../../src/base/logger.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { IoredisClient } from '../../src/redis/ioredis-client.ts'
import { connect } from '../../src/redis/redis-commit-store.ts'
import type { RedisConnection } from '../../src/redis/redis-connection.ts'
import { RedisGenerations } from '../../src/redis/redis-generations.ts'
import { redisTarget } from '../../src/redis/redis-settings.ts'
import type { ResultKey } from '../../src/redis/result-keys.ts'
import { sealWrites } from '../../src/redis/sealed-writes.ts'
import type { ConnectorContext } from '../../src/topology/connector.ts'
import type { Generation, Generations } from '../../src/topology/generations.ts'
import { sealing, type SealingStore } from '../contract/sealing-store.ts'

export interface RedisStoreOptions {
  readonly topology?: string
  readonly fingerprint?: string
  readonly code?: string
  readonly generation?: Generation
  readonly keys?: readonly ResultKey[]
  readonly settings?: object
  readonly log?: Logger
}

/** The real store, not opened. */
export function redisStore(url: string, options: RedisStoreOptions = {}): SealingStore {
  return sealing(connect(contextOf(url, options)), sealWrites)
}

/** The generations beside it, not opened; `through` may stand between them and Redis. */
export function redisGenerations(url: string, options: RedisStoreOptions = {}, through = (connection: RedisConnection) => connection): Generations {
  const context = contextOf(url, options)
  return new RedisGenerations(context, through(new IoredisClient(redisTarget(context.connections['redis']), context.clock)))
}

function contextOf(url: string, { topology = 'words', fingerprint = 'f', code = 'c', generation = 'live', keys = [], settings = {}, log = silentLogger }: RedisStoreOptions): ConnectorContext {
  return {
    topology,
    fingerprint,
    code,
    generation,
    instance: 'test',
    connections: { redis: { url, ...settings } },
    start: {},
    components: [{ component: 'sink', tasks: 1, options: { keys } }],
    clock: systemClock,
    log,
  }
}

/** A logger that keeps its lines. */
export function keptLog(): { readonly log: Logger; readonly lines: { readonly message: string; readonly fields: LogFields }[] } {
  const lines: { message: string; fields: LogFields }[] = []
  const keep = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields })
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
  return { log, lines }
}
