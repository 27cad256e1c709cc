import type { Clock, Timer } from '../base/clock.ts'
import { failing, failpointNow } from '../base/failpoint.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import type { AttemptStart, FromWorker, ToWorker } from './thread/protocol.ts'
import type { WorkerHandle, WorkerHost } from './worker-host.ts'

export interface SupervisorOptions {
  readonly workers: number
  /** A worker that does not answer for so long is ended. */
  readonly answerTimeoutMs: number
  /** More restarts than this within `restartWindowMs` end the topology. */
  readonly maxRestarts: number
  readonly restartWindowMs: number
}

export interface SupervisorListener {
  /** All workers run the same topology and wait for an attempt; also after a restart. */
  up(description: TopologyDescription): void
  message(worker: number, message: FromWorker): void
  /** A worker is gone; it is started again. Answers whether its death was to be expected and does not count. */
  died(worker: number, cause: MillraceError): boolean
  failed(error: MillraceError): void
}

interface Seat<Port> {
  handle: WorkerHandle<Port> | undefined
  described: boolean
  answeredAt: number
  restarts: number
}

const pingEveryMs = 1000
const firstBackoffMs = 100
const lastBackoffMs = 10_000

/** Starts the workers, watches them, and starts again those that end, each time after a longer wait. */
export class Supervisor<Port> {
  readonly #host: WorkerHost<Port>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #options: SupervisorOptions
  readonly #listener: SupervisorListener
  readonly #seats: Seat<Port>[]
  readonly #timers = new Set<Timer>()
  /** Times of recent restarts. */
  #restarts: number[] = []
  #description: TopologyDescription | undefined
  #lastPing = 0
  #stopping = false
  #allEnded: (() => void) | undefined

  constructor(host: WorkerHost<Port>, clock: Clock, log: Logger, options: SupervisorOptions, listener: SupervisorListener) {
    this.#host = host
    this.#clock = clock
    this.#log = log
    this.#options = options
    this.#listener = listener
    this.#seats = Array.from({ length: options.workers }, () => ({ handle: undefined, described: false, answeredAt: 0, restarts: 0 }))
  }

  get isUp(): boolean {
    return this.#seats.every((seat) => seat.described)
  }

  restartsOf(worker: number): number {
    return this.#seats[worker]!.restarts
  }

  /** The restarts so far do not count any more. */
  forgive(): void {
    this.#restarts = []
  }

  start(): void {
    for (const worker of this.#seats.keys()) this.#startWorker(worker)
    this.#lastPing = this.#clock.monotonic()
    this.#ping()
  }

  /** Gives every worker its start of an attempt, with new links between all of them. */
  attempt(start: AttemptStart): void {
    if (failing) failpointNow('attempt.send')
    const size = this.#seats.length
    const links: (Port | undefined)[][] = Array.from({ length: size }, () => Array.from({ length: size }, () => undefined))
    for (let a = 0; a < size; a++) {
      for (let b = a + 1; b < size; b++) {
        const [end, otherEnd] = this.#host.channel()
        links[a]![b] = end
        links[b]![a] = otherEnd
      }
    }
    for (const [worker, seat] of this.#seats.entries()) seat.handle?.send({ kind: 'attempt', start, links: links[worker]! })
  }

  broadcast(message: Exclude<ToWorker<Port>, { kind: 'attempt' }>): void {
    for (const seat of this.#seats) seat.handle?.send(message)
  }

  /** Lets every worker close its tasks and end; what has not ended after `graceMs` is ended. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) timer.cancel()
    if (this.#seats.every((seat) => seat.handle === undefined)) return
    const ended = new Promise<void>((resolve) => (this.#allEnded = resolve))
    this.broadcast({ kind: 'stop' })
    const timer = this.#clock.setTimer(graceMs, () => this.#terminate())
    await ended
    timer.cancel()
  }

  #terminate(): void {
    for (const seat of this.#seats) seat.handle?.terminate()
  }

  #startWorker(worker: number): void {
    if (failing) failpointNow('worker.start')
    const seat = this.#seats[worker]!
    seat.described = false
    seat.answeredAt = this.#clock.monotonic()
    seat.handle = this.#host.start(worker, {
      message: (message) => this.#receive(worker, message),
      exited: (cause) => this.#exited(worker, cause),
    })
  }

  #receive(worker: number, message: FromWorker): void {
    if (this.#stopping) return
    const seat = this.#seats[worker]!
    seat.answeredAt = this.#clock.monotonic()
    if (message.kind !== 'described') {
      this.#listener.message(worker, message)
      return
    }
    if (failing) failpointNow('worker.described')
    this.#description ??= message.description
    if (message.description.code !== this.#description.code) {
      this.#listener.failed(new MillraceError('MR_TOPOLOGY_DIFFERS', `worker ${worker} found other source code: the topology file or what it imports was changed while it ran`, {
        place: { topology: this.#description.name },
        remedy: 'start again: what the workers have counted together stays exact, and the new code goes on from there',
      }))
      return
    }
    if (message.description.fingerprint !== this.#description.fingerprint) {
      this.#listener.failed(new MillraceError('MR_TOPOLOGY_DIFFERS', `worker ${worker} built another topology from the same file`, {
        place: { topology: this.#description.name },
        remedy: 'build the topology the same way every time: no random names, no reading of clocks or changing files',
      }))
      return
    }
    seat.described = true
    if (this.isUp) this.#listener.up(this.#description)
  }

  #exited(worker: number, cause: MillraceError): void {
    const seat = this.#seats[worker]!
    seat.handle = undefined
    seat.described = false
    if (this.#stopping) {
      if (this.#seats.every((other) => other.handle === undefined)) this.#allEnded?.()
      return
    }
    if (failing) failpointNow('worker.restart')
    const expected = this.#listener.died(worker, cause)
    const now = this.#clock.monotonic()
    this.#restarts = this.#restarts.filter((at) => now - at < this.#options.restartWindowMs)
    if (!expected) this.#restarts.push(now)
    if (this.#restarts.length > this.#options.maxRestarts) {
      this.#listener.failed(new MillraceError('MR_WORKER_DIED', `workers ended ${this.#restarts.length} times within ${this.#options.restartWindowMs / 1000} s; the last: ${cause.message}`, {
        cause: cause.cause,
        remedy: 'see the cause; a bolt that ends or blocks its thread has to be corrected',
      }))
      return
    }
    seat.restarts++
    const backoffMs = expected ? firstBackoffMs : Math.min(lastBackoffMs, firstBackoffMs * 2 ** (this.#restarts.length - 1))
    this.#log.warn('a worker ended and is started again', { worker, cause: cause.message, error: causeMessage(cause), backoffMs })
    this.#after(backoffMs, () => this.#startWorker(worker))
  }

  #ping(): void {
    this.#after(pingEveryMs, () => {
      const now = this.#clock.monotonic()
      // After a pause of this very process (SIGSTOP, a sleeping machine) nobody could have answered.
      const paused = now - this.#lastPing > 3 * pingEveryMs
      this.#lastPing = now
      for (const [worker, seat] of this.#seats.entries()) {
        if (paused) seat.answeredAt = now
        if (seat.handle !== undefined && now - seat.answeredAt > this.#options.answerTimeoutMs) {
          this.#log.error('a worker does not answer and is ended', { worker, silentMs: Math.round(now - seat.answeredAt) })
          seat.handle.terminate()
        }
      }
      this.broadcast({ kind: 'ping' })
      this.#ping()
    })
  }

  #after(delayMs: number, call: () => void): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      call()
    })
    this.#timers.add(timer)
  }
}

function causeMessage(error: MillraceError): string | undefined {
  return error.cause instanceof Error ? error.cause.message : undefined
}
