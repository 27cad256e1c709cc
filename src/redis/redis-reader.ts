import { MillraceError } from '../errors.ts'
import type { TaskContext } from '../topology/context.ts'
import { IoredisClient } from './ioredis-client.ts'
import type { RedisConnection } from './redis-connection.ts'
import { redisTarget } from './redis-settings.ts'
import { untilAnswered, type Persistence } from './until-answered.ts'

/**
 * Looks things up in Redis, for bolts that join tuples with reference data. Waits out a Redis that is
 * away. Not for results: what the topology has counted so far may not be committed yet. Names with a lone
 * surrogate are refused with MR_RECORD_INVALID: on the way they would become the name of something else.
 */
export interface RedisReader {
  /** Null when there is no such key. */
  get(key: string): Promise<string | null>
  /** Null when there is no such field. */
  hget(key: string, field: string): Promise<string | null>
  hgetall(key: string): Promise<ReadonlyMap<string, string>>
  smembers(key: string): Promise<ReadonlySet<string>>
  /** Call it in `cleanup`; what is outstanding rejects. */
  close(): void
}

/** A connection of its own to `connections.redis`. For `prepare`; rejects with MR_REDIS_UNREACHABLE, MR_REDIS_AUTH and so on. */
export async function redisReader(context: TaskContext): Promise<RedisReader> {
  const target = redisTarget(context.connections['redis'])
  const connection = new IoredisClient(target, context.clock)
  const reader = new ConnectedReader(connection, context)
  try {
    await connection.open(target.connectTimeoutMs)
  } catch (error) {
    reader.close()
    throw error
  }
  return reader
}

class ConnectedReader implements RedisReader {
  readonly #connection: RedisConnection
  readonly #closing = new AbortController()
  readonly #persistence: Persistence

  constructor(connection: RedisConnection, { clock, log }: TaskContext) {
    this.#connection = connection
    this.#persistence = { connection, clock, log, closed: this.#closing.signal }
  }

  get(key: string): Promise<string | null> {
    return this.#read('GET', key) as Promise<string | null>
  }

  hget(key: string, field: string): Promise<string | null> {
    return this.#read('HGET', key, field) as Promise<string | null>
  }

  async hgetall(key: string): Promise<ReadonlyMap<string, string>> {
    const answer = (await this.#read('HGETALL', key)) as readonly string[]
    const fields = new Map<string, string>()
    for (let i = 0; i < answer.length; i += 2) fields.set(answer[i]!, answer[i + 1]!)
    return fields
  }

  async smembers(key: string): Promise<ReadonlySet<string>> {
    return new Set((await this.#read('SMEMBERS', key)) as readonly string[])
  }

  close(): void {
    this.#closing.abort()
    this.#connection.close()
  }

  async #read(command: string, ...args: readonly string[]): Promise<unknown> {
    if (!args.every((name) => name.isWellFormed())) {
      throw new MillraceError('MR_RECORD_INVALID', 'what is looked up holds a lone surrogate', { remedy: "correct the data, or let such tuples be skipped (onError: 'skip' of the bolt that looks it up)" })
    }
    return untilAnswered('a lookup', () => this.#connection.call(command, args), this.#persistence)
  }
}
