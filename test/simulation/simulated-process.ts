import type { Clock } from '../../src/base/clock.ts'
import type { LogFields, Logger } from '../../src/base/logger.ts'
import { MillraceError, type ErrorCode } from '../../src/errors.ts'
import { KafkaSource } from '../../src/kafka/kafka-source.ts'
import { topologyAssignors } from '../../src/kafka/group-identity.ts'
import { RedisCommitStore } from '../../src/redis/redis-commit-store.ts'
import { runTopology } from '../../src/runtime/run-topology.ts'
import type { RunningTopology } from '../../src/runtime/running-topology.ts'
import { compileOptions, type SubmitOptions } from '../../src/runtime/submit-options.ts'
import { SimulatedHost } from '../../src/testing/simulated-host.ts'
import { sealOf } from '../../src/topology/seal-of.ts'
import type { ConnectorContext } from '../../src/topology/connector.ts'
import type { Topology } from '../../src/topology/topology.ts'
import type { Link } from '../../src/transport/link.ts'
import { KafkaLink } from './kafka-link.ts'
import { Lease } from './lease.ts'
import { RedisLink } from './redis-link.ts'
import { membership, requestTimeoutMs } from './settings.ts'
import { WatchedHost } from './watched-host.ts'
import type { World } from './world.ts'

/** Code takes time: what one look at the clock costs a worker, in ms. */
const lookMs = 0.05

/** What the simulation hands to the components of its topologies, beside the settings of connectors. */
export interface SimulationConnections {
  readonly kafkaLink: KafkaLink
  readonly seed: number
}

/**
 * One process of the topology: the real runtime, source and store, with its workers as objects of this
 * thread. All that reaches it from outside, the time included, goes through `inside`.
 */
export class SimulatedProcess {
  readonly name: string
  /** What Kafka knows it by. */
  readonly instance: string
  readonly clock: Clock
  /** Nothing it sends arrives anywhere, and nothing reaches it. */
  cutOff = false
  paused = false
  /** Killed, or ended by itself. */
  dead = false
  /** Why it ended by itself, `drained` without a fault. */
  outcome: ErrorCode | 'drained' | undefined
  readonly redis: RedisLink
  readonly #world: World
  readonly #host: SimulatedHost
  readonly #late: (() => void)[] = []
  #running: RunningTopology | undefined
  #draining = false

  constructor(world: World, instance: string, name: string, topology: Topology, seed: number, submit: SubmitOptions) {
    this.#world = world
    this.name = name
    this.instance = instance
    this.clock = {
      now: () => world.clock.now(),
      monotonic: () => world.clock.monotonic(),
      setTimer: (delayMs, call) => {
        let cancelled = false
        // One that is due in a pause can still be cancelled by what runs before it afterwards.
        const timer = world.clock.setTimer(delayMs, () => this.inside(() => {
          if (!cancelled) call()
        }))
        return {
          cancel: () => {
            cancelled = true
            timer.cancel()
          },
        }
      },
    }
    const inWorkers: Clock = {
      ...this.clock,
      monotonic: () => {
        world.clock.pass(lookMs)
        return world.clock.monotonic()
      },
    }
    this.redis = new RedisLink(world, this)
    const log = this.#logger({})
    const kafka = new KafkaLink(world, this, instance)
    const lease = new Lease(name, (violation) => world.violated(violation))
    const options = compileOptions({ ...submit, instance, connections: { kafka: { brokers: ['kafka:9092'], requestTimeoutMs, membership } } })
    const connections: SimulationConnections = { kafkaLink: kafka, seed }
    this.#host = new SimulatedHost(topology, inWorkers, log, options.metricsEveryMs, { seal: sealOf(topology), connections: { ...connections } })
    let owners = 0
    const starting = runTopology<Link>({
      host: new WatchedHost(this.#host, (violation) => world.violated(violation)),
      clock: this.clock,
      log,
      newOwner: () => `${name}.${++owners}`,
      connect: (module) => Promise.resolve({
        connect: (context: ConnectorContext) => (module.includes('kafka-source')
          ? lease.source(new KafkaSource(context, { group: context.topology, instance, assignors: topologyAssignors }, () => Promise.resolve(kafka)))
          : lease.store(new RedisCommitStore(context, this.redis))),
      }),
    }, options)
    starting.then((running) => this.#started(running), (error: unknown) => this.#ended(error))
  }

  /** Does at once what reaches a process that runs, later what reaches one that is paused, and never what is too late. */
  inside(call: () => void): void {
    if (this.dead) return
    if (this.paused || this.#late.length > 0) this.#late.push(call)
    else call()
  }

  /** It has come up, and is not gone. */
  get runs(): boolean {
    return this.#running !== undefined && !this.dead
  }

  /** How many things could happen next in its threads. */
  get pending(): number {
    if (this.dead || this.paused) return 0
    return this.#host.pending + (this.#late.length > 0 ? 1 : 0)
  }

  act(choice: number): void {
    if (choice < this.#host.pending) this.#host.act(() => choice)
    else this.#late.shift()!()
  }

  kill(): void {
    this.dead = true
    this.#host.abandon()
  }

  crashWorker(worker: number): void {
    this.#host.crash(worker)
  }

  /** As SIGTERM does. */
  drain(): void {
    this.#draining = true
    this.#running?.drain().catch(() => {})
  }

  /** What goes wrong between its threads. */
  get threads(): Pick<SimulatedHost, 'loseBatch' | 'stall' | 'holdUp' | 'letGo'> {
    return this.#host
  }

  #started(running: RunningTopology): void {
    this.#running = running
    running.done.then(() => this.#ended(undefined), (error: unknown) => this.#ended(error))
    if (this.#draining) this.drain()
  }

  #ended(error: unknown): void {
    if (this.dead) return
    this.dead = true
    this.outcome = error === undefined ? 'drained' : error instanceof MillraceError ? error.code : 'MR_INTERNAL'
    this.#host.abandon()
    this.#world.note(`${this.name} has ended: ${this.outcome}${error instanceof Error ? `, ${error.message}` : ''}`)
    if (this.outcome === 'MR_INTERNAL') this.#world.trace.remark(this.clock.monotonic(), () => String((error as Error).stack))
  }

  #logger(bound: LogFields): Logger {
    const { trace, clock } = this.#world
    const line = (level: string) => (message: string, fields?: LogFields) => {
      trace.remark(clock.monotonic(), () => `${this.name} ${level}: ${message} ${JSON.stringify({ ...bound, ...fields }, (_, value: unknown) => (value instanceof Error ? value.message : value))}`)
    }
    return { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error'), child: (fields) => this.#logger({ ...bound, ...fields }) }
  }
}
