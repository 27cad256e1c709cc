import { createHash } from 'node:crypto'
import type { RedisHost } from 'lua-redis-wasm'
import type { Clock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { Client } from '../../src/embedded/redis/client/client.ts'
import { CommandError } from '../../src/embedded/redis/command/command-error.ts'
import { allCommands } from '../../src/embedded/redis/command/command-table.ts'
import { Engine } from '../../src/embedded/redis/engine/engine.ts'
import { HashValue } from '../../src/embedded/redis/keyspace/hash-value.ts'
import { Keyspace } from '../../src/embedded/redis/keyspace/keyspace.ts'
import { ListValue } from '../../src/embedded/redis/keyspace/list-value.ts'
import { Status, VerbatimReply, type Reply } from '../../src/embedded/redis/resp/reply.ts'
import { accessCheck, raisedMark, seldom, seldomPart } from '../../src/embedded/redis/script/prelude.ts'
import { fromLua, toLua } from '../../src/embedded/redis/script/script-reply.ts'
import { Settings } from '../../src/embedded/redis/settings/settings.ts'
import { RedisFault } from '../../src/redis/redis-fault.ts'
import { LuaScripts } from './lua-scripts.ts'

/** Commands that make everything anew. */
export type Snapshot = readonly (readonly string[])[]

/** Why every write is refused for a while. */
export type Refusal = 'READONLY' | 'OOM'

const refusals = {
  READONLY: "READONLY You can't write against a read only replica.",
  OOM: "OOM command not allowed when used memory > 'maxmemory'.",
} as const

const noClock: Clock = { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel: () => {} }) }

/**
 * A Redis without sockets: the keyspace and commands of the embedded one, and the real scripts in real Lua.
 * One serves all runs of a process, one after the other, for it takes long to load.
 */
export class RedisModel {
  /** Refuses writes while set. */
  refusal: Refusal | undefined
  /** Is told of what may have changed something. */
  #changed: (by: string) => void = () => {}
  #clock: Clock = noClock
  readonly #engine: Engine
  readonly #client: Client
  #lua!: LuaScripts
  readonly #info: Reply
  /** By their SHA-1. */
  readonly #known = new Map<string, string>()
  readonly #shas = new Map<string, string>()

  private constructor() {
    const settings = new Settings({ databases: '1' })
    const clock: Clock = { ...noClock, now: () => this.#clock.now() }
    this.#engine = new Engine({ settings, keyspace: new Keyspace(1, clock), table: allCommands(), clock, logger: silentLogger })
    this.#client = new Client(1, this.#engine.users.default, this.#engine.keyspace.databases[0]!, 0, true)
    this.#info = this.#command(['INFO'])
  }

  static async load(): Promise<RedisModel> {
    const model = new RedisModel()
    model.#lua = await LuaScripts.load((args) => model.#called(args))
    return model
  }

  /** Empty, in another time; `changed` hears who has sent what may have changed something. */
  begin(clock: Clock, changed: (by: string) => void): void {
    this.#clock = clock
    this.#changed = changed
    this.refusal = undefined
    this.restart([])
  }

  /** What ioredis would give for the answer. Throws a RedisFault. */
  execute(command: string, args: readonly (string | Buffer)[], by: string): unknown {
    this.#engine.keyspace.tick()
    const { changes } = this.#engine.keyspace
    try {
      return ofReply(this.#reply(command, args))
    } finally {
      if (this.#engine.keyspace.changes !== changes) this.#changed(by)
    }
  }

  save(): Snapshot {
    return Array.from(this.#database.entries()).flatMap(([key, value]) => Array.from(value.rebuild(key)))
  }

  /** With what it had then, and without scripts. */
  restart(snapshot: Snapshot): void {
    this.#database.clear()
    this.#known.clear()
    this.#engine.keyspace.tick()
    for (const args of snapshot) this.#engine.call(this.#client, this.#engine.table.find(args), args)
  }

  /** As another program does, whatever is refused to ours. */
  remove(key: string, field: string): void {
    const args = ['HDEL', key, field]
    this.#engine.call(this.#client, this.#engine.table.find(args), args)
  }

  /** Fields and what they hold, if there is such a hash. */
  *hash(key: string): Iterable<readonly [string, string]> {
    const value = this.#database.peek(key)
    if (value instanceof HashValue) for (const { field, content } of value.entries()) yield [field, String(content)]
  }

  list(key: string): readonly string[] {
    const value = this.#database.peek(key)
    return value instanceof ListValue ? Array.from({ length: value.size }, (_, i) => value.at(i)!) : []
  }

  listSize(key: string): number {
    const value = this.#database.peek(key)
    return value instanceof ListValue ? value.size : 0
  }

  get #database() {
    return this.#engine.keyspace.databases[0]!
  }

  #reply(command: string, args: readonly (string | Buffer)[]): Reply {
    // It would ask the operating system for figures that nobody looks at.
    if (command === 'INFO') return this.#info
    if (command === 'EVAL') return this.#eval(args[0] as string, args)
    if (command !== 'EVALSHA') return this.#command([command, ...args.map(byteText)])
    const body = this.#known.get(args[0] as string)
    return body === undefined ? new CommandError('NOSCRIPT No matching script. Please use EVAL.') : this.#eval(body, args)
  }

  #eval(body: string, args: readonly (string | Buffer)[]): Reply {
    let sha = this.#shas.get(body)
    if (sha === undefined) this.#shas.set(body, sha = createHash('sha1').update(body).digest('hex'))
    this.#known.set(sha, body)
    const keys = 2 + Number(args[1])
    const value = this.#lua.run(body, args.slice(2, keys).map(bytes), args.slice(keys).map(bytes))
    return fromLua(value, 2, (message) => new CommandError(message.slice(message.indexOf(raisedMark) + 1)))
  }

  readonly #called: RedisHost['redisCall'] = (args) => {
    const texts = args.map((arg) => arg.toString('latin1'))
    if (texts[0] === accessCheck) return 1
    return toLua(texts[0] === seldomPart ? seldom : this.#command(texts), 2)
  }

  #command(args: readonly string[]): Reply {
    const entry = this.#engine.table.find(args)
    if (this.refusal === 'READONLY' ? entry.write : this.refusal === 'OOM' && entry.denyOom) return new CommandError(refusals[this.refusal!])
    return this.#engine.call(this.#client, entry, args)
  }
}

function bytes(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : text
}

function byteText(text: string | Buffer): string {
  return bytes(text).toString('latin1')
}

function ofReply(reply: Reply): unknown {
  if (reply instanceof CommandError) throw new RedisFault(reply.message, true)
  if (reply instanceof Status) return reply.text
  if (reply instanceof VerbatimReply) return reply.text
  if (typeof reply === 'string') return Buffer.from(reply, 'latin1').toString()
  if (Buffer.isBuffer(reply)) return reply.toString()
  return Array.isArray(reply) ? reply.map(ofReply) : reply
}
