import { Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { connect } from '../../src/kafka/kafka-source.ts'
import type { KafkaSourceOptions } from '../../src/kafka/source-options.ts'
import type { StartWish } from '../../src/topology/connector.ts'
import type { Source } from '../../src/topology/source.ts'
import { createTopic, produce } from '../support/topics.ts'

const topic = 'positions'
const partitions = [`${topic}/0`, `${topic}/1`]
const brokers = inject('kafkaBrokers')
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
const begin = 1_700_000_000_000
const opened: Source[] = []

/** Partition 0 holds offsets 10 to 20, of which an open transaction holds back those from 18; partition 1 is empty. */
beforeAll(async () => {
  await createTopic(brokers, topic, 2)
  await produce(brokers, topic, Array.from({ length: 18 }, (_, i) => ({ partition: 0, value: String(i), timestamp: begin + i * 1_000 })))
  const admin = kafka.admin()
  await admin.connect()
  // kafkajs deletes only where it has looked before
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '10' }] })
  await admin.disconnect()
  const producer = kafka.producer({ transactionalId: 'positions', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ partition: 0, value: 'a' }, { partition: 0, value: 'b' }] })
  return async () => {
    await transaction.abort()
    await producer.disconnect()
  }
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((source) => source.close()))
})

async function open(spout: Partial<KafkaSourceOptions> = {}, start: StartWish = {}): Promise<Source> {
  const source = connect({
    topology: 'positions-topology',
    instance: 'a',
    fingerprint: '',
    code: '',
    generation: 'live',
    connections: { kafka: { brokers } },
    start,
    components: [{ component: 'lines', tasks: 1, options: { topics: [topic], start: 'earliest', seeks: {}, isolation: 'read_committed', ...spout } }],
    clock: systemClock,
    log: silentLogger,
  })
  opened.push(source)
  await source.open({ assigned: () => {}, revoked: async () => {}, lost: () => {}, failed: (error) => expect.fail(error.message) })
  return source
}

async function starts(spout: Partial<KafkaSourceOptions>, start: StartWish = {}): Promise<number[]> {
  const source = await open(spout, start)
  const offsets = await source.startOffsets(partitions, true)
  await source.close()
  return partitions.map((partition) => offsets.get(partition)!)
}

describe('positions in a real Kafka', () => {
  test('ranges end before an open transaction, unless it may be read', async () => {
    expect(await (await open()).ranges(partitions)).toEqual(new Map([[partitions[0], { earliest: 10, latest: 18 }], [partitions[1], { earliest: 0, latest: 0 }]]))
    expect((await (await open({ isolation: 'read_uncommitted' })).ranges(partitions)).get(partitions[0]!)).toEqual({ earliest: 10, latest: 20 })
  })

  test('partitions begin at either end, at a time, or at an offset', async () => {
    expect(await starts({ start: 'earliest' })).toEqual([10, 0])
    expect(await starts({ start: 'latest' })).toEqual([18, 0])
    expect(await starts({ start: { timestampMs: begin + 14_500 } })).toEqual([15, 0])
    expect(await starts({}, { from: { timestampMs: begin } })).toEqual([10, 0])
    expect(await starts({}, { from: { timestampMs: begin + 1_000_000 } })).toEqual([18, 0])
    expect(await starts({ seeks: { [partitions[0]!]: 12 } }, { from: 'latest' })).toEqual([12, 0])
  })

  test('an offset that retention has deleted is refused with what there is', async () => {
    await expect(starts({ seeks: { [partitions[0]!]: 9 } })).rejects.toMatchObject({ code: 'MR_OFFSET_OUT_OF_RANGE', message: `${partitions[0]} holds 10 to 18, wanted is 9` })
  })

  test('what is mirrored is seen by others in the consumer group, and where a spout may begin', async () => {
    const source = await open()
    expect(await source.mirrored(partitions)).toEqual(new Map())
    source.mirror([{ partition: partitions[0]!, offset: 16 }])
    await source.close()
    const admin = kafka.admin()
    await admin.connect()
    const [mirrored] = await admin.fetchOffsets({ groupId: 'positions-topology', topics: [topic] })
    await admin.disconnect()
    expect(mirrored!.partitions.find(({ partition }) => partition === 0)!.offset).toBe('16')
    expect(await (await open()).mirrored(partitions)).toEqual(new Map([[partitions[0], 16]]))
    expect(await starts({ start: 'committed' })).toEqual([16, 0])
  })
})
