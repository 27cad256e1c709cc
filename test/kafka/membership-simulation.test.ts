import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { GroupCoordinator } from '../../src/kafka/group-coordinator.ts'
import { topologyAssignors } from '../../src/kafka/group-identity.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import { Membership } from '../../src/kafka/membership.ts'
import { GroupModel } from './group-model.ts'
import { settle } from './settle.ts'

const sessionMs = 10_000
const rebalanceMs = 60_000

/** A process on its way through faults; everything it knows of time and network passes through here. */
class Process {
  holding = new Set<string>()
  failed: string | undefined
  /** Time stands still in a frozen process, and what arrives waits. */
  frozen = false
  dead = false
  leaving = false
  /** No request and no answer comes through. */
  cutOff = false
  drainMs = 50
  readonly #late: (() => void)[] = []
  readonly #membership: Membership
  readonly #world: World

  constructor(world: World, instance: string) {
    this.#world = world
    const clock: Clock = {
      now: () => world.clock.now(),
      monotonic: () => world.clock.monotonic(),
      setTimer: (ms, call) => world.clock.setTimer(ms, () => this.#inside(call)),
    }
    this.#membership = new Membership({
      coordinator: this.#coordinator(instance),
      counts: async () => new Map(world.counts),
      member: { group: 'shop', instance, assignors: topologyAssignors, topics: [...world.counts.keys()], heartbeatMs: 3_000, sessionTimeoutMs: sessionMs, releaseBudgetMs: 45_000, startTimeoutMs: Infinity },
      metadataRefreshMs: 30_000,
      listener: {
        assigned: (partitions) => {
          expect(this.holding.size, 'partitions were assigned on top of others').toBe(0)
          // a drain that took too long may still be at work on the old ones
          this.holding = new Set(partitions)
        },
        revoked: () => new Promise((resolve) => {
          const drained = this.holding
          clock.setTimer(this.drainMs, () => {
            drained.clear()
            resolve()
          })
        }),
        lost: () => this.holding.clear(),
        failed: ({ code }) => {
          this.holding.clear()
          this.failed = code
        },
      },
      clock,
      log: silentLogger,
    }, new Map(world.counts))
    this.#membership.open().catch((error: { code: string }) => {
      this.failed = error.code
    })
  }

  thaw(): void {
    this.frozen = false
    for (const call of this.#late.splice(0)) call()
  }

  kill(): void {
    this.dead = true
    this.holding.clear()
  }

  async close(): Promise<void> {
    this.holding.clear()
    this.leaving = true
    await this.#membership.close()
    this.dead = true
  }

  #inside(call: () => void): void {
    if (this.dead) return
    if (this.frozen) this.#late.push(call)
    else call()
  }

  #coordinator(instance: string): GroupCoordinator {
    const { group } = this.#world
    return {
      join: (request) => this.#exchange(() => group.join(instance, request), rebalanceMs + 5_000),
      sync: (seat, assignments) => this.#exchange(() => group.sync(instance, seat, assignments), rebalanceMs + 5_000),
      heartbeat: (seat) => this.#exchange(async () => group.heartbeat(instance, seat), sessionMs / 3),
      leave: (memberId) => this.#exchange(async () => group.leave(instance, memberId), 5_000),
      commit: async () => {},
      committed: async () => new Map(),
    }
  }

  /** There and back with a latency each; a lost request or answer is a timeout. */
  #exchange<Answer>(request: () => Promise<Answer>, timeoutMs: number): Promise<Answer> {
    const { clock, latencyMs } = this.#world
    return new Promise((resolve, reject) => {
      const answer = (call: () => void): void => {
        clock.setTimer(latencyMs(), () => {
          if (!this.cutOff) this.#inside(call)
        })
      }
      clock.setTimer(timeoutMs, () => this.#inside(() => reject(new KafkaFailure('TIMEOUT', 'no answer', true))))
      clock.setTimer(latencyMs(), () => {
        if (this.cutOff) return
        // what a killed process has sent still arrives
        const answered = async (): Promise<Answer> => request()
        answered().then(
          (value) => answer(() => resolve(value)),
          (error: KafkaFailure) => answer(() => reject(error)),
        )
      })
    })
  }
}

class World {
  readonly clock = new ManualClock()
  readonly group = new GroupModel(this.clock, sessionMs, rebalanceMs)
  readonly counts = new Map([['orders', 3], ['clicks', 2]])
  readonly processes = new Map<string, Process>()
  readonly latencyMs: () => number
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.latencyMs = () => {
      this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
      return 1 + this.#seed % 40
    }
  }

  get alive(): Process[] {
    return [...this.processes.values()].filter(({ dead, leaving, failed }) => !dead && !leaving && failed === undefined)
  }

  async start(instance: string): Promise<void> {
    if (this.alive.some((process) => process === this.processes.get(instance))) return
    // a process takes longer to start than the last request of its predecessor to arrive
    await this.pass(100)
    this.processes.set(instance, new Process(this, instance))
  }

  async pass(ms: number): Promise<void> {
    const until = this.clock.monotonic() + ms
    for (;;) {
      await settle()
      const next = this.clock.nextTimerMs()
      if (next !== 0) this.#check()
      if (next === undefined || this.clock.monotonic() + next > until) break
      this.clock.advance(next)
    }
    this.clock.advance(until - this.clock.monotonic())
  }

  /** A frozen process believes in what it had; Redis fences it. All others must never overlap. */
  #check(): void {
    const holders = new Map<string, Process>()
    for (const process of this.alive.filter(({ frozen }) => !frozen)) {
      for (const partition of process.holding) {
        expect(holders.has(partition), `${partition} is held twice`).toBe(false)
        holders.set(partition, process)
      }
    }
  }
}

const instance = fc.constantFrom('a', 'b', 'c', 'd')
const fault = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('start' as const), instance }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'close' as const, 'freeze' as const, 'thaw' as const, 'cut' as const, 'mend' as const), instance }) },
  fc.record({ kind: fc.constant('slow' as const), instance, drainMs: fc.constantFrom(0, 2_000, 50_000) }),
  fc.record({ kind: fc.constant('grow' as const), instance }),
)
const story = fc.array(fc.record({ fault, thenMs: fc.constantFrom(0, 10, 100, 1_000, 3_000, 12_000, 40_000) }), { minLength: 3, maxLength: 25 })

async function live(world: World, steps: (typeof story extends fc.Arbitrary<infer Story> ? Story : never)): Promise<void> {
  for (const { fault, thenMs } of steps) {
    const process = world.processes.get(fault.instance)
    if (fault.kind === 'start') await world.start(fault.instance)
    else if (fault.kind === 'grow') world.counts.set('orders', world.counts.get('orders')! + 1)
    else if (process !== undefined && !process.dead) {
      if (fault.kind === 'kill') process.kill()
      else if (fault.kind === 'close') void process.close()
      else if (fault.kind === 'freeze') process.frozen = true
      else if (fault.kind === 'thaw') process.thaw()
      else if (fault.kind === 'slow') ({ drainMs: process.drainMs } = fault)
      else process.cutOff = fault.kind === 'cut'
    }
    await world.pass(thenMs)
  }
}

describe('several processes, a network and a group, under faults', () => {
  test('never read a partition at the same time, and end up reading each exactly once', async () => {
    let rebalances = 0
    await fc.assert(fc.asyncProperty(fc.nat(), story, async (seed, steps) => {
      const world = new World(seed)
      await live(world, steps)
      for (const process of world.processes.values()) {
        process.cutOff = false
        process.drainMs = 50
        if (process.frozen) process.thaw()
      }
      await world.start('a')
      await world.pass(300_000)
      const all = [...world.counts].flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => `${topic}/${partition}`))
      expect(world.alive.flatMap(({ holding }) => [...holding]).sort()).toEqual(all.sort())
      const sizes = world.alive.map(({ holding }) => holding.size)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      rebalances += world.group.rebalances
    }), { numRuns: 40 })
    expect(rebalances).toBeGreaterThan(60)
  })

  test('a killed process that starts again within its session disturbs nobody', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 6_000 }), fc.integer({ min: 0, max: 9_000 }), async (seed, afterMs, goneMs) => {
      const world = new World(seed)
      for (const name of ['a', 'b', 'c']) await world.start(name)
      await world.pass(20_000 + afterMs)
      const before = new Map([...world.processes].map(([name, { holding }]) => [name, [...holding].sort()]))
      const { rebalances } = world.group
      const goneBefore = world.clock.monotonic()
      world.processes.get('b')!.kill()
      // its last heartbeat may be three seconds old
      await world.pass(Math.min(goneMs, 6_000))
      await world.start('b')
      await world.pass(200)
      expect(world.clock.monotonic() - goneBefore).toBeLessThan(sessionMs)
      expect(new Map([...world.processes].map(([name, { holding }]) => [name, [...holding].sort()]))).toEqual(before)
      expect(world.group.rebalances).toBe(rebalances)
    }), { numRuns: 50 })
  })
})
