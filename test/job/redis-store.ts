import { systemClock } from '../../src/base/clock.ts'
import type { LogFields, Logger } from '../../src/base/logger.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { connect } from '../../src/redis/redis-commit-store.ts'
import type { ResultKey } from '../../src/redis/result-keys.ts'
import type { Generation } from '../../src/topology/generations.ts'
import { sealWrites } from '../../src/redis/sealed-writes.ts'
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
export function redisStore(url: string, { topology = 'words', fingerprint = 'f', code = 'c', generation = 'live', keys = [], settings = {}, log = silentLogger }: RedisStoreOptions = {}): SealingStore {
  return sealing(connect({
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
  }), sealWrites)
}

/** A logger that keeps its lines. */
export function keptLog(): { readonly log: Logger; readonly lines: { readonly message: string; readonly fields: LogFields }[] } {
  const lines: { message: string; fields: LogFields }[] = []
  const keep = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields })
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
  return { log, lines }
}
