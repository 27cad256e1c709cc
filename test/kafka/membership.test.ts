import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { topologyAssignors } from '../../src/kafka/group-identity.ts'
import { Membership } from '../../src/kafka/membership.ts'
import type { MembershipListener } from '../../src/kafka/membership.ts'
import { ScriptedCoordinator } from './scripted-coordinator.ts'
import { settle } from './settle.ts'

let clock: ManualClock
let coordinator: ScriptedCoordinator
let counts: Map<string, number>
let heard: string[]
let lines: string[]
let drained: PromiseWithResolvers<void> | undefined
let membership: Membership

beforeEach(() => {
  clock = new ManualClock()
  counts = new Map([['orders', 2]])
  coordinator = new ScriptedCoordinator({ partitions: ['orders/0', 'orders/1'], counts: new Map(counts) })
  heard = []
  lines = []
  drained = undefined
  const listener: MembershipListener = {
    assigned: (partitions) => void heard.push(`assigned ${partitions.join(' ')}`),
    revoked: () => {
      heard.push('revoked')
      return drained?.promise ?? Promise.resolve()
    },
    lost: () => void heard.push('lost'),
    failed: ({ code }) => void heard.push(`failed ${code}`),
  }
  membership = new Membership({
    coordinator,
    counts: async () => new Map(counts),
    member: { group: 'shop', instance: 'host-a', assignors: topologyAssignors, topics: ['orders'], heartbeatMs: 3_000, sessionTimeoutMs: 10_000, releaseBudgetMs: 45_000, startTimeoutMs: 10_000 },
    metadataRefreshMs: 30_000,
    listener,
    clock,
    log: { ...silentLogger, warn: (message) => void lines.push(message) },
  }, counts)
})

/** Lets the time pass as the system would: timer by timer, with what follows from each. */
async function pass(ms: number): Promise<void> {
  const until = clock.monotonic() + ms
  for (;;) {
    await settle()
    const next = clock.nextTimerMs()
    if (next === undefined || clock.monotonic() + next > until) break
    clock.advance(next)
  }
  clock.advance(until - clock.monotonic())
  await settle()
}

describe('a membership', () => {
  test('is open with its first assignment', async () => {
    await membership.open()
    expect(coordinator.calls).toEqual(['join', 'sync'])
    expect(heard).toEqual(['assigned orders/0 orders/1'])
    expect(membership.seat).toEqual({ memberId: 'member', generation: 1 })
  })

  test('sends heartbeats also while nothing is read', async () => {
    await membership.open()
    await pass(30_000)
    expect(coordinator.calls.filter((call) => call === 'heartbeat')).toHaveLength(10)
    expect(heard).toHaveLength(1)
  })

  test('awaits the drain before it joins the rebalance', async () => {
    await membership.open()
    drained = Promise.withResolvers()
    coordinator.fail('heartbeat', 'REBALANCE_IN_PROGRESS')
    await pass(4_000)
    expect(heard.at(-1)).toBe('revoked')
    expect(coordinator.calls.filter((call) => call === 'join')).toHaveLength(1)
    coordinator.generation = 2
    coordinator.assignment = { partitions: ['orders/1'], counts }
    drained.resolve()
    await settle()
    expect(heard.at(-1)).toBe('assigned orders/1')
    expect(membership.seat).toEqual({ memberId: 'member', generation: 2 })
  })

  test('a listener that fails to drain does not hold up the group', async () => {
    await membership.open()
    drained = Promise.withResolvers()
    coordinator.fail('heartbeat', 'REBALANCE_IN_PROGRESS')
    await pass(4_000)
    drained.reject(new Error('no Redis'))
    await settle()
    expect(heard).toEqual(['assigned orders/0 orders/1', 'revoked', 'assigned orders/0 orders/1'])
  })

  test('asks for new partitions and is given them', async () => {
    await membership.open()
    counts.set('orders', 3)
    coordinator.assignment = { partitions: ['orders/0', 'orders/1', 'orders/2'], counts }
    await pass(30_000)
    expect(heard).toEqual(['assigned orders/0 orders/1', 'revoked', 'assigned orders/0 orders/1 orders/2'])
  })

  test('outlives a coordinator that restarts, warning once in ten seconds', async () => {
    await membership.open()
    for (let i = 0; i < 6; i++) coordinator.fail('heartbeat', 'CONNECTION', true)
    await pass(20_000)
    expect(heard).toEqual(['assigned orders/0 orders/1'])
    expect(lines).toHaveLength(1)
  })

  test('tells the listener what cannot pass, once it is open', async () => {
    await membership.open()
    coordinator.fail('heartbeat', 'FENCED_INSTANCE_ID')
    await pass(3_000)
    expect(heard.at(-1)).toBe('failed MR_INSTANCE_STOLEN')
    expect(clock.nextTimerMs()).toBeUndefined()
  })

  test('rejects its opening with what cannot pass before', async () => {
    coordinator.fail('join', 'GROUP_AUTHORIZATION_FAILED')
    await expect(membership.open()).rejects.toMatchObject({ code: 'MR_KAFKA_AUTHORIZATION' })
    expect(heard).toEqual([])
  })

  test('leaves when closed and lets no timer run on', async () => {
    await membership.open()
    await membership.close()
    expect(coordinator.calls.at(-1)).toBe('leave member')
    expect(clock.nextTimerMs()).toBeUndefined()
    expect(membership.seat).toBeUndefined()
  })

  test('closing ends an opening that still waits for the group', async () => {
    coordinator.fail('join', 'never')
    const opening = membership.open()
    await membership.close()
    await opening
    expect(coordinator.calls).toEqual(['join', 'leave '])
    expect(heard).toEqual([])
  })

  test('closes also when the group cannot be left', async () => {
    await membership.open()
    coordinator.fail('leave', 'CONNECTION', true)
    await membership.close()
  })
})
