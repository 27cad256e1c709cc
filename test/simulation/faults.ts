import type { Simulation } from './simulation.ts'
import { trap } from './auditor.ts'
import { results } from './topologies.ts'
import { calm } from './weather.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Something that goes wrong. What lasts ends with the faults at the latest. */
export interface Fault {
  readonly name: string
  /** Half of the times it strikes while processes start. */
  readonly early?: boolean
  /** False when it had nothing to strike. */
  strike(simulation: Simulation): boolean | void
}

export const faults: readonly Fault[] = [
  { name: 'process killed', strike: (simulation) => restartLater(simulation, (process) => process.kill()) },
  {
    name: 'process paused',
    strike(simulation) {
      const { plan, slots } = simulation
      const { process } = plan.one(slots)
      if (process.dead || process.paused) return false
      process.paused = true
      simulation.meanwhile(plan.one([20, 300, 1_500, 6_000]) * (0.5 + plan.next()), () => {
        process.paused = false
      })
      return true
    },
  },
  {
    name: 'process cut off',
    strike(simulation) {
      const { plan, slots } = simulation
      const { process } = plan.one(slots)
      process.cutOff = true
      simulation.meanwhile(plan.one([50, 800, 5_000]) * (0.5 + plan.next()), () => {
        process.cutOff = false
      })
    },
  },
  { name: 'process drained', strike: ({ plan, slots }) => plan.one(slots).process.drain() },
  {
    name: 'instance stolen',
    strike(simulation) {
      const slot = simulation.plan.one(simulation.slots)
      if (slot.process.dead) return false
      simulation.zombies.push(slot.process)
      simulation.start(slot)
      return true
    },
  },
  {
    name: 'process joined',
    strike(simulation) {
      if (simulation.slots.length >= 4) return false
      simulation.addSlot()
      return true
    },
  },
  {
    name: 'worker crashed',
    strike({ plan, slots, workers }) {
      const { process } = plan.one(slots)
      if (process.dead || process.paused) return false
      process.crashWorker(plan.below(workers))
      return true
    },
  },
  { name: 'batch lost between workers', strike: ({ plan, slots }) => plan.one(slots).process.threads.loseBatch() },
  {
    name: 'worker busy',
    strike(simulation) {
      const { threads } = simulation.plan.one(simulation.slots).process
      const worker = simulation.plan.below(simulation.workers)
      threads.stall(worker, true)
      simulation.meanwhile(simulation.plan.one([5, 100, 1_000]) * simulation.plan.next(), () => threads.stall(worker, false))
    },
  },
  {
    name: 'messages of a worker held up',
    early: true,
    strike(simulation) {
      const { plan, slots, workers, world } = simulation
      const { instance, process } = plan.one(slots)
      const { threads } = process
      const worker = plan.below(workers)
      const forMs = plan.one([100, 600, 4_000]) * (0.5 + plan.next())
      threads.holdUp(worker, plan.happens(0.7))
      simulation.meanwhile(forMs, () => threads.letGo(worker))
      // So that there is another attempt before they arrive.
      const another = plan.one(['crash', 'crash', 'expel', 'nothing'])
      world.after(plan.next() * forMs / 2, () => {
        if (!simulation.faulty) return
        if (another === 'crash' && !process.dead && !process.paused) process.crashWorker((worker + 1) % workers)
        else if (another === 'expel') world.kafka.expel(instance)
      })
    },
  },
  {
    name: 'request to Redis overtaken',
    early: true,
    strike({ plan, slots }) {
      plan.one(slots).process.redis.overtaken = true
    },
  },
  { name: 'connections to Redis cut', strike: ({ world }) => world.redis.cutAll() },
  { name: 'Redis killed', strike: (simulation) => crashRedis(simulation, false) },
  { name: 'Redis failed over', strike: (simulation) => crashRedis(simulation, true) },
  {
    name: 'Redis refused writes',
    strike(simulation) {
      const { plan, world } = simulation
      world.redis.model.refusal = plan.one(['READONLY', 'OOM'])
      simulation.meanwhile(plan.between(20, 1_500), () => {
        world.redis.model.refusal = undefined
      })
    },
  },
  {
    name: 'field taken by another program',
    strike(simulation) {
      const { auditor, plan, world } = simulation
      const log = plan.one(world.kafka.logs)
      const next = auditor.positions.get(log.name)?.next
      if (next === undefined) return false
      const offset = log.offsets(log.end).find((at) => at >= next && log.record(at)!.rare)
      if (offset === undefined) return false
      const field = `${log.partition}@${offset}`
      if (world.redis.life === undefined || world.redis.model.refusal !== undefined) return false
      world.redis.model.execute('HSET', [results.rare, field, trap], 'another program')
      simulation.pardon('MR_COMMIT_REFUSED')
      simulation.meanwhile(plan.between(100, 3_000), () => simulation.freeField(field))
      return true
    },
  },
  {
    name: 'network is bad',
    early: true,
    strike(simulation) {
      const { plan, world } = simulation
      world.weather = { lost: plan.one([0, 0.02, 0.1, 0.3]), late: plan.one([0, 0.05, 0.3]), lateMs: plan.one([20, 200, 3_000]), latencyMs: plan.one([1, 3, 30]) }
      simulation.meanwhile(plan.between(100, 5_000), () => {
        world.weather = calm
      })
    },
  },
  {
    name: 'coordinator away',
    strike(simulation) {
      const { plan, world } = simulation
      world.kafka.withoutCoordinator = true
      simulation.meanwhile(plan.between(50, 2_500), () => {
        world.kafka.withoutCoordinator = false
      })
    },
  },
  {
    name: 'member expelled',
    strike({ plan, slots, world }) {
      return world.kafka.expel(plan.one(slots).instance)
    },
  },
  {
    name: 'partition added',
    strike({ world }) {
      if (world.kafka.logs.length >= 6) return false
      world.kafka.addPartition()
      return true
    },
  },
  {
    name: 'broker shows an older state',
    strike(simulation) {
      const { plan, world } = simulation
      if (world.kafka.shown !== undefined) return false
      const shown = new Map(world.kafka.logs.map((log) => [log.name, log.end - Math.min(log.end - log.start, plan.below(12))]))
      world.kafka.shown = shown
      simulation.meanwhile(plan.between(50, 3_000), () => {
        world.kafka.shown = undefined
        world.kafka.appended()
      })
      return true
    },
  },
  { name: 'leader moved', strike: ({ plan, world }) => world.kafka.moveLeader(plan.below(world.kafka.logs.length)) },
  { name: 'records expired', strike: (simulation) => simulation.expireRecords() },
]

function restartLater(simulation: Simulation, end: (process: SimulatedProcess) => void): boolean {
  const { plan, slots, world } = simulation
  const slot = plan.one(slots)
  const { process } = slot
  if (process.dead) return false
  end(process)
  const other = plan.happens(0.3)
  world.after(plan.one([5, 100, 800, 4_000]) * (0.5 + plan.next()), () => {
    if (slot.process !== process) return
    if (other) {
      slot.instance = simulation.newName()
      slot.started = 0
    }
    simulation.start(slot)
  })
  return true
}

function crashRedis({ auditor, plan, world }: Simulation, failOver: boolean): boolean {
  const { redis } = world
  if (redis.life === undefined) return false
  const crash = (): void => redis.crash(plan.between(0, 800), plan.one([0, 0, 200]), failOver)
  if (failOver) {
    redis.keepOlder(auditor.positions)
    world.after(plan.one([5, 60, 500, 2_500]) * (0.5 + plan.next()), crash)
  } else crash()
  return true
}
