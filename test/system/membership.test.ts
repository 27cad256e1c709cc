import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { startSource } from '../support/source-process.ts'
import type { SourceProcess } from '../support/source-process.ts'
import { addPartitions, createTopic } from '../support/topics.ts'

const started: SourceProcess[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((source) => source.kill()))
})

function start(brokers: readonly string[], topic: string, instance: string, membership: Readonly<Record<string, number>> = {}): SourceProcess {
  const source = startSource({
    topology: `topology-${topic}`,
    instance,
    kafka: { brokers, membership: { heartbeatMs: 500, ...membership } },
    spout: { topics: [topic], start: 'earliest', seeks: {}, isolation: 'read_committed' },
  })
  started.push(source)
  return source
}

function client(brokers: string[]): kafkajs.Kafka {
  return new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
}

/** Node id of the leader of the topic's first partition. */
async function leaderOf(brokers: string[], topic: string): Promise<number> {
  const admin = client(brokers).admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.disconnect()
  return topics[0]!.partitions[0]!.leader
}

const assigned = (count: number) => (event: SourceProcess['events'][number]): boolean => event.event === 'assigned' && event.partitions!.length === count
const names = (source: SourceProcess): string[] => source.events.map(({ event }) => event)

describe('processes of one topology', () => {
  const brokers = inject('kafkaBrokers')

  test('one that was killed with -9 has its partitions back within a second, without a rebalance for the others', async () => {
    await createTopic(brokers, 'kill', 4)
    const other = start(brokers, 'kill', 'b')
    await other.next(assigned(4), 0)
    let killed = start(brokers, 'kill', 'a')
    await killed.next(assigned(2), 0)
    await other.next(assigned(2), 0)
    const { partitions } = killed
    const heardBefore = names(other)
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      await killed.kill()
      killed = start(brokers, 'kill', 'a')
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
    const first = start(brokers, 'share', 'a')
    await first.next(assigned(6), 0)
    const second = start(brokers, 'share', 'b')
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
    const first = start(brokers, 'steal', 'a')
    await first.next(assigned(1), 0)
    const thief = start(brokers, 'steal', 'a')
    await thief.next(assigned(1), 0)
    expect(await first.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_INSTANCE_STOLEN', remedy: expect.stringContaining('--instance NAME') as string })
    await first.close()
    const after = thief.events.length
    await start(brokers, 'steal', 'b').next(assigned(0), 0)
    await thief.next(assigned(1), after)
  })

  test('partitions that are added are shared out, also when the process that led was restarted', async () => {
    await createTopic(brokers, 'grow', 2)
    const refresh = { metadataRefreshMs: 500 }
    const leader = start(brokers, 'grow', 'a', refresh)
    await leader.next(assigned(2), 0)
    await leader.kill()
    const restarted = start(brokers, 'grow', 'a', refresh)
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
    const before = startSource({ ...common, spout: { ...spout, topics: ['old'] } })
    started.push(before)
    await before.next(assigned(1), 0)
    await before.kill()
    const after = startSource({ ...common, spout: { ...spout, topics: ['new'] } })
    started.push(after)
    await after.next(({ event }) => event === 'assigned', 0)
    expect(after.partitions).toEqual(['new/0', 'new/1'])
  })

  test('a topic that does not exist stops the start and is not created', async () => {
    const source = start(brokers, 'missing', 'a')
    expect(await source.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
    const again = start(brokers, 'missing', 'a')
    expect(await again.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
  })

  test('one that is frozen beyond its session loses its partitions to the others, and comes back', async () => {
    await createTopic(brokers, 'freeze', 2)
    const session = { sessionTimeoutMs: 6_000 }
    const frozen = start(brokers, 'freeze', 'a', session)
    await frozen.next(assigned(2), 0)
    const other = start(brokers, 'freeze', 'b', session)
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
    const source = start(kafka.brokers, 'orders', 'a', { sessionTimeoutMs: 30_000 })
    await source.next(assigned(2), 0)
    await kafka.kill()
    await kafka.start()
    const other = start(kafka.brokers, 'orders', 'b', { sessionTimeoutMs: 30_000 })
    await Promise.all([other.next(assigned(1), 0), source.next(assigned(1), 0)])
    expect(names(source)).toEqual(['start', 'assigned', 'revoked', 'assigned'])
    await Promise.all([source.close(), other.close()])
  })

  test('for longer than the session is lost and found again', async () => {
    const source = start(kafka.brokers, 'orders', 'c', { sessionTimeoutMs: 6_000 })
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
    const source = startSource({
      topology: 'nobody', instance: 'a', kafka: { brokers: kafka.brokers, connectionTimeoutMs: 500 },
      spout: { topics: ['orders'], start: 'earliest', seeks: {}, isolation: 'read_committed' },
    })
    started.push(source)
    expect(await source.next(({ event }) => event === 'failed', 0)).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' })
    await kafka.start()
  })
})

test('a cluster that loses the broker which coordinates the group keeps everybody where they were', async () => {
  const kafka = await startKafka({ brokers: 3 })
  onTestFinished(() => kafka.stop())
  await createTopic(kafka.brokers, 'moves', 2, {}, 3)
  const source = start(kafka.brokers, 'moves', 'a', { sessionTimeoutMs: 30_000 })
  await source.next(assigned(2), 0)
  const coordinator = await leaderOf(kafka.brokers, '__consumer_offsets')
  await kafka.nodes.find(({ id }) => id === coordinator)!.kill()
  const other = start(kafka.brokers, 'moves', 'b', { sessionTimeoutMs: 30_000, startTimeoutMs: 60_000 })
  await Promise.all([other.next(assigned(1), 0), source.next(assigned(1), 0)])
  expect(names(source)).toEqual(['start', 'assigned', 'revoked', 'assigned'])
})

describe('a Kafka with access rights', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka({ config: { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'allow.everyone.if.no.acl.found': 'true' } })
    await createTopic(kafka.brokers, 'secret', 1)
    await createTopic(kafka.brokers, 'open', 1)
    // what has rights for somebody has none for others
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    const admin = client(kafka.brokers).admin()
    const right = { host: '*', operation: AclOperationTypes.READ, permissionType: AclPermissionTypes.ALLOW, principal: 'User:somebody', resourcePatternType: ResourcePatternTypes.LITERAL }
    await admin.createAcls({ acl: [
      { ...right, resourceType: AclResourceTypes.TOPIC, resourceName: 'secret' },
      { ...right, resourceType: AclResourceTypes.GROUP, resourceName: 'topology-open' },
    ] })
    await admin.disconnect()
  })

  afterAll(async () => {
    await kafka.stop()
  })

  test.for([['secret', '--operation Describe --topic secret'], ['open', '--operation Read --group topology-open']] as const)('names the right that is lacking to read %s', async ([topic, right]) => {
    const source = start(kafka.brokers, topic, 'a')
    const event = await source.next(({ event }) => event === 'failed', 0)
    expect(event.code).toBe('MR_KAFKA_AUTHORIZATION')
    expect(event.remedy).toContain(right)
  })
})
