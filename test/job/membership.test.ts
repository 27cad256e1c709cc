import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { assigned, killSources, names, startKept, startMember } from '../support/members.ts'
import { addPartitions, createTopic } from '../support/topics.ts'

afterEach(killSources)

describe('processes of one topology', () => {
  const brokers = inject('kafkaBrokers')

  test('one that was killed with -9 has its partitions back within a second, without a rebalance for the others', async () => {
    await createTopic(brokers, 'kill', 4)
    const other = startMember(brokers, 'kill', 'b')
    await other.next(assigned(4), 0)
    let killed = startMember(brokers, 'kill', 'a')
    await killed.next(assigned(2), 0)
    await other.next(assigned(2), 0)
    const { partitions } = killed
    const heardBefore = names(other)
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      await killed.kill()
      killed = startMember(brokers, 'kill', 'a')
      const { at } = await killed.next(assigned(2), 0)
      expect(killed.partitions).toEqual(partitions)
      times.push(at - killed.events[0]!.at)
    }
    expect(names(other)).toEqual(heardBefore)
    console.log(`back after ${times.join(', ')} ms`)
    expect(Math.max(...times)).toBeLessThan(1_000)
  })

  test('a second one takes half of the partitions, the first keeps the rest, and gets all back when the second ends', async () => {
    await createTopic(brokers, 'share', 6)
    const first = startMember(brokers, 'share', 'a')
    await first.next(assigned(6), 0)
    const second = startMember(brokers, 'share', 'b')
    await Promise.all([second.next(assigned(3), 0), first.next(assigned(3), 0)])
    expect([...first.partitions, ...second.partitions].sort()).toEqual(Array.from({ length: 6 }, (_, i) => `share/${i}`))
    expect(names(first)).toEqual(['start', 'assigned', 'revoked', 'assigned'])
    const back = first.next(assigned(6))
    const closedAt = Date.now()
    await second.close()
    console.log(`taken over after ${(await back).at - closedAt} ms`)
  })

  test('a second one under the same name stops the first', async () => {
    await createTopic(brokers, 'steal', 1)
    const first = startMember(brokers, 'steal', 'a')
    await first.next(assigned(1), 0)
    const thief = startMember(brokers, 'steal', 'a')
    await thief.next(assigned(1), 0)
    expect(await first.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_INSTANCE_STOLEN', remedy: expect.stringContaining('--instance NAME') as string })
    await first.close()
    const after = thief.events.length
    await startMember(brokers, 'steal', 'b').next(assigned(0), 0)
    await thief.next(assigned(1), after)
  })

  test('partitions that are added are shared out, also when the process that led was restarted', async () => {
    await createTopic(brokers, 'grow', 2)
    const refresh = { metadataRefreshMs: 500 }
    const leader = startMember(brokers, 'grow', 'a', refresh)
    await leader.next(assigned(2), 0)
    await leader.kill()
    const restarted = startMember(brokers, 'grow', 'a', refresh)
    await restarted.next(assigned(2), 0)
    await addPartitions(brokers, 'grow', 5)
    await restarted.next(assigned(5), 0)
    expect(names(restarted)).toEqual(['start', 'assigned', 'revoked', 'assigned'])
  })

  test('one that starts again to read another topic is given that one', async () => {
    await createTopic(brokers, 'old', 1)
    await createTopic(brokers, 'new', 2)
    const membership = { heartbeatMs: 500 }
    const common = { topology: 'topology-renamed', instance: 'a', kafka: { brokers, membership } }
    const spout = { start: 'earliest', seeks: {}, isolation: 'read_committed' } as const
    const before = startKept({ ...common, spout: { ...spout, topics: ['old'] } })
    await before.next(assigned(1), 0)
    await before.kill()
    const after = startKept({ ...common, spout: { ...spout, topics: ['new'] } })
    await after.next(({ event }) => event === 'assigned', 0)
    expect(after.partitions).toEqual(['new/0', 'new/1'])
  })

  test('a topic that does not exist stops the start and is not created', async () => {
    const source = startMember(brokers, 'missing', 'a')
    expect(await source.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
    const again = startMember(brokers, 'missing', 'a')
    expect(await again.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
  })

  test('one that is frozen beyond its session loses its partitions to the others, and comes back', async () => {
    await createTopic(brokers, 'freeze', 2)
    const session = { sessionTimeoutMs: 6_000 }
    const frozen = startMember(brokers, 'freeze', 'a', session)
    await frozen.next(assigned(2), 0)
    const other = startMember(brokers, 'freeze', 'b', session)
    await Promise.all([frozen.next(assigned(1), 0), other.next(assigned(1), 0)])
    await frozen.kill('SIGSTOP')
    await other.next(assigned(2), 0)
    const after = other.events.length
    await frozen.kill('SIGCONT')
    await frozen.next(({ event }) => event === 'lost', 0)
    await Promise.all([frozen.next(assigned(1)), other.next(assigned(1), after)])
  })
})

describe('a Kafka that goes away', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka()
    await createTopic(kafka.brokers, 'orders', 2)
  })

  afterAll(async () => {
    await kafka.stop()
  })

  test('and comes back within the session leaves everybody where they were', async () => {
    const source = startMember(kafka.brokers, 'orders', 'a', { sessionTimeoutMs: 30_000 })
    await source.next(assigned(2), 0)
    await kafka.kill()
    await kafka.start()
    const other = startMember(kafka.brokers, 'orders', 'b', { sessionTimeoutMs: 30_000 })
    await Promise.all([other.next(assigned(1), 0), source.next(assigned(1), 0)])
    expect(names(source)).toEqual(['start', 'assigned', 'revoked', 'assigned'])
    await Promise.all([source.close(), other.close()])
  })

  test('for longer than the session is lost and found again', async () => {
    const source = startMember(kafka.brokers, 'orders', 'c', { sessionTimeoutMs: 6_000 })
    await source.next(({ event }) => event === 'assigned', 0)
    await kafka.kill()
    await source.next(({ event }) => event === 'lost', 0)
    const after = source.events.length
    await kafka.start()
    await source.next(({ event }) => event === 'assigned', after)
    await source.close()
  })

  test('before the start is named after the start timeout', async () => {
    await kafka.kill()
    const source = startKept({
      topology: 'nobody', instance: 'a', kafka: { brokers: kafka.brokers, connectionTimeoutMs: 500 },
      spout: { topics: ['orders'], start: 'earliest', seeks: {}, isolation: 'read_committed' },
    })
    expect(await source.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' })
    await kafka.start()
  })
})
