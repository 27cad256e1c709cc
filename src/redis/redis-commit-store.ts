import { randomUUID } from 'node:crypto'
import { sleep } from '../base/clock.ts'
import { failing, failpoint } from '../base/failpoint.ts'
import { MillraceError } from '../errors.ts'
import type { Add, AddAnswer, Commit, CommitAnswer, CommitStore, SetBack, StoredFates, StoreState } from '../topology/commit-store.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { Generations } from '../topology/generations.ts'
import type { Position } from '../topology/source.ts'
import { parseCommitReply, type CommitReply } from './commit-reply.ts'
import { packAdd, packCommit, type CommitRequest } from './commit-request.ts'
import { commitScript } from './commit-script.ts'
import { IoredisClient } from './ioredis-client.ts'
import { acquireScript, deployScript, recogniseScript } from './position-scripts.ts'
import type { RedisConnection } from './redis-connection.ts'
import { lostReply, RedisFault } from './redis-fault.ts'
import { RedisGenerations } from './redis-generations.ts'
import { redisTarget } from './redis-settings.ts'
import { resultKeys, type ResultKey } from './result-keys.ts'
import { runScript } from './script.ts'
import { checkResultKey, checkServer, neededCommands, permissionScript } from './start-guards.ts'
import { ownKeys, topologyKeys, type TopologyKeys } from './topology-keys.ts'
import { untilAnswered } from './until-answered.ts'

const startTimeoutMs = 10_000
/** Between two tries of a commit that must wait. */
const heldPauseMs = 20

/** What the Redis sinks name as their main-thread half. */
export function connect(context: ConnectorContext): CommitStore {
  return new RedisCommitStore(context, new IoredisClient(redisTarget(context.connections['redis']), context.clock, { resends: false }))
}

/** The generations of the topology, in the same Redis. */
export function connectGenerations(context: ConnectorContext): Generations {
  return new RedisGenerations(context, new IoredisClient(redisTarget(context.connections['redis']), context.clock))
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
  /** Of the generation that our results belong to; empty until it is deployed. */
  #id = ''

  constructor(context: ConnectorContext, connection: RedisConnection) {
    this.#context = context
    this.#connection = connection
    const keys = topologyKeys(context.topology, context.generation)
    this.#keys = context.retry === undefined ? keys : { ...keys, offsets: keys.deadLetters }
    this.#results = resultKeys(context.components).map((result) => ({ ...result, key: this.#keys.prefix + result.key }))
  }

  async open(): Promise<StoreState> {
    await this.#connection.open(startTimeoutMs)
    checkServer(String(await this.#ask('start', () => this.#connection.call('INFO', []))), this.#connection.address)
    if (failing) await failpoint('store.open')
    await this.#checkPermissions()
    // Keys first: if another process commits in between, the topology is known by the time we look.
    const types = await this.#ask('start', () => Promise.all(this.#results.map(({ key }) => this.#connection.call('TYPE', [key]))))
    const known = this.#context.generation === 'live' ? await this.#recognise() : await this.#enter()
    for (const [index, result] of this.#results.entries()) checkResultKey(result, String(types[index]), known)
    const [generation] = await this.#fields(this.#keys.meta, ['generation'])
    return { known, ...(Number(generation) > 1 ? { generation: Number(generation) } : {}) }
  }

  async load(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (this.#id !== '') await this.#refuseReplaced()
    return this.#offsets(this.#keys.offsets, partitions, partitions)
  }

  async starts(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#offsets(this.#keys.meta, partitions.map((partition) => `start:${partition}`), partitions)
  }

  async deploy(positions: readonly Position[]): Promise<void> {
    const { fingerprint, code, generation, clock } = this.#context
    const args = [
      generation === 'live' ? '' : this.#id, fingerprint, code, String(clock.now()), randomUUID(),
      ...positions.flatMap(({ partition, offset }) => [partition, String(offset)]),
    ]
    const id = String(await this.#ask('deploy', async () => {
      if (failing) await failpoint('deploy.send')
      const answer = await runScript(this.#connection, deployScript, [this.#keys.offsets, this.#keys.meta], args)
      if (failing) await failpoint('deploy.answer', lostReply)
      return answer
    }))
    if (id === '') throw await this.#ended()
    if (this.#id === '') this.#id = id
  }

  async acquire(owner: string, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { code, generation, log } = this.#context
    const args = [generation, this.#id, code, owner, ...partitions]
    const reply = await this.#ask('acquire', async () => {
      if (failing) await failpoint('acquire.send')
      const taken = await runScript(this.#connection, acquireScript, [this.#keys.offsets, this.#keys.meta], args)
      if (failing) await failpoint('acquire.answer', lostReply)
      return taken
    })
    const [answer, id = '', ...nexts] = reply as readonly string[]
    if (answer !== 'OK') throw generation === 'live' ? switched(`they are generation ${id} now`) : await this.#ended()
    if (id !== '' && id !== this.#id) {
      // Empty where another process has deployed since we opened.
      if (this.#id !== '') log.info('the results were replaced by others that the same code has made; going on with those')
      this.#id = id
    }
    return numbered(partitions, nexts)
  }

  async commit(commit: Commit): Promise<CommitAnswer> {
    const request = packCommit(commit, this.#keys)
    for (;;) {
      const answer = this.#answer(await this.#ask('commit', () => this.#run(request)))
      if (typeof answer === 'string') await sleep(this.#context.clock, heldPauseMs)
      else if (this.#context.generation !== 'live' && (answer.answer === 'SEALED' || answer.answer === 'UNINIT')) throw await this.#ended()
      else return answer
    }
  }

  async addOnce(add: Add): Promise<AddAnswer> {
    try {
      const answer = this.#answer(await this.#run(packAdd(add, this.#keys, this.#id)))
      return typeof answer === 'string' ? { answer: 'LOST', detail: 'the results were replaced since it was made' } : (answer as AddAnswer)
    } catch (error) {
      if (!(error instanceof RedisFault)) throw error
      if (!error.passes) throw error.toError(this.#connection.address)
      return { answer: 'LOST', detail: error.message }
    }
  }

  async setBack(partitions: readonly string[]): Promise<SetBack | undefined> {
    const { meta } = this.#keys
    const [by, generation] = await this.#fields(meta, ['set-back', 'generation'])
    if (by !== 'rollback' && by !== 'reset') return undefined
    return { by, generation: Number(generation), from: await this.#offsets(meta, partitions.map((partition) => `back:${partition}`), partitions) }
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

  async #run({ keys, args }: CommitRequest): Promise<unknown> {
    if (failing) await failpoint('commit.send')
    const reply = runScript(this.#connection, commitScript, keys, args)
    if (failing) await Promise.all([reply, failpoint('commit.sent')])
    await reply
    if (failing) await failpoint('commit.answer', lostReply)
    return reply
  }

  #answer(reply: unknown): CommitReply['answer'] {
    const { answer, reason } = parseCommitReply(reply)
    if (reason !== undefined) this.#context.log.error('Redis rejects a result', { answer, reason })
    return answer
  }

  async #checkPermissions(): Promise<void> {
    const keys = [...ownKeys(this.#keys), ...this.#results.map(({ key }) => key)]
    const refused = await this.#ask('start', () => runScript(this.#connection, permissionScript, keys, neededCommands(this.#results)))
    if ((refused as readonly string[]).length === 0) return
    throw new MillraceError('MR_REDIS_AUTH', `the Redis user may not run ${String(refused)}`, {
      place: { at: this.#connection.address },
      remedy: `allow these commands on ${keys.join(', ')} (ACL SETUSER)`,
    })
  }

  /** Whoever has nothing to commit finds out here that these are the results of others now. */
  async #refuseReplaced(): Promise<void> {
    const [id, number, code] = await this.#fields(this.#keys.meta, ['id', 'generation', 'code'])
    if (id === this.#id || id === '') return
    if (this.#context.generation !== 'live') throw await this.#ended()
    if (code !== this.#context.code) throw switched(`they are generation ${number} now`)
  }

  /** True when the topology has been here; a changed structure is noted and remembered. */
  async #recognise(): Promise<boolean> {
    const { topology, fingerprint, code, log } = this.#context
    const { offsets, meta, keys } = this.#keys
    const args = [fingerprint, code, randomUUID(), ...this.#results.map(({ key }) => key)]
    const reply = await this.#ask('start', () => runScript(this.#connection, recogniseScript, [offsets, meta, keys, topologyKeys(topology, 'replay').meta], args))
    const [found, id = '', stored = ''] = reply as readonly string[]
    if (found === 'REPLACED') throw switched('those of this version are kept as the previous generation')
    this.#id = id
    if (stored !== '' && stored !== fingerprint) log.warn('the structure of the topology has changed since its last run; results go on from where they are')
    return found === 'KNOWN'
  }

  /** The same for a generation that others have begun. */
  async #enter(): Promise<true> {
    const [id, status, code] = await this.#fields(this.#keys.meta, ['id', 'status', 'code'])
    this.#id = id
    if (status !== 'building') throw await this.#ended()
    if (code !== this.#context.code) {
      throw new MillraceError('MR_REPLAY_REFUSED', 'the replay was begun with another version of the topology file', {
        remedy: 'run it with that version, or drop it and begin anew',
      })
    }
    return true
  }

  /** Why a generation beside live takes no more results. */
  async #ended(): Promise<MillraceError> {
    const [id, number] = await this.#fields(topologyKeys(this.#context.topology, 'live').meta, ['id', 'generation'])
    if (this.#id !== '' && id === this.#id) return new MillraceError('MR_REPLAY_ENDED', `the results of this replay are live now, as generation ${number}`)
    return new MillraceError('MR_REPLAY_ENDED', 'there is no replay any more: it was dropped, or has become the previous generation')
  }

  async #fields(hash: string, fields: readonly string[]): Promise<readonly [string, ...string[]]> {
    const values = await this.#ask('load', () => this.#connection.call('HMGET', [hash, ...fields]))
    return (values as readonly (string | null)[]).map((value) => value ?? '') as unknown as readonly [string, ...string[]]
  }

  async #offsets(hash: string, fields: readonly string[], partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (partitions.length === 0) return new Map()
    const values = await this.#ask('load', async () => {
      const answer = await this.#connection.call('HMGET', [hash, ...fields])
      if (failing) await failpoint('load.answer', lostReply)
      return answer
    })
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

function switched(how: string): MillraceError {
  return new MillraceError('MR_GENERATION_SWITCHED', `the results were replaced by those of another version of the topology file: ${how}`, {
    remedy: 'start again with that version; to have the results of this one back: millrace replay FILE rollback',
  })
}

function numbered(partitions: readonly string[], texts: readonly string[]): ReadonlyMap<string, number> {
  const result = new Map<string, number>()
  for (const [index, partition] of partitions.entries()) {
    const text = texts[index]
    if (text !== undefined && text !== '') result.set(partition, Number(text))
  }
  return result
}
