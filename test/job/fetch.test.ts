import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaSpout } from '../../src/kafka/index.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { reading, values } from '../support/spout-reader.ts'
import { createTopic, endOffsets, produce } from '../support/topics.ts'

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i} to be or not to be`)
}

describe('one broker', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka()
  })
  afterAll(() => kafka.stop())

  test('transactions: aborted records are not seen, committed ones are, markers are passed over', async () => {
    await createTopic(kafka.brokers, 'transactions', 1)
    const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } })
    const producer = client.producer({ transactionalId: 'fetch-test', idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const expected: string[] = []
    for (let i = 0; i < 20; i++) {
      const transaction = await producer.transaction()
      const messages = [`${i} a`, `${i} b`].map((value) => ({ value }))
      await transaction.send({ topic: 'transactions', messages })
      if (i % 3 === 0) await transaction.abort()
      else {
        await transaction.commit()
        expected.push(...messages.map((message) => message.value))
      }
    }
    await producer.disconnect()
    const end = (await endOffsets(kafka.brokers, 'transactions'))[0]!
    expect(end).toBe(60)
    const committed = await reading(kafkaSpout({ topic: 'transactions', value: 'utf8' }), kafka.brokers, { 'transactions/0': 0 }, { 'transactions/0': end })
    expect(values(await committed.until(() => false))).toEqual(expected)
    expect(committed.task.positions()).toEqual([{ partition: 'transactions/0', offset: end }])
    const all = await reading(kafkaSpout({ topic: 'transactions', value: 'utf8', isolation: 'read_uncommitted' }), kafka.brokers, { 'transactions/0': 0 }, { 'transactions/0': end })
    expect(await all.until(() => false)).toHaveLength(40)
  })

  test('a record larger than what one partition may bring, beside others', async () => {
    await createTopic(kafka.brokers, 'large', 2, { 'max.message.bytes': '4000000' })
    const large = 'x'.repeat(2_000_000)
    for (const partition of [0, 1]) {
      await produce(kafka.brokers, 'large', [{ partition, value: 'before' }, { partition, value: 'and' }])
      await produce(kafka.brokers, 'large', [{ partition, value: large }])
      await produce(kafka.brokers, 'large', [{ partition, value: 'after' }])
    }
    const reader = await reading(kafkaSpout({ topic: 'large', value: 'utf8', fetch: { maxPartitionBytes: 1_000 } }), kafka.brokers, { 'large/0': 0, 'large/1': 0 }, { 'large/0': 4, 'large/1': 4 })
    const tuples = await reader.until(() => false)
    for (const partition of [0, 1]) expect(values(tuples.filter((tuple) => tuple['partition'] === partition))).toEqual(['before', 'and', large, 'after'])
  })

  test('offsets that are not in the log, topics that do not exist', async () => {
    await createTopic(kafka.brokers, 'short', 1)
    await produce(kafka.brokers, 'short', [{ value: 'a' }])
    const beyond = await reading(kafkaSpout({ topic: 'short', value: 'utf8' }), kafka.brokers, { 'short/0': 9 })
    await expect(beyond.until(() => false)).rejects.toMatchObject({ code: 'MR_OFFSET_OUT_OF_RANGE', message: 'offset 9 is not in the log, which holds 0 to 1' })
    const missing = await reading(kafkaSpout({ topic: 'missing', value: 'utf8' }), kafka.brokers, { 'missing/0': 0 })
    await expect(missing.until(() => false)).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
  })

  test('a broker killed with -9 while records are read and written: each comes once, in order', async () => {
    await createTopic(kafka.brokers, 'restart', 1, { 'flush.messages': '1' })
    const expected = numbered('line', 200)
    await produce(kafka.brokers, 'restart', expected.slice(0, 100).map((value) => ({ value })))
    const reader = await reading(kafkaSpout({ topic: 'restart', value: 'utf8' }), kafka.brokers, { 'restart/0': 0 })
    await reader.until((tuples) => tuples.length >= 100)
    await kafka.kill('SIGKILL')
    await kafka.start()
    await produce(kafka.brokers, 'restart', expected.slice(100).map((value) => ({ value })))
    expect(values(await reader.until((tuples) => tuples.length >= 200))).toEqual(expected)
    expect(reader.task.positions()).toEqual([{ partition: 'restart/0', offset: 200 }])
  })
})
