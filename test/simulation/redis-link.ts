import { MillraceError } from '../../src/errors.ts'
import type { RedisConnection } from '../../src/redis/redis-connection.ts'
import { RedisFault } from '../../src/redis/redis-fault.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

export const commandTimeoutMs = 1_000
const firstReconnectMs = 50

interface Sent {
  readonly command: string
  readonly args: readonly (string | Buffer)[]
  resolve(answer: unknown): void
  reject(fault: RedisFault): void
  settled: boolean
}

/** One connection as TCP has it: in order in both directions, until it is cut. */
interface Link {
  readonly life: number
  open: boolean
  arrivesAt: number
  answersAt: number
  unregister(): void
}

/**
 * A process's way to Redis, as ioredis makes it: it reconnects by itself, sends again what was not answered
 * when a connection ended, and gives up a command that takes too long without knowing what became of it. What
 * was sent over a connection that is cut may still arrive, later than what the next one brings.
 */
export class RedisLink implements RedisConnection {
  readonly address = 'redis:6379'
  readonly #world: World
  readonly #process: SimulatedProcess
  readonly #unanswered = new Set<Sent>()
  readonly #onReady = new Set<() => void>()
  #link: Link | undefined
  /** What is sent next arrives only after all that is sent again. */
  overtaken = false
  #closed = false
  #attempts = 0

  constructor(world: World, process: SimulatedProcess) {
    this.#world = world
    this.#process = process
  }

  open(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#process.clock.setTimer(timeoutMs, () => {
        off()
        reject(new MillraceError('MR_REDIS_UNREACHABLE', 'no Redis answers'))
      })
      const off = this.onReady(() => {
        off()
        timer.cancel()
        resolve()
      })
      this.#connect()
    })
  }

  call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const link = this.#link
      if (link === undefined || this.#closed) {
        reject(new RedisFault("Stream isn't writeable and enableOfflineQueue options is false", false))
        return
      }
      const settle = (): void => {
        sent.settled = true
        timer.cancel()
      }
      const sent: Sent = {
        command, args, settled: false,
        resolve: (answer) => {
          settle()
          resolve(answer)
        },
        reject: (fault) => {
          settle()
          reject(fault)
        },
      }
      const timer = this.#process.clock.setTimer(commandTimeoutMs, () => {
        this.#world.hit('redis command timed out')
        sent.settled = true
        reject(new RedisFault('Command timed out', false))
      })
      this.#unanswered.add(sent)
      this.#send(sent, link)
    })
  }

  onReady(call: () => void): () => void {
    this.#onReady.add(call)
    return () => void this.#onReady.delete(call)
  }

  close(): void {
    this.#closed = true
    this.#link?.unregister()
    this.#link = undefined
    this.#rejectAll('Connection is closed.')
  }

  #rejectAll(why: string): void {
    for (const sent of this.#unanswered) if (!sent.settled) sent.reject(new RedisFault(why, false))
    this.#unanswered.clear()
  }

  #connect(): void {
    if (this.#closed) return
    const world = this.#world
    world.after(world.delayMs() + world.delayMs(), () => this.#process.inside(() => {
      const { life } = world.redis
      if (this.#closed) return
      if (life === undefined || this.#process.cutOff || world.lost()) {
        this.#reconnectLater()
        return
      }
      const now = world.clock.monotonic()
      const link: Link = { life, open: true, arrivesAt: now, answersAt: now, unregister: () => {} }
      link.unregister = world.redis.linked(() => this.#cut(link))
      this.#link = link
      this.#attempts = 0
      for (const sent of this.#unanswered) {
        world.hit('redis command sent again by the client')
        this.#send(sent, link)
      }
      const ready = [...this.#onReady]
      for (const call of ready) call()
    }))
  }

  #reconnectLater(): void {
    this.#process.clock.setTimer(Math.min(1_000, firstReconnectMs * ++this.#attempts), () => this.#connect())
  }

  /** The network or the server ends it; the process hears of it later. */
  #cut(link: Link): void {
    if (!link.open) return
    link.open = false
    link.unregister()
    this.#world.after(this.#world.delayMs(), () => this.#process.inside(() => {
      if (this.#link !== link) return
      this.#link = undefined
      // After too many vain tries the client leaves it to us to send it again.
      if (this.#world.chance.happens(0.3)) this.#rejectAll('Reached the max retries per request limit')
      this.#reconnectLater()
    }))
  }

  #send(sent: Sent, link: Link): void {
    const world = this.#world
    link.arrivesAt = Math.max(link.arrivesAt, world.clock.monotonic() + world.delayMs())
    world.after(link.arrivesAt - world.clock.monotonic(), () => this.#arrived(sent, link))
  }

  #arrived(sent: Sent, link: Link): void {
    const world = this.#world
    if (this.#process.cutOff) {
      // Nobody hears anything until somebody looks at the time.
      world.after(commandTimeoutMs, () => this.#cut(link))
      return
    }
    if (!link.open || this.overtaken || world.lost()) {
      world.hit('redis request lost')
      this.#cut(link)
      const late = this.overtaken || world.chance.happens(0.5)
      this.overtaken = false
      // What the server's kernel had taken is read even so, whenever the server comes to it.
      if (late) world.after(world.chance.next() * 4_000, () => this.#executedLate(sent, link.life))
      return
    }
    const outcome = this.#execute(sent, link.life)
    if (outcome === undefined) return
    if (world.lost()) {
      world.hit('redis reply lost')
      this.#cut(link)
      return
    }
    link.answersAt = Math.max(link.answersAt, world.clock.monotonic() + world.delayMs())
    world.after(link.answersAt - world.clock.monotonic(), () => {
      if (!link.open) return
      this.#process.inside(() => this.#answered(sent, outcome, link))
    })
  }

  #executedLate(sent: Sent, life: number): void {
    if (this.#execute(sent, life) !== undefined) this.#world.hit('redis request late')
  }

  #answered(sent: Sent, outcome: { readonly answer?: unknown; readonly fault?: RedisFault }, link: Link): void {
    this.#unanswered.delete(sent)
    if (sent.settled) return
    if (outcome.fault === undefined) sent.resolve(outcome.answer)
    else {
      // Another connection may lead to the new primary.
      if (outcome.fault.code === 'READONLY') this.#cut(link)
      sent.reject(outcome.fault)
    }
  }

  /** Undefined when the server it was sent to is gone. */
  #execute({ command, args, settled }: Sent, life: number): { readonly answer?: unknown; readonly fault?: RedisFault } | undefined {
    const { redis } = this.#world
    if (redis.life !== life) return undefined
    if (redis.loading) {
      this.#world.hit('LOADING')
      return { fault: new RedisFault('LOADING Redis is loading the dataset in memory', true) }
    }
    try {
      const answer = redis.execute(command, args, this.#process.name)
      // What the commit script answers.
      if (Array.isArray(answer) && typeof answer[0] === 'string' && /^[A-Z]{2,}$/.test(answer[0])) this.#world.hit(answer[0])
      if (!settled && Array.isArray(answer) && answer[0] === 'MISMATCH') redis.mismatched(this.#process.name, answer[1] as string)
      return { answer }
    } catch (error) {
      if (!(error instanceof RedisFault)) throw error
      this.#world.hit(error.code)
      return { fault: error }
    }
  }
}
