import { getHeapStatistics } from 'node:v8'
import type { Clock, Timer } from '../base/clock.ts'
import { failing, failpoint } from '../base/failpoint.ts'
import type { Logger } from '../base/logger.ts'
import { asMillraceError } from '../errors.ts'
import type { Seal } from '../topology/commit-store.ts'
import type { Connections } from '../topology/connector.ts'
import type { Topology } from '../topology/topology.ts'
import type { Link } from '../transport/link.ts'
import { Attempt } from './attempt.ts'
import type { AttemptStart, FromWorker, ToWorker } from './thread/protocol.ts'

export interface WorkerLoopEnvironment {
  readonly worker: number
  readonly topology: Topology
  readonly connections: Connections
  readonly clock: Clock
  readonly log: Logger
  /** Between two reports of how the tasks stand. */
  readonly metricsEveryMs: number
  post(message: FromWorker, transfer?: readonly ArrayBuffer[]): void
  /** Packs results for the store. */
  readonly seal: Seal
  /** Runs a turn after I/O and messages had theirs. */
  soon(turn: () => void): void
  exit(): void
}

/** A saturated loop starves its sockets: a probe's round trip is about one turn. */
const turnMs = 1

/** One worker: at most one attempt at a time, stepped while there is something to do. */
export class WorkerLoop {
  readonly #env: WorkerLoopEnvironment
  #attempt: Attempt | undefined
  #number = 0
  #awake = false
  #active: boolean | undefined
  #limits: AttemptStart['limits'] | undefined
  #last = false
  #metricsTimer: Timer | undefined
  /** Attempts follow one another: the old one's tasks are closed before the next one's are made. */
  #chain: Promise<void> = Promise.resolve()

  constructor(env: WorkerLoopEnvironment) {
    this.#env = env
    this.#reportMetrics()
  }

  attempt(start: AttemptStart, links: readonly (Link | undefined)[]): void {
    this.#number = start.attempt
    this.#active = start.active
    this.#limits = undefined
    this.#then(async () => {
      await this.#attempt?.close()
      this.#attempt = undefined
      if (this.#number !== start.attempt) return
      const post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => {
        if (this.#number === start.attempt) this.#env.post(message, transfer)
      }
      try {
        const attempt = new Attempt({
          ...this.#env,
          links,
          wake: () => this.#wake(),
          report: (progress) => post({ kind: 'progress', attempt: start.attempt, progress }),
          sealed: (sealed, transfer) => {
            // Totals are exact at the end: the last report precedes the last commit.
            if (this.#last) this.#postMetrics()
            post({ kind: 'sealed', attempt: start.attempt, sealed }, transfer)
          },
          fail: (error) => post({ kind: 'failed', attempt: start.attempt, error: error.toData() }),
        }, start)
        this.#attempt = attempt
        if (failing) await failpoint('attempt.open')
        await attempt.open()
        if (failing) await failpoint('attempt.ready')
        if (attempt.closed || this.#number !== start.attempt) return
        attempt.listen()
        post({ kind: 'ready', attempt: start.attempt })
      } catch (error) {
        const place = { topology: this.#env.topology.name }
        post({ kind: 'failed', attempt: start.attempt, error: asMillraceError(error, 'MR_INTERNAL', { place }).toData() })
      }
    })
  }

  receive(message: Exclude<ToWorker<never>, { kind: 'attempt' }>): void {
    switch (message.kind) {
      case 'run':
        if (message.attempt !== this.#number) return
        this.#attempt?.setActive(this.#active ?? true)
        if (this.#limits !== undefined) this.#attempt?.limit(this.#limits)
        this.#attempt?.run()
        return
      case 'cut':
        if (message.attempt !== this.#number) return
        this.#last = message.last
        this.#attempt?.cut(message.epoch, message.last, message.cells)
        return
      case 'abort':
        if (message.attempt !== this.#number) return
        this.#number = -1
        this.#then(async () => this.#attempt?.close())
        return
      case 'limits':
        this.#limits = message.limits
        this.#attempt?.limit(message.limits)
        return
      case 'active':
        this.#active = message.active
        this.#attempt?.setActive(message.active)
        return
      case 'ping':
        this.#env.post({ kind: 'pong' })
        return
      case 'stop':
        this.#number = -1
        this.#then(async () => {
          await this.#attempt?.close()
          this.#env.exit()
        })
    }
  }

  /** The thread is gone: nothing runs or is sent any more. For hosts without real threads. */
  abandon(): void {
    this.#number = -1
    void this.#attempt?.close()
    this.#metricsTimer?.cancel()
  }

  #then(work: () => Promise<void>): void {
    this.#chain = this.#chain.then(work)
  }

  #wake(): void {
    if (this.#awake) return
    this.#awake = true
    this.#env.soon(() => this.#turn())
  }

  #turn(): void {
    this.#awake = false
    if (this.#attempt?.step(turnMs) === true) this.#wake()
  }

  #reportMetrics(): void {
    this.#metricsTimer = this.#env.clock.setTimer(this.#env.metricsEveryMs, () => {
      this.#postMetrics()
      this.#reportMetrics()
    }, false)
  }

  #postMetrics(): void {
    if (this.#attempt === undefined || this.#attempt.closed) return
    this.#env.post({ kind: 'metrics', attempt: this.#number, tasks: this.#attempt.standing(), heapBytes: getHeapStatistics().used_heap_size })
  }
}
