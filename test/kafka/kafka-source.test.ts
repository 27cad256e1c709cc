import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { MillraceError } from '../../src/errors.ts'
import type { TopicDescription } from '../../src/kafka/kafka-access.ts'
import { topologyAssignors } from '../../src/kafka/group-identity.ts'
import { KafkaSource } from '../../src/kafka/kafka-source.ts'
import type { KafkaSourceOptions } from '../../src/kafka/source-options.ts'
import type { ConnectorContext, StartWish } from '../../src/topology/connector.ts'
import type { Generation } from '../../src/topology/generations.ts'
import type { SourceListener } from '../../src/topology/source.ts'
import { LogInMemory } from './log-in-memory.ts'
import { ScriptedCoordinator } from './scripted-coordinator.ts'
import { settle } from './settle.ts'

let clock: ManualClock
let coordinator: ScriptedCoordinator
let topics: Map<string, TopicDescription>
let disconnected: boolean
let heard: string[]
let revoked: () => Promise<void>

const listener: SourceListener = {
  assigned: (partitions) => void heard.push(partitions.map(({ component, partition }) => `${component}:${partition}`).join(' ')),
  revoked: () => revoked(),
  lost: () => void heard.push('lost'),
  failed: ({ code }) => void heard.push(code),
}

beforeEach(() => {
  clock = new ManualClock()
  const counts = new Map([['orders', 2], ['clicks', 1]])
  coordinator = new ScriptedCoordinator({ partitions: ['orders/0', 'orders/1', 'clicks/0'], counts })
  topics = new Map([...counts].map(([topic, partitions]) => [topic, { error: undefined, partitions }]))
  disconnected = false
  heard = []
  revoked = async () => void heard.push('revoked')
})

function spout(component: string, options: Partial<KafkaSourceOptions>): ConnectorContext['components'][number] {
  return { component, tasks: 1, options: { topics: [], start: 'earliest', seeks: {}, isolation: 'read_committed', ...options } }
}

const both = [spout('lines', { topics: ['orders'] }), spout('pages', { topics: ['clicks'] })]

function source(components = both, start: StartWish = {}, opening: Promise<void> = Promise.resolve(), generation: Generation = 'live'): KafkaSource {
  const context: ConnectorContext = {
    topology: 'shop', fingerprint: '', code: '', generation, instance: 'host-a', connections: { kafka: { brokers: ['broker:9092'] } }, start, components, clock, log: silentLogger,
  }
  const log = new LogInMemory({ 'orders/0': { earliest: 5, latest: 10 }, 'orders/1': { earliest: 0, latest: 3 }, 'clicks/0': { earliest: 0, latest: 0 } })
  return new KafkaSource(context, { group: 'shop', instance: 'host-a', assignors: topologyAssignors }, () => opening.then(() => ({
    at: 'broker:9092',
    coordinator,
    log,
    describe: async (asked) => new Map(asked.map((topic) => [topic, topics.get(topic) ?? { error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: 0 }])),
    topics: async () => [...topics.keys()],
    disconnect: () => {
      disconnected = true
    },
  })))
}

/** Moves the clock until the promise has settled. */
async function outcome<Value>(promise: Promise<Value>): Promise<Value | MillraceError> {
  let settled: Value | MillraceError | undefined
  let open = true
  promise.then((value) => (settled = value), (error: unknown) => (settled = error as MillraceError)).finally(() => {
    open = false
  })
  for (await settle(); open; await settle()) clock.advance(clock.nextTimerMs()!)
  return settled!
}

async function failure(promise: Promise<unknown>): Promise<MillraceError> {
  const error = await outcome(promise)
  if (!(error instanceof MillraceError)) throw new Error('it did not fail')
  return error
}

describe('opening', () => {
  test('assigns the partitions of all Kafka spouts in one membership, each with its spout', async () => {
    await source().open(listener)
    expect(heard).toEqual(['lines:orders/0 lines:orders/1 pages:clicks/0'])
    expect(coordinator.calls).toEqual(['join', 'sync'])
  })

  test('refuses two spouts on one topic', () => {
    expect(() => source([spout('lines', { topics: ['orders'] }), spout('others', { topics: ['clicks', 'orders'] })])).toThrow(expect.objectContaining({
      code: 'MR_TOPOLOGY_INVALID', message: 'the spouts lines and others both read the topic orders',
    }))
  })

  test('names the topic that was probably meant when one does not exist', async () => {
    const error = await failure(source([spout('lines', { topics: ['oders'] })]).open(listener))
    expect(error).toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN', message: 'there is no topic oders; did you mean orders?' })
    expect(error.remedy).toContain('millrace topics create oders')
    expect(disconnected).toBe(true)
  })

  test('names no other topic when none is close', async () => {
    expect((await failure(source([spout('lines', { topics: ['weather'] })]).open(listener))).message).toBe('there is no topic weather')
  })

  test('waits for a topic that was just created', async () => {
    topics.delete('orders')
    const opening = source().open(listener)
    await settle()
    topics.set('orders', { error: undefined, partitions: 2 })
    await outcome(opening)
    expect(heard).toHaveLength(1)
  })

  test('names the right that is lacking on a topic', async () => {
    topics.set('orders', { error: 'TOPIC_AUTHORIZATION_FAILED', partitions: 0 })
    expect(await failure(source().open(listener))).toMatchObject({ code: 'MR_KAFKA_AUTHORIZATION', message: 'the user lacks the right Describe on the topic orders' })
  })

  test('names the right that is lacking on the group', async () => {
    coordinator.fail('join', 'GROUP_AUTHORIZATION_FAILED')
    expect(await failure(source().open(listener))).toMatchObject({ code: 'MR_KAFKA_AUTHORIZATION', message: 'the user lacks the right Read on the consumer group shop' })
  })

  test('gives up on topics without leaders', async () => {
    topics.set('orders', { error: 'LEADER_NOT_AVAILABLE', partitions: 0 })
    expect(await failure(source().open(listener))).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE', place: { at: 'broker:9092' } })
    expect(clock.monotonic()).toBeGreaterThan(8_000)
  })

  test('refuses an offset for a partition that does not exist', async () => {
    expect(await failure(source(both, { seek: { 'orders/2': 0 } }).open(listener))).toMatchObject({
      code: 'MR_OFFSET_OUT_OF_RANGE', message: 'an offset is given for orders/2, but orders has 2 partitions, counted from 0',
    })
    expect(await failure(source([spout('lines', { topics: ['clicks'], seeks: { 'clicks/1': 0 } })]).open(listener))).toMatchObject({
      code: 'MR_OFFSET_OUT_OF_RANGE', message: 'an offset is given for clicks/1, but clicks has 1 partition, counted from 0',
    })
  })

  test('refuses an offset for a topic that nobody reads', async () => {
    expect(await failure(source(both, { seek: { 'weather/0': 0 } }).open(listener))).toMatchObject({
      code: 'MR_OPTIONS_INVALID', message: 'an offset is given for weather/0, but no spout reads that topic',
    })
  })

  test('ends when closed while no broker answers, and lets go of one that does later', async () => {
    const reached = Promise.withResolvers<void>()
    const late = source(both, {}, reached.promise)
    const opening = late.open(listener)
    await late.close()
    await opening
    reached.resolve()
    await settle()
    expect(disconnected).toBe(true)
    expect(heard).toEqual([])
  })

  test('ends when closed while topics are looked up', async () => {
    topics.delete('orders')
    const waiting = source()
    const opening = waiting.open(listener)
    await settle()
    await waiting.close()
    await opening
    expect(disconnected).toBe(true)
  })
})

describe('an open source', () => {
  test('answers questions about its partitions', async () => {
    const open = source(both, { seek: { 'orders/0': 7 } })
    await open.open(listener)
    expect(await open.ranges(['orders/0'])).toEqual(new Map([['orders/0', { earliest: 5, latest: 10 }]]))
    expect(await open.startOffsets(['orders/0', 'clicks/0'], true)).toEqual(new Map([['orders/0', 7], ['clicks/0', 0]]))
    expect(await open.wished(['orders/0', 'orders/1'])).toEqual(new Map([['orders/0', 7]]))
  })

  test('reads what was mirrored, through a coordinator that is still loading', async () => {
    const open = source()
    await open.open(listener)
    coordinator.stored.set('orders/1', 2)
    coordinator.fail('committed', 'GROUP_LOAD_IN_PROGRESS', true)
    expect(await outcome(open.mirrored(['orders/0', 'orders/1']))).toEqual(new Map([['orders/1', 2]]))
  })

  test('mirrors the last positions of a drain with the generation they were made in', async () => {
    const open = source()
    await open.open(listener)
    revoked = async () => open.mirror([{ partition: 'orders/0', offset: 9 }])
    coordinator.fail('heartbeat', 'REBALANCE_IN_PROGRESS')
    coordinator.generation = 2
    coordinator.assignment = { ...coordinator.assignment, partitions: ['orders/1'] }
    clock.advance(3_000)
    await settle()
    expect(coordinator.commits).toEqual([{ seat: { memberId: 'member', generation: 1 }, positions: [{ partition: 'orders/0', offset: 9 }] }])
    expect(coordinator.calls.indexOf('commit')).toBeLessThan(coordinator.calls.lastIndexOf('join'))
    expect(heard.at(-1)).toBe('lines:orders/1')
  })

  test('mirrors nothing of a partition that went to others', async () => {
    const open = source()
    await open.open(listener)
    coordinator.fail('heartbeat', 'REBALANCE_IN_PROGRESS')
    coordinator.assignment = { ...coordinator.assignment, partitions: ['orders/1'] }
    clock.advance(3_000)
    await settle()
    open.mirror([{ partition: 'orders/0', offset: 9 }])
    clock.advance(1_000)
    expect(coordinator.commits).toEqual([])
  })

  test('gives up at the start on a coordinator that does not answer', async () => {
    const open = source()
    await open.open(listener)
    for (let i = 0; i < 100; i++) coordinator.fail('committed', 'COORDINATOR_LOAD_IN_PROGRESS', true)
    expect(await failure(open.mirrored(['orders/1']))).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' })
  })

  test('waits for it however long that takes once it has answered', async () => {
    const open = source()
    await open.open(listener)
    await open.mirrored(['orders/1'])
    coordinator.stored.set('orders/1', 2)
    for (let i = 0; i < 200; i++) coordinator.fail('committed', 'COORDINATOR_LOAD_IN_PROGRESS', true)
    expect(await outcome(open.mirrored(['orders/1']))).toEqual(new Map([['orders/1', 2]]))
    expect(clock.monotonic()).toBeGreaterThan(120_000)
  })

  test('waits for nothing more when it is closed', async () => {
    const open = source()
    await open.open(listener)
    await open.mirrored(['orders/1'])
    for (let i = 0; i < 200; i++) coordinator.fail('committed', 'COORDINATOR_LOAD_IN_PROGRESS', true)
    const asked = failure(open.mirrored(['orders/1']))
    await outcome(open.close())
    expect(await asked).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' })
  })

  test('of what is built beside the live results neither mirrors nor looks at what was mirrored', async () => {
    const open = source(both, {}, Promise.resolve(), 'replay')
    await open.open(listener)
    coordinator.stored.set('orders/1', 2)
    expect(await open.mirrored(['orders/0', 'orders/1'])).toEqual(new Map())
    open.mirror([{ partition: 'orders/0', offset: 9 }])
    await outcome(open.close())
    expect(coordinator.commits).toEqual([])
  })

  test('a mirror that fails stops nothing', async () => {
    const open = source()
    await open.open(listener)
    coordinator.fail('commit', 'GROUP_AUTHORIZATION_FAILED')
    open.mirror([{ partition: 'orders/0', offset: 9 }])
    clock.advance(1_000)
    await settle()
    expect(heard).toHaveLength(1)
  })

  test('takes a topic that seems to have shrunk for a broker that does not know yet', async () => {
    await source().open(listener)
    topics.set('orders', { error: undefined, partitions: 1 })
    topics.set('clicks', { error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: 0 })
    for (let i = 0; i < 40; i++) {
      clock.advance(1_000)
      await settle()
    }
    expect(heard).toHaveLength(1)
  })

  test('flushes its mirror, leaves and disconnects when closed, once', async () => {
    const open = source()
    await open.open(listener)
    open.mirror([{ partition: 'orders/0', offset: 9 }])
    await open.close()
    await open.close()
    expect(coordinator.calls.slice(-2)).toEqual(['commit', 'leave member'])
    expect(disconnected).toBe(true)
    expect(clock.nextTimerMs()).toBeUndefined()
  })
})
