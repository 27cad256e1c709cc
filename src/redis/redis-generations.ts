import { randomUUID } from 'node:crypto'
import { failing, failpoint } from '../base/failpoint.ts'
import { MillraceError } from '../errors.ts'
import type { Window } from '../state/write-set.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { ComparedSlice, Generation, Generations, GenerationState, GenerationWish, RepairAnswer, SwapAnswer } from '../topology/generations.ts'
import type { Position } from '../topology/source.ts'
import { compared } from './comparison.ts'
import { beginScript, dropScript, holdScript, lookScript, noteScript, releaseScript, repairScript, resetScript, swapScript } from './generation-scripts.ts'
import { generationState, nextOffsets } from './generation-state.ts'
import type { RedisConnection } from './redis-connection.ts'
import { lostReply } from './redis-fault.ts'
import { volatileFields } from './result-keys.ts'
import { runScript, type Script } from './script.ts'
import { checkServer, permissionScript } from './start-guards.ts'
import { ownKeys, topologyKeys, type TopologyKeys } from './topology-keys.ts'
import { untilAnswered } from './until-answered.ts'

const startTimeoutMs = 10_000
const generations = ['live', 'replay', 'verify'] as const satisfies readonly Generation[]
const needed = ['HMGET', 'HGETALL', 'HKEYS', 'HSET', 'HDEL', 'EXISTS', 'TIME', 'RENAME', 'UNLINK', 'SMEMBERS', 'LLEN', 'LRANGE', 'LTRIM', 'SRANDMEMBER', 'SADD', 'SREM', 'SCARD']
/** Results deleted by one call; about a millisecond of Redis. */
const slice = 1000

type Reply = readonly [string, ...string[]]

export class RedisGenerations implements Generations {
  readonly #context: ConnectorContext
  readonly #connection: RedisConnection
  readonly #keys: Readonly<Record<Generation, TopologyKeys>>
  readonly #closed = new AbortController()
  /** Whose hold it is. */
  readonly #holder = randomUUID()

  constructor(context: ConnectorContext, connection: RedisConnection) {
    this.#context = context
    this.#connection = connection
    const { topology } = context
    this.#keys = { live: topologyKeys(topology, 'live'), replay: topologyKeys(topology, 'replay'), verify: topologyKeys(topology, 'verify') }
  }

  async open(): Promise<void> {
    await this.#connection.open(startTimeoutMs)
    checkServer(String(await this.#ask('start', () => this.#connection.call('INFO', []))), this.#connection.address)
    const keys = generations.flatMap((generation) => ownKeys(this.#keys[generation]))
    const refused = (await this.#run('start', permissionScript, keys, needed)) as readonly string[]
    if (refused.length === 0) return
    throw new MillraceError('MR_REDIS_AUTH', `the Redis user may not run ${String(refused)}`, {
      place: { at: this.#connection.address },
      remedy: `allow these commands on ${keys.join(', ')} and on the results (ACL SETUSER)`,
    })
  }

  async look(): Promise<ReadonlyMap<Generation, GenerationState>> {
    const keys = generations.flatMap((generation) => {
      const { offsets, meta, keys } = this.#keys[generation]
      return [offsets, meta, keys]
    })
    const found = (await this.#run('look', lookScript, keys, [])) as readonly (readonly [string[], string[], number])[]
    return new Map(generations.flatMap((generation, i) => {
      const [fields, positions, count] = found[i]!
      return fields.length === 0 ? [] : [[generation, generationState(fields, positions, count)] as const]
    }))
  }

  async begin(generation: 'replay' | 'verify', { mode, starts, limits, only, rate }: GenerationWish): Promise<void> {
    const { offsets, meta } = this.#keys[generation]
    const args = [
      randomUUID(), String(starts.length), ...flat(starts), ...this.#made(), 'mode', mode,
      ...flat(limits, 'limit:'), ...(rate === undefined ? [] : ['rate', String(rate)]),
      ...(only === undefined ? [] : ['window', `${only.startMs} ${only.endMs}`]),
    ]
    const [answer, status] = await this.#step('begin', beginScript, [offsets, meta, this.#keys.live.meta], args)
    if (answer === 'STATUS') {
      throw refused(status === 'previous' ? 'the results that were live before are still kept' : `there is a ${generation} already (${status})`, `drop it first: millrace replay FILE drop`)
    }
    if (answer === 'NONE') throw nothingLive()
  }

  async hold(forMs: number): Promise<ReadonlyMap<string, number>> {
    const { offsets, meta } = this.#keys.live
    const [answer, positions] = (await this.#run('hold', holdScript, [offsets, meta], [this.#holder, String(Math.ceil(forMs))])) as readonly [string, string[]]
    if (answer === 'NONE') throw nothingLive()
    if (answer === 'HELD') throw heldByAnother()
    return nextOffsets(positions)
  }

  async release(): Promise<void> {
    await this.#run('release', releaseScript, [this.#keys.live.meta], [this.#holder])
  }

  async limit(generation: 'replay' | 'verify', limits: readonly Position[]): Promise<void> {
    await this.#note(generation, flat(limits, 'limit:'))
  }

  async pause(generation: 'replay' | 'verify', paused: boolean): Promise<void> {
    await this.#note(generation, ['paused', paused ? '1' : '0'])
  }

  async swap(expect: 'caught-up' | 'previous'): Promise<SwapAnswer> {
    const { live, replay } = this.#keys
    const status = expect === 'caught-up' ? 'building' : 'previous'
    const [answer, at = '', more] = await this.#step('swap', swapScript, [...ownKeys(live), ...ownKeys(replay), `${live.tag}replay:swap`], [randomUUID(), status, this.#holder, replay.prefix])
    if (answer === 'BEHIND') return { answer, partition: at, records: Number(more) }
    if (answer === 'OK') return { answer, number: Number(at) }
    if (answer === 'HELD') throw heldByAnother()
    if (answer === 'NONE' || at === 'dropped') throw refused(status === 'building' ? 'there is no replay' : 'there is no previous generation', 'look at millrace replay FILE status')
    throw status === 'building'
      ? refused('there is no replay, but a previous generation', 'to have that back: millrace replay FILE rollback')
      : refused('there is no previous generation, but a replay', 'to make that live: millrace replay FILE switch')
  }

  async repair({ startMs, endMs }: Window): Promise<RepairAnswer> {
    const { live, replay } = this.#keys
    const [answer, at = '', more] = await this.#step('repair', repairScript, [...ownKeys(live), ...ownKeys(replay), `${live.tag}replay:swap`], [randomUUID(), this.#holder, replay.prefix, String(startMs), String(endMs)])
    if (answer === 'OK') return { answer, windows: Number(at) }
    if (answer === 'APART') return { answer, partition: at, records: Number(more) }
    if (answer === 'HELD') throw heldByAnother()
    throw refused('there is no replay that is being built', 'look at millrace replay FILE status')
  }

  async reset(starts: readonly Position[]): Promise<void> {
    const args = [randomUUID(), this.#holder, String(starts.length), ...flat(starts), ...this.#made()]
    const [answer] = await this.#step('reset', resetScript, ownKeys(this.#keys.live), args)
    if (answer === 'NONE') throw nothingLive()
    if (answer === 'HELD') throw heldByAnother()
  }

  compare(generation: 'replay' | 'verify'): AsyncIterable<ComparedSlice> {
    const { live, [generation]: other } = this.#keys
    return compared({
      registries: [live, other],
      prefix: other.prefix,
      volatile: volatileFields(this.#context.components),
      call: (command, args) => this.#ask('compare', () => this.#connection.call(command, args)),
      run: (script, keys, args) => this.#run('compare', script, keys, args),
    })
  }

  async drop(generation: 'replay' | 'verify'): Promise<void> {
    const keys = this.#keys[generation]
    do if (failing) await failpoint('drop.slice')
    while ((await this.#run('drop', dropScript, ownKeys(keys), [keys.prefix, String(slice)])) !== 0)
  }

  close(): Promise<void> {
    this.#closed.abort()
    this.#connection.close()
    return Promise.resolve()
  }

  /** By whom and when a generation is made, as fields and values. */
  #made(): readonly string[] {
    const { code, fingerprint, clock } = this.#context
    return ['code', code, 'fingerprint', fingerprint, 'created', String(clock.now())]
  }

  async #note(generation: 'replay' | 'verify', fields: readonly string[]): Promise<void> {
    const [answer] = await this.#step('note', noteScript, [this.#keys[generation].meta], fields)
    if (answer !== 'OK') throw refused(`there is no ${generation} that is being built`, 'look at millrace replay FILE status')
  }

  async #step(what: string, script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    return this.#ask(what, async () => {
      if (failing) await failpoint('generation.send')
      const reply = await runScript(this.#connection, script, keys, args)
      if (failing) await failpoint('generation.answer', lostReply)
      return reply as Reply
    })
  }

  #run(what: string, script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#ask(what, () => runScript(this.#connection, script, keys, args))
  }

  #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#context
    return untilAnswered(what, call, { connection: this.#connection, clock, log, closed: this.#closed.signal })
  }
}

function flat(positions: readonly Position[], before = ''): readonly string[] {
  return positions.flatMap(({ partition, offset }) => [before + partition, String(offset)])
}

function refused(message: string, remedy: string): MillraceError {
  return new MillraceError('MR_REPLAY_REFUSED', message, { remedy })
}

function nothingLive(): MillraceError {
  return refused('there are no results of this topology that this version has worked on', 'run the topology first')
}

function heldByAnother(): MillraceError {
  return refused('another command holds the results still for a moment', 'wait until it has ended, and try again')
}
