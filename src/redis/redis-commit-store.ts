import { MillraceError } from '../errors.ts'
import type { Add, AddAnswer, Commit, CommitAnswer, CommitStore, StoredFates, StoreState } from '../topology/commit-store.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { Position } from '../topology/source.ts'
import { parseCommitReply } from './commit-reply.ts'
import { packAdd, packCommit, type CommitRequest } from './commit-request.ts'
import { commitScript } from './commit-script.ts'
import { IoredisClient } from './ioredis-client.ts'
import { acquireScript, deployScript } from './position-scripts.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisFault } from './redis-fault.ts'
import { redisTarget } from './redis-settings.ts'
import { resultKeys, type ResultKey } from './result-keys.ts'
import { runScript } from './script.ts'
import { checkResultKey, checkServer, neededCommands, permissionScript } from './start-guards.ts'
import { topologyKeys, type TopologyKeys } from './topology-keys.ts'
import { untilAnswered } from './until-answered.ts'

const startTimeoutMs = 10_000

/** What the Redis sinks name as their main-thread half. */
export function connect(context: ConnectorContext): CommitStore {
  return new RedisCommitStore(context, new IoredisClient(redisTarget(context.connections['redis']), context.clock, { resends: false }))
}

/**
 * Positions and results of one topology in one Redis. Every call but `addOnce` is right however often
 * it runs, so each is sent again until its outcome is known. The connection must not do so by itself.
 */
export class RedisCommitStore implements CommitStore {
  readonly #context: ConnectorContext
  readonly #connection: RedisConnection
  readonly #keys: TopologyKeys
  readonly #results: readonly ResultKey[]
  readonly #closed = new AbortController()

  constructor(context: ConnectorContext, connection: RedisConnection) {
    this.#context = context
    this.#connection = connection
    this.#keys = topologyKeys(context.topology)
    this.#results = resultKeys(context.components)
  }

  async open(): Promise<StoreState> {
    await this.#connection.open(startTimeoutMs)
    checkServer(String(await this.#ask('start', () => this.#connection.call('INFO', []))), this.#connection.address)
    await this.#checkPermissions()
    // Keys first: if another process commits in between, the topology is known by the time we look.
    const types = await this.#ask('start', () => Promise.all(this.#results.map(({ key }) => this.#connection.call('TYPE', [key]))))
    const known = await this.#recognise()
    for (const [index, result] of this.#results.entries()) checkResultKey(result, String(types[index]), known)
    return { known }
  }

  async load(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#offsets(this.#keys.offsets, partitions, partitions)
  }

  async starts(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#offsets(this.#keys.meta, partitions.map((partition) => `start:${partition}`), partitions)
  }

  async deploy(positions: readonly Position[]): Promise<void> {
    const { fingerprint, clock } = this.#context
    const args = [fingerprint, String(clock.now()), ...positions.flatMap(({ partition, offset }) => [partition, String(offset)])]
    await this.#ask('deploy', () => runScript(this.#connection, deployScript, [this.#keys.offsets, this.#keys.meta], args))
  }

  async acquire(owner: string, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const nexts = await this.#ask('acquire', () => runScript(this.#connection, acquireScript, [this.#keys.offsets], [owner, ...partitions]))
    return numbered(partitions, nexts as readonly string[])
  }

  async commit(commit: Commit): Promise<CommitAnswer> {
    const request = packCommit(commit, this.#keys)
    return this.#answer(await this.#ask('commit', () => this.#run(request)))
  }

  async addOnce(add: Add): Promise<AddAnswer> {
    try {
      return this.#answer(await this.#run(packAdd(add, this.#keys))) as AddAnswer
    } catch (error) {
      if (!(error instanceof RedisFault)) throw error
      if (!error.passes) throw error.toError(this.#connection.address)
      return { answer: 'LOST', detail: error.message }
    }
  }

  async fates(): Promise<readonly StoredFates[]> {
    const answer = (await this.#ask('load', () => this.#connection.call('HGETALL', [this.#keys.fates]))) as readonly string[]
    return answer.flatMap((partition, i) => (i % 2 === 0 ? [fatesOf(partition, answer[i + 1]!)] : []))
  }

  close(): Promise<void> {
    this.#closed.abort()
    this.#connection.close()
    return Promise.resolve()
  }

  #run({ keys, args }: CommitRequest): Promise<unknown> {
    return runScript(this.#connection, commitScript, keys, args)
  }

  #answer(reply: unknown): CommitAnswer {
    const { answer, reason } = parseCommitReply(reply)
    if (reason !== undefined) this.#context.log.error('Redis rejects a result', { answer, reason })
    return answer
  }

  async #checkPermissions(): Promise<void> {
    const keys = [...Object.values(this.#keys), ...this.#results.map(({ key }) => key)]
    const refused = await this.#ask('start', () => runScript(this.#connection, permissionScript, keys, neededCommands(this.#results)))
    if ((refused as readonly string[]).length === 0) return
    throw new MillraceError('MR_REDIS_AUTH', `the Redis user may not run ${String(refused)}`, {
      place: { at: this.#connection.address },
      remedy: `allow these commands on ${keys.join(', ')} (ACL SETUSER)`,
    })
  }

  /** True when the topology has been here; a changed structure is noted and remembered. */
  async #recognise(): Promise<boolean> {
    const { fingerprint, log } = this.#context
    const { offsets, meta } = this.#keys
    const [stored, positions] = await this.#ask('start', () => Promise.all([this.#connection.call('HGET', [meta, 'fingerprint']), this.#connection.call('EXISTS', [offsets])]))
    if (typeof stored === 'string' && stored !== fingerprint) {
      log.warn('the structure of the topology has changed since its last run; results go on from where they are')
      await this.#ask('start', () => this.#connection.call('HSET', [meta, 'fingerprint', fingerprint]))
    }
    return stored !== null || positions !== 0
  }

  async #offsets(hash: string, fields: readonly string[], partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (partitions.length === 0) return new Map()
    const values = await this.#ask('load', () => this.#connection.call('HMGET', [hash, ...fields]))
    return numbered(partitions, (values as readonly (string | null)[]).map((value) => value?.split('|', 1)[0] ?? ''))
  }

  #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#context
    return untilAnswered(what, call, { connection: this.#connection, clock, log, closed: this.#closed.signal })
  }
}

function fatesOf(partition: string, stored: string): StoredFates {
  const [counted, skipped, deadLettered, gaps, from] = (stored.match(/\d+/g) ?? []).map(Number) as [number, number, number, number, number]
  return { partition, counted, skipped, deadLettered, gaps, from }
}

function numbered(partitions: readonly string[], texts: readonly string[]): ReadonlyMap<string, number> {
  const result = new Map<string, number>()
  for (const [index, partition] of partitions.entries()) {
    const text = texts[index]
    if (text !== undefined && text !== '') result.set(partition, Number(text))
  }
  return result
}
