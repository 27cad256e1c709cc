import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { FromWorker, ToWorker } from '../runtime/thread/protocol.ts'
import { WorkerLoop } from '../runtime/worker-loop.ts'
import type { WorkerHandle, WorkerHost, WorkerListener } from '../runtime/worker-host.ts'
import type { Seal } from '../topology/commit-store.ts'
import type { Connections } from '../topology/connector.ts'
import { describeTopology } from '../topology/describe.ts'
import type { Topology } from '../topology/topology.ts'
import type { Link } from '../transport/link.ts'
import { memorySeal } from './memory-commit-store.ts'
import { LocalLink } from '../transport/local-link.ts'

interface Seat {
  readonly loop: WorkerLoop
  readonly listener: WorkerListener
  readonly toWorker: (() => void)[]
  readonly toMain: (() => void)[]
  readonly turns: (() => void)[]
  alive: boolean
  /** Its thread is busy with something. */
  stalled: boolean
  /** What it has sent to the main thread waits on the way. */
  heldUp: boolean
  /** So it is from the next attempt to the one after. */
  holdNext: boolean
}

export interface SimulatedHostOptions {
  /** Default: for the store in memory. */
  readonly seal?: Seal
  readonly connections?: Connections
}

/**
 * Workers as objects of one thread. Whatever would happen at its own time (a message, a turn of a
 * loop, a frame on a link) waits here until `act` lets one of them happen: who may be next is a
 * choice, so a seeded chooser replays one interleaving exactly. Each queue keeps its order.
 */
export class SimulatedHost implements WorkerHost<Link> {
  readonly #topology: Topology
  readonly #clock: Clock
  readonly #log: Logger
  readonly #metricsEveryMs: number
  readonly #seal: Seal
  readonly #connections: Connections
  readonly #seats = new Map<number, Seat>()
  #links: LocalLink[] = []
  #losing = false

  constructor(topology: Topology, clock: Clock, log: Logger, metricsEveryMs: number, { seal = memorySeal, connections = {} }: SimulatedHostOptions = {}) {
    this.#seal = seal
    this.#connections = connections
    this.#topology = topology
    this.#clock = clock
    this.#log = log
    this.#metricsEveryMs = metricsEveryMs
  }

  channel(): readonly [Link, Link] {
    const [a, b] = LocalLink.pair()
    // Closed links of earlier attempts have nothing waiting and never will.
    this.#links = [...this.#links.filter((link) => link.waiting > 0 || link.open), a, b]
    return [a, b]
  }

  start(worker: number, listener: WorkerListener): WorkerHandle<Link> {
    const toMain: (() => void)[] = []
    const toWorker: (() => void)[] = []
    const turns: (() => void)[] = []
    const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => {
      const copy = structuredClone(message, { transfer: [...transfer] })
      toMain.push(() => listener.message(copy))
    }
    const loop = new WorkerLoop({
      worker,
      topology: this.#topology,
      connections: this.#connections,
      clock: this.#clock,
      log: this.#log,
      metricsEveryMs: this.#metricsEveryMs,
      post,
      seal: this.#seal,
      soon: (turn) => turns.push(turn),
      exit: () => this.#end(worker, 'it was stopped'),
    })
    const seat: Seat = { loop, listener, toMain, toWorker, turns, alive: true, stalled: false, heldUp: false, holdNext: false }
    this.#seats.set(worker, seat)
    post({ kind: 'described', description: describeTopology(this.#topology) })
    return {
      send: (message: ToWorker<Link>) => {
        if (message.kind === 'attempt') {
          seat.heldUp = seat.holdNext
          seat.holdNext = false
        }
        toWorker.push(() => {
          if (!seat.alive) return
          if (message.kind === 'attempt') loop.attempt(structuredClone(message.start), message.links)
          else loop.receive(message)
        })
      },
      terminate: () => this.crash(worker),
    }
  }

  /** The worker ends here and now; what it has not sent is lost with it. */
  crash(worker: number): void {
    this.#end(worker, 'it crashed')
  }

  /** All workers end, and nobody hears of it: their process is gone. */
  abandon(): void {
    for (const seat of this.#seats.values()) if (seat.alive) seat.loop.abandon()
    this.#seats.clear()
    this.#links = []
  }

  /** The next batch that is due on a link is lost on the way. */
  loseBatch(): void {
    this.#losing = true
  }

  /** For a while a worker does nothing; messages to it wait. */
  stall(worker: number, stalled: boolean): void {
    const seat = this.#seats.get(worker)
    if (seat !== undefined) seat.stalled = stalled
  }

  /** Nothing arrives that it sends to the main thread, until the next attempt; with `fromNext` only from then on, until the one after. */
  holdUp(worker: number, fromNext: boolean): void {
    const seat = this.#seats.get(worker)
    if (seat === undefined) return
    seat.heldUp = !fromNext
    seat.holdNext = fromNext
  }

  /** What was held up may arrive. */
  letGo(worker: number): void {
    const seat = this.#seats.get(worker)
    if (seat !== undefined) seat.heldUp = seat.holdNext = false
  }

  /** How many things could happen next. */
  get pending(): number {
    let pending = 0
    for (const { alive, heldUp, stalled, toMain, toWorker, turns } of this.#seats.values()) {
      if (!heldUp && toMain.length > 0) pending++
      if (!alive || stalled) continue
      if (toWorker.length > 0) pending++
      if (turns.length > 0) pending++
    }
    for (const link of this.#links) if (link.waiting > 0) pending++
    return pending
  }

  /** Lets one of the pending things happen. `choose(n)` answers 0 … n-1. */
  act(choose: (size: number) => number): void {
    let choice = choose(this.pending)
    for (const { alive, heldUp, stalled, toMain, toWorker, turns } of this.#seats.values()) {
      if (!heldUp && toMain.length > 0 && choice-- === 0) {
        toMain.shift()!()
        return
      }
      for (const queue of alive && !stalled ? [toWorker, turns] : []) {
        if (queue.length > 0 && choice-- === 0) {
          queue.shift()!()
          return
        }
      }
    }
    for (const link of this.#links) {
      if (link.waiting > 0 && choice-- === 0) {
        if (this.#losing && link.next?.kind === 'batch') {
          this.#losing = false
          link.lose()
        } else link.deliver()
        return
      }
    }
  }

  #end(worker: number, why: string): void {
    const seat = this.#seats.get(worker)
    if (seat === undefined || !seat.alive) return
    seat.alive = false
    seat.loop.abandon()
    seat.toMain.push(() => seat.listener.exited(new MillraceError('MR_WORKER_DIED', `worker ${worker} ended: ${why}`)))
  }
}
