import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { FromWorker, ToWorker } from '../runtime/thread/protocol.ts'
import { WorkerLoop } from '../runtime/worker-loop.ts'
import type { WorkerHandle, WorkerHost, WorkerListener } from '../runtime/worker-host.ts'
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
  readonly #seats = new Map<number, Seat>()
  #links: LocalLink[] = []

  constructor(topology: Topology, clock: Clock, log: Logger, metricsEveryMs: number) {
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
      connections: {},
      clock: this.#clock,
      log: this.#log,
      metricsEveryMs: this.#metricsEveryMs,
      post,
      seal: memorySeal,
      soon: (turn) => turns.push(turn),
      exit: () => this.#end(worker, 'it was stopped'),
    })
    const seat: Seat = { loop, listener, toMain, toWorker, turns, alive: true }
    this.#seats.set(worker, seat)
    post({ kind: 'described', description: describeTopology(this.#topology) })
    return {
      send: (message: ToWorker<Link>) => {
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

  /** How many things could happen next. */
  get pending(): number {
    return this.#queues().length
  }

  /** Lets one of the pending things happen. `choose(n)` answers 0 … n-1. */
  act(choose: (size: number) => number): void {
    const queues = this.#queues()
    queues[choose(queues.length)]?.()
  }

  #queues(): (() => void)[] {
    const queues: (() => void)[] = []
    for (const seat of this.#seats.values()) {
      for (const queue of seat.alive ? [seat.toMain, seat.toWorker, seat.turns] : [seat.toMain]) {
        if (queue.length > 0) queues.push(() => queue.shift()!())
      }
    }
    for (const link of this.#links) if (link.waiting > 0) queues.push(() => link.deliver())
    return queues
  }

  #end(worker: number, why: string): void {
    const seat = this.#seats.get(worker)
    if (seat === undefined || !seat.alive) return
    seat.alive = false
    seat.loop.abandon()
    seat.toMain.push(() => seat.listener.exited(new MillraceError('MR_WORKER_DIED', `worker ${worker} ended: ${why}`)))
  }
}
