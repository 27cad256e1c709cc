import { Redis, ReplyError, type RedisOptions } from 'ioredis'
import type { Clock, Timer } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisFault } from './redis-fault.ts'
import type { RedisTarget } from './redis-settings.ts'

export interface ClientOptions {
  /**
   * Whether commands whose answer is lost with the connection are sent again when there is a new one. If
   * not, they reject, and nothing is ever sent twice. Default true.
   */
  readonly resends?: boolean
}

const silent = 'it has taken the connection, and does not say that it is ready'

/** The only place that knows ioredis. */
export class IoredisClient implements RedisConnection {
  readonly address: string
  readonly #redis: Redis
  readonly #clock: Clock
  readonly #secrets: readonly string[]
  /** Reject the calls that wait for an answer, unless they are sent again. */
  readonly #waiting = new Set<(error: Error) => void>()
  readonly #resends: boolean
  #endOpening: ((error: MillraceError) => void) | undefined

  constructor(target: RedisTarget, clock: Clock, { resends = true }: ClientOptions = {}) {
    this.address = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
    this.#clock = clock
    this.#secrets = [target.password ?? '']
    this.#resends = resends
    this.#redis = new Redis(options(target, resends))
    // Without a listener ioredis prints errors itself. What matters comes with the command, too.
    this.#redis.on('error', () => {})
    // What ioredis does not send again it does not reject either.
    if (!resends) this.#redis.on('close', () => this.#loseAnswers())
  }

  open(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let last = 'no answer'
      let silence: Timer | undefined
      const settle = (error?: MillraceError): void => {
        this.#endOpening = undefined
        timer.cancel()
        silence?.cancel()
        this.#redis.off('ready', ready)
        this.#redis.off('connect', connected)
        this.#redis.off('close', closed)
        this.#redis.off('error', failed)
        if (error === undefined) resolve()
        else reject(error)
      }
      const ready = (): void => settle()
      const connected = (): void => {
        last = silent
        // What was sent on it may be lost, as where the server was exchanged just then: another one may do better.
        silence = this.#clock.setTimer(timeoutMs / 2, () => this.#redis.stream.destroy(new Error(silent)))
      }
      const closed = (): void => {
        silence?.cancel()
        if (last === silent) last = 'it has closed the connection before it was ready'
      }
      const failed = (error: unknown): void => {
        const fault = this.#fault(error)
        last = fault.message
        if (!fault.passes) settle(fault.toError(this.address))
      }
      const timer = this.#clock.setTimer(timeoutMs, () => settle(new MillraceError('MR_REDIS_UNREACHABLE', `no Redis answers at ${this.address}: ${last}`, {
        place: { at: this.address },
        remedy: 'check that the server runs, has loaded its data, and that host, port and TLS are right',
      })))
      this.#endOpening = settle
      this.#redis.on('ready', ready)
      this.#redis.on('connect', connected)
      this.#redis.on('close', closed)
      this.#redis.on('error', failed)
      this.#redis.connect().catch(failed)
    })
  }

  async call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    // An array, for a hundred thousand spread arguments overflow the stack.
    const answered = this.#redis.call(command, args as (string | Buffer)[])
    try {
      return await (this.#resends ? answered : this.#unlessLost(answered))
    } catch (error) {
      throw this.#fault(error)
    }
  }

  #unlessLost(answered: Promise<unknown>): Promise<unknown> {
    const { promise: lost, reject } = Promise.withResolvers<never>()
    this.#waiting.add(reject)
    return Promise.race([answered, lost]).finally(() => this.#waiting.delete(reject))
  }

  #loseAnswers(): void {
    for (const reject of this.#waiting) reject(new Error('the connection was lost before the answer'))
    this.#waiting.clear()
  }

  onReady(call: () => void): () => void {
    this.#redis.on('ready', call)
    return () => void this.#redis.off('ready', call)
  }

  close(): void {
    this.#endOpening?.(new MillraceError('MR_REDIS_CLOSED', 'the store was closed before Redis answered', { place: { at: this.address } }))
    this.#redis.disconnect()
  }

  #fault(error: unknown): RedisFault {
    const message = error instanceof Error ? error.message : String(error)
    const prefix = 'Ready check failed: '
    if (message.startsWith(prefix)) return new RedisFault(message.slice(prefix.length), true, this.#secrets)
    return new RedisFault(message, error instanceof ReplyError, this.#secrets)
  }
}

function options(target: RedisTarget, resends: boolean): RedisOptions {
  return {
    host: target.host,
    port: target.port,
    db: target.db,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls === undefined ? {} : { tls: target.tls }),
    lazyConnect: true,
    connectTimeout: target.connectTimeoutMs,
    commandTimeout: target.commandTimeoutMs,
    // A peer that is gone without a word: a new connection is tried instead of writing into the old one.
    socketTimeout: target.commandTimeoutMs,
    // Commands wait with us while the connection is down, one at a time, instead of in an unbounded queue.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: resends,
    // After a failover the old primary answers READONLY; a new connection finds the new one.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
    retryStrategy: (times) => Math.min(times * 50, 1000),
    disableClientInfo: true,
    connectionName: 'millrace',
  }
}
