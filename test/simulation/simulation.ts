import type { ErrorCode } from '../../src/errors.ts'
import type { SubmitOptions } from '../../src/runtime/submit-options.ts'
import type { Topology } from '../../src/topology/topology.ts'
import { Auditor, trap } from './auditor.ts'
import { Chance, mixed } from './chance.ts'
import { faults, type Fault } from './faults.ts'
import { KafkaModel } from './kafka-model.ts'
import type { RedisModel } from './redis-model.ts'
import { RedisServer } from './redis-server.ts'
import { membership } from './settings.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { anyShape, results, topologyOf, type Shape } from './topologies.ts'
import { Trace } from './trace.ts'
import { Violation } from './violation.ts'
import { calm } from './weather.ts'
import { World } from './world.ts'

export interface Verdict {
  readonly seed: number
  /** What was violated, undefined if all is well. */
  readonly violation: string | undefined
  /** Of all that happened. */
  readonly hash: number
  readonly hits: ReadonlyMap<string, number>
  readonly steps: number
  readonly lines: readonly string[]
}

/** Things to happen until a run is given up. */
const mostSteps = 400_000
/** Once the faults are over, everything is counted within this time. */
const patienceMs = 120_000
const lookEveryMs = 40
/** After this long a process that nothing holds up has begun to read. */
const startMs = 40

/** A place that one process after the other has. */
export interface Slot {
  instance: string
  process: SimulatedProcess
  started: number
}

/** Plays one seed. */
export async function simulate(seed: number, redis: RedisModel, inWords = false): Promise<Verdict> {
  const trace = new Trace(inWords)
  const simulation = new Simulation(seed, redis, trace)
  let violation: string | undefined
  const { stackTraceLimit } = Error
  // Faults are no errors to look into here, and stacks take most of their time.
  if (!inWords) Error.stackTraceLimit = 0
  try {
    await simulation.run()
  } catch (error) {
    violation = error instanceof Violation ? error.message : String((error as Error).stack)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  const { group } = simulation.world.kafka
  trace.hit('rebalance', group.rebalances)
  trace.hit('session expired', group.expired)
  return { seed, violation, hash: trace.hash, hits: trace.hits, steps: simulation.steps, lines: trace.lines ?? [] }
}

export class Simulation {
  steps = 0
  readonly world: World
  /** What is to happen; what comes of it has another chance. */
  readonly plan: Chance
  readonly slots: Slot[] = []
  /** Others that still run, though their place was taken. */
  readonly zombies: SimulatedProcess[] = []
  readonly shape: Shape
  readonly auditor: Auditor
  /** Of each process. */
  readonly workers: number
  readonly #seed: number
  readonly #topology: Topology
  readonly #submit: SubmitOptions
  readonly #quiet: boolean
  /** What processes may end with while it lasts. */
  readonly #pardoned = new Set<ErrorCode>()
  #faulty = true
  #finishing = false
  #names = 0
  /** What happens right after the commit of this number. */
  readonly #ambushes = new Map<number, () => void>()
  #commits = 0
  readonly #ends: (() => void)[] = []
  /** Of the hash of rare records. */
  readonly #freed = new Set<string>()

  constructor(seed: number, redis: RedisModel, trace: Trace) {
    this.#seed = seed
    this.plan = new Chance(mixed(seed, 1))
    const world = new World(new Chance(mixed(seed, 2)), trace)
    this.world = world
    this.shape = anyShape(this.plan)
    this.#topology = topologyOf(this.shape)
    world.kafka = new KafkaModel(mixed(seed, 3), world.clock, membership.sessionTimeoutMs, membership.rebalanceTimeoutMs)
    world.redis = new RedisServer(world, redis, () => this.#restarted(), (by, partition) => this.auditor.mismatched(by, partition))
    this.auditor = new Auditor(world, redis, this.shape)
    redis.begin(world.clock, (by) => this.#changed(by))
    this.#quiet = seed % 10 === 0
    const shortMs = this.plan.between(20, 80)
    this.workers = this.plan.between(1, 3)
    this.#submit = {
      workers: this.workers,
      epochs: { caughtUpMinMs: shortMs, caughtUpMaxMs: 2 * shortMs, behindMs: 3 * shortMs, maxRecords: this.plan.between(6, 60) },
      maxRestarts: 1_000,
      drainTimeoutMs: 8_000,
      metricsEveryMs: 2 ** 31 - 1,
    }
  }

  async run(): Promise<void> {
    const { plan, world } = this
    for (let i = plan.between(1, 4); i > 0; i--) world.kafka.addPartition()
    for (let i = plan.between(1, 3); i > 0; i--) this.addSlot()
    const stormMs = plan.one([300, 1_000, 3_000]) * (0.5 + plan.next())
    this.#grow(stormMs)
    if (this.#quiet) this.#planQuiet(stormMs)
    else this.#planStorm(stormMs)
    await this.#until(() => world.clock.monotonic() >= stormMs)
    this.#calmDown()
    const deadline = world.clock.monotonic() + patienceMs
    await this.#until(() => this.#counted(), deadline)
    this.#finishing = true
    const all = this.#processes()
    for (const process of all) process.drain()
    await this.#until(() => all.every(({ dead }) => dead), deadline)
    // Whoever lost its place, or cannot go on, may find out or end only now.
    for (const { name, outcome } of all) if (outcome !== 'drained' && !this.#pardoned.has(outcome!)) throw new Violation(`${name} did not drain: ${outcome}`)
    this.auditor.complete()
  }

  get faulty(): boolean {
    return this.#faulty
  }

  newName(): string {
    return `host-${String.fromCharCode(97 + this.#names++)}`
  }

  addSlot(): void {
    const instance = this.newName()
    this.slots.push({ instance, started: 1, process: this.#process(instance, 1) })
  }

  start(slot: Slot): void {
    // What its predecessor has asked of the group may arrive behind what it asks itself.
    if (slot.started > 0) this.pardon('MR_INSTANCE_STOLEN')
    slot.process = this.#process(slot.instance, ++slot.started)
  }

  #process(instance: string, number: number): SimulatedProcess {
    const name = `${instance}-${number}`
    this.world.note(`${name} starts`)
    return new SimulatedProcess(this.world, instance, name, this.#topology, this.#seed, this.#submit)
  }

  pardon(code: ErrorCode): void {
    this.#pardoned.add(code)
  }

  /** For a while, but never longer than the faults. */
  meanwhile(forMs: number, end: () => void): void {
    let over = false
    const once = (): void => {
      if (!over) end()
      over = true
    }
    this.world.after(forMs, once)
    this.#ends.push(once)
  }

  /** What another program wrote there goes, now and whenever it comes back with an older state. */
  freeField(field: string): void {
    this.#freed.add(field)
    if (this.world.redis.life !== undefined) this.#freeFields()
  }

  /** Only what neither the stored positions nor those of an older state need. */
  expireRecords(): boolean {
    const log = this.plan.one(this.world.kafka.logs)
    const next = this.auditor.needed(log.name)
    if (next <= log.start) return false
    // Whoever does not know yet that others have counted them may read on where they were.
    this.pardon('MR_OFFSET_OUT_OF_RANGE')
    log.start += 1 + this.plan.below(next - log.start)
    return true
  }

  ambush(call: () => void): void {
    this.#ambushes.set(this.#commits + 1 + this.plan.below(12), call)
  }

  #planStorm(stormMs: number): void {
    const { plan } = this
    // Of all faults only some, else each would drown in the others.
    const chosen = faults.filter(() => plan.happens(0.35))
    if (chosen.length === 0) return
    for (let i = plan.between(1, 10); i > 0; i--) {
      const fault = plan.one(chosen)
      if (fault.early === true && plan.happens(0.5)) this.world.after(plan.next() * startMs, () => this.#strike(fault))
      else if (plan.happens(0.35)) this.ambush(() => this.#faulty && this.#strike(fault))
      else this.world.after(plan.next() * stormMs, () => this.#faulty && this.#strike(fault))
    }
  }

  /** Only what people do on purpose: processes and partitions come and go. */
  #planQuiet(stormMs: number): void {
    const { plan, world } = this
    for (let i = plan.between(1, 4); i > 0; i--) {
      world.after(plan.next() * stormMs, plan.one([
        () => this.addSlot(),
        () => plan.one(this.slots).process.drain(),
        () => void world.kafka.addPartition(),
      ]))
    }
  }

  #strike(fault: Fault): void {
    const { world } = this
    if (fault.strike(this) === false) return
    world.note(`fault: ${fault.name}`)
    world.hit(fault.name)
  }

  #grow(stormMs: number): void {
    const { kafka, clock } = this.world
    const most = this.plan.between(1, 6)
    const everyMs = this.plan.between(60, 300)
    const append = (times: number): void => {
      for (const log of kafka.logs) for (let i = 0; i < times; i++) log.append(most)
      kafka.appended()
    }
    append(this.plan.between(0, 8))
    const more = (): void => {
      append(1)
      if (clock.monotonic() + everyMs < stormMs) clock.setTimer(everyMs, more)
    }
    clock.setTimer(everyMs, more)
  }

  #calmDown(): void {
    const { world } = this
    world.note('calm')
    this.#faulty = false
    world.weather = calm
    for (const end of this.#ends.splice(0)) end()
    for (const process of this.#processes()) {
      process.cutOff = false
      process.paused = false
    }
  }

  #processes(): SimulatedProcess[] {
    return [...this.slots.map(({ process }) => process), ...this.zombies]
  }

  #counted(): boolean {
    const { kafka } = this.world
    const all = this.#processes()
    // Of two with one name one has to go first, whichever.
    const names = new Set(all.map(({ instance }) => instance))
    return names.size === all.length && all.every(({ runs }) => runs) && kafka.logs.every((log) => this.auditor.positions.get(log.name)?.next === log.end)
  }

  #restarted(): void {
    this.#freeFields()
    this.auditor.restarted()
  }

  #freeFields(): void {
    const { model } = this.world.redis
    const taken = [...model.hash(results.rare)].filter(([field, text]) => text === trap && this.#freed.has(field))
    for (const [field] of taken) model.remove(results.rare, field)
  }

  #changed(by: string): void {
    try {
      const before = this.world.trace.hits.get('commit') ?? 0
      this.auditor.changed(by)
      if ((this.world.trace.hits.get('commit') ?? 0) === before) return
      const ambush = this.#ambushes.get(++this.#commits)
      if (ambush !== undefined) this.world.after(this.plan.next() * 2, ambush)
    } catch (error) {
      this.world.violated(error as Error)
    }
  }

  /** Starts again what has ended, as a machine does. */
  #keep(): void {
    if (this.#finishing) return
    for (const process of this.zombies.filter(({ dead }) => dead)) {
      this.#judge(process)
      this.zombies.splice(this.zombies.indexOf(process), 1)
    }
    for (const slot of this.slots) {
      const { process } = slot
      if (!process.dead || process.outcome === undefined) continue
      this.#judge(process)
      process.outcome = undefined
      this.world.after(this.plan.between(100, 1_500), () => {
        if (slot.process === process && !this.#finishing) this.start(slot)
      })
    }
  }

  #judge({ name, outcome }: SimulatedProcess): void {
    if (outcome === undefined || outcome === 'drained') return
    this.world.hit(outcome)
    const unreachable = outcome === 'MR_REDIS_UNREACHABLE' || outcome === 'MR_KAFKA_UNREACHABLE' || outcome === 'MR_DRAIN_TIMEOUT' || outcome === 'MR_REDIS_CLOSED'
    if (unreachable && !this.#quiet) return
    if (!this.#pardoned.has(outcome)) throw new Violation(`${name} ended with ${outcome}`)
  }

  async #until(condition: () => boolean, deadline = Infinity): Promise<void> {
    const { clock, trace } = this.world
    let lookAt = 0
    for (;;) {
      await settled()
      if (this.world.violation !== undefined) throw this.world.violation
      if (clock.monotonic() >= lookAt) {
        lookAt = clock.monotonic() + lookEveryMs
        this.#keep()
        if (condition()) return
        if (clock.monotonic() > deadline) throw new Violation(`it does not get there: ${this.#standing()}`)
      }
      if (++this.steps > mostSteps) throw new Violation(`it does not end: ${this.#standing()}`)
      this.#step(trace)
    }
  }

  #step(trace: Trace): void {
    const { chance, clock } = this.world
    const processes = this.zombies.length === 0 ? undefined : this.zombies
    let pending = 0
    for (const { process } of this.slots) pending += process.pending
    if (processes !== undefined) for (const process of processes) pending += process.pending
    const wait = clock.nextTimerMs()
    if (pending === 0) {
      // All have ended, and nobody has looked yet.
      if (wait === undefined) this.#keep()
      if (!clock.runNext()) throw new Violation('nothing can happen any more')
      return
    }
    const choice = chance.below(pending + (wait === 0 ? 1 : 0))
    trace.number(choice)
    if (choice === pending) clock.runNext()
    else this.#act(choice)
  }

  #act(choice: number): void {
    let left = choice
    for (const process of this.#processes()) {
      const { pending } = process
      if (left < pending) {
        process.act(left)
        return
      }
      left -= pending
    }
  }

  #standing(): string {
    const ends = this.world.kafka.logs.map((log) => `${log.name} at ${this.auditor.positions.get(log.name)?.next} of ${log.end}`)
    const processes = this.slots.map(({ process }) => `${process.name} ${process.dead ? 'is dead' : 'runs'}`)
    return [...ends, ...processes].join(', ')
  }
}

/** All that can happen without the outside has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
