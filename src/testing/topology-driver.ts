import { ManualClock } from '../base/manual-clock.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { MetricsSnapshot } from '../metrics/snapshot.ts'
import { runTopology } from '../runtime/run-topology.ts'
import type { RunningTopology } from '../runtime/running-topology.ts'
import { compileOptions, type CompiledOptions, type SubmitOptions } from '../runtime/submit-options.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { DeadLetter } from '../topology/source.ts'
import type { Component, Topology } from '../topology/topology.ts'
import type { Link } from '../transport/link.ts'
import { FeederSource, feederModule, feederSpout, type Feed } from './feeder.ts'
import { MemoryStore } from './memory-store.ts'
import { SimulatedHost } from './simulated-host.ts'

export interface DriverOptions {
  /** Records per spout component. A spout that needs no server reads by itself when it has none. */
  readonly feeds: Readonly<Record<string, Feed>>
  /** Chooses the interleaving; the same seed replays the same run. Default 1. */
  readonly seed?: number
  /** Keeps results of an earlier run, as after a restart. */
  readonly store?: MemoryStore
  readonly log?: Logger
  /** As for `submit`; `untilCaughtUp` is true unless said otherwise. */
  readonly submit?: Omit<SubmitOptions, 'connections' | 'log'>
}

/** Code takes time: what one look at the clock costs in virtual ms. */
const lookMs = 0.05
/** A run that needs more steps than this does not end. */
const mostSteps = 1_000_000

/**
 * Runs a topology on one thread, in virtual time, against an in-memory store: the real runtime with
 * real epochs and commits, only its threads and servers are modelled. What happens next is chosen by
 * the seed, so a failure replays.
 *
 *     const driver = await TopologyDriver.start(topology, { feeds: { lines: [[{ value: 'a b' }]] } })
 *     await driver.run()
 *     driver.store.hash('words')   // Map { 'a' → '1', 'b' → '1' }
 */
export class TopologyDriver {
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly #host: SimulatedHost
  readonly #random: () => number
  #running!: RunningTopology
  #source!: FeederSource
  #steps = 0

  private constructor(topology: Topology, options: DriverOptions, { metricsEveryMs }: CompiledOptions) {
    this.clock = new ManualClock()
    this.store = options.store ?? new MemoryStore()
    this.#random = seededRandom(options.seed ?? 1)
    const { clock } = this
    const looked = {
      now: () => clock.now(),
      monotonic: () => {
        clock.pass(lookMs)
        return clock.monotonic()
      },
      setTimer: (delayMs: number, call: () => void) => clock.setTimer(delayMs, call),
    }
    this.#host = new SimulatedHost(withFeeders(topology, options.feeds), looked, options.log ?? silentLogger, metricsEveryMs)
  }

  static async start(topology: Topology, options: DriverOptions): Promise<TopologyDriver> {
    const compiled = compileOptions({ workers: 2, untilCaughtUp: true, ...options.submit })
    const driver = new TopologyDriver(topology, options, compiled)
    let owners = 0
    const starting = runTopology<Link>({
      host: driver.#host,
      clock: driver.clock,
      log: options.log ?? silentLogger,
      newOwner: () => `owner-${++owners}`,
      connect: (module) => Promise.resolve({
        connect: (context: ConnectorContext) => {
          if (module !== feederModule) return driver.store.connect(context)
          driver.#source = new FeederSource(context.components)
          return driver.#source
        },
      }),
    }, compiled)
    driver.#running = await driver.until(starting)
    return driver
  }

  get topology(): RunningTopology {
    return this.#running
  }

  /** All that were sent in this run, the same record perhaps more than once. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#source.deadLetters
  }

  metrics(): MetricsSnapshot {
    return this.#running.metrics()
  }

  /** Lets one thing happen. Virtual time moves with the work done, and to the next timer when nothing else could happen. Answers false when nothing is left. */
  async step(): Promise<boolean> {
    await settled()
    if (++this.#steps > mostSteps) throw new MillraceError('MR_INTERNAL', `the topology is not through after ${mostSteps} steps`)
    const wait = this.clock.nextTimerMs()
    const { pending } = this.#host
    // A timer that is due is one of the things that could happen next.
    const choices = pending + (wait === 0 ? 1 : 0)
    const choice = Math.floor(this.#random() * choices)
    if (choice < pending) {
      this.#host.act(() => choice)
      return true
    }
    if (wait === undefined) return false
    this.clock.advance(wait)
    return true
  }

  /** Until the topology has ended; rejects with its error. */
  run(): Promise<void> {
    return this.until(this.#running.done)
  }

  /** Lets things happen until the promise has settled; for what waits on the topology. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let over = false
    promise.then(() => (over = true), () => (over = true))
    await settled()
    while (!over && await this.step()) await settled()
    return promise
  }

  /** Until `condition` holds. */
  async runUntil(condition: () => boolean): Promise<void> {
    while (!condition() && await this.step());
    await settled()
  }

  crashWorker(worker: number): void {
    this.#host.crash(worker)
  }

  /** Partitions are taken and given back, after a drain. */
  rebalance(keep?: (partition: string) => boolean): Promise<void> {
    return this.#source.rebalance(keep)
  }

  /** The group lost us without our knowing. */
  loseMembership(): void {
    this.#source.lose()
  }
}

function withFeeders(topology: Topology, feeds: Readonly<Record<string, Feed>>): Topology {
  const components = topology.components.map((component): Component => {
    if (component.kind !== 'spout') return component
    const feed = feeds[component.id]
    if (feed === undefined && component.definition.source === undefined) return component
    if (feed === undefined) throw new MillraceError('MR_OPTIONS_INVALID', `no records are given for the spout`, { place: { component: component.id }, remedy: 'name every spout in `feeds`' })
    return { ...component, definition: feederSpout(component.definition.streams, feed) }
  })
  return { ...topology, components }
}

/** All promises that can settle without the outside have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Mulberry32: 0 ≤ x < 1, the same for the same seed everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
