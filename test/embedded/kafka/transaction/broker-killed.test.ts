import { Kafka, logLevel } from 'kafkajs'
import type { Producer, Transaction } from 'kafkajs'
import { expect, it } from 'vitest'
import { fetch } from '../../../../src/wire/api/fetch.ts'
import { committedValues } from '../../../support/committed-values.ts'
import { KafkaConnection } from '../../../support/kafka-connection.ts'
import { startKafka } from '../../../support/kafka-server.ts'
import { waitUntil } from '../../../support/wait-until.ts'

it('a transaction that was open when the broker was killed goes on to its end, and ends by its timeout when nobody ends it', async () => {
  const server = await startKafka({ own: true, config: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100' } })
  const client = new Kafka({ brokers: server.brokers, logLevel: logLevel.NOTHING, retry: { retries: 10, initialRetryTime: 10 } })
  const admin = client.admin()
  const producers: Producer[] = []
  /** One with a record in both partitions and an offset of a group. */
  const begin = async (transactionalId: string, transactionTimeout: number): Promise<Transaction> => {
    const producer = client.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, transactionTimeout })
    producers.push(producer)
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'out', messages: [0, 1].map((partition) => ({ partition, value: `${transactionalId} before` })) })
    await transaction.sendOffsets({ consumerGroupId: transactionalId, topics: [{ topic: 'out', partitions: [{ partition: 0, offset: '1' }] }] })
    return transaction
  }
  const stableOffset = async (): Promise<number> => {
    const connection = await KafkaConnection.open(Number(server.brokers[0]!.split(':')[1]))
    const { responses } = await connection.ask(fetch, { isolationLevel: 1, topics: [{ topic: 'out', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }] })
    connection.close()
    return responses[0]!.partitions[0]!.lastStableOffset
  }
  const offsetOf = async (groupId: string): Promise<string> => (await admin.fetchOffsets({ groupId, topics: ['out'] }))[0]!.partitions.find(({ partition }) => partition === 0)!.offset
  try {
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'out', numPartitions: 2 }] })
    const committed = await begin('committed', 60_000)
    const aborted = await begin('aborted', 60_000)
    const forgotten = await begin('forgotten', 4000)
    await server.kill()
    await server.start()
    for (const [name, transaction] of [['committed', committed], ['aborted', aborted]] as const) {
      await transaction.send({ topic: 'out', messages: [{ partition: 0, value: `${name} after` }] })
      expect(await offsetOf(name)).toBe('-1')
    }
    expect(await stableOffset()).toBe(0)
    await committed.commit()
    await aborted.abort()
    // Of five records and three markers, up to those of the third.
    expect(await stableOffset()).toBe(2)
    await waitUntil('the timeout', async () => await stableOffset() === 8)
    expect(await committedValues(client, 'out')).toEqual([['committed before', 'committed after'], ['committed before']])
    await expect(forgotten.commit()).rejects.toThrow()
    expect(await Promise.all(['committed', 'aborted', 'forgotten'].map((group) => offsetOf(group)))).toEqual(['1', '-1', '-1'])
  } finally {
    await Promise.all([admin, ...producers].map((each) => each.disconnect()))
    await server.stop()
  }
}, 60_000)

const topic = 'killed'
const partitions = [0, 1, 2]

it('a broker killed under transactions again and again shows each whole or not at all, and none that was committed is lost', async () => {
  const server = await startKafka({ own: true, config: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100' } })
  try {
    const client = (): Kafka => new Kafka({ brokers: server.brokers, logLevel: logLevel.NOTHING, retry: { retries: 1, initialRetryTime: 10 } })
    const admin = client().admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions.length }] })
    await admin.disconnect()

    const committed = new Set<string>()
    const aborted = new Set<string>()
    let number = 0
    /** Transacts until the broker is gone; what was under way then may have gone either way. */
    const transactUntilGone = async (transactionalId: string): Promise<void> => {
      const producer = client().producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
      try {
        await producer.connect()
        for (;;) {
          const value = `${transactionalId} ${++number}`
          const transaction = await producer.transaction()
          await transaction.send({ topic, messages: partitions.map((partition) => ({ partition, value })) })
          if (number % 4 === 0) {
            aborted.add(value)
            await transaction.abort()
          } else {
            await transaction.commit()
            committed.add(value)
          }
        }
      } catch {
        await producer.disconnect().catch(() => {})
      }
    }
    for (const transactions of [5, 60, 110]) {
      const goal = number + transactions
      const transacting = Promise.all(['a', 'b'].map((id) => transactUntilGone(id)))
      while (number < goal) await new Promise(setImmediate)
      await server.kill()
      await transacting
      await server.start()
    }

    const [first, ...others] = (await committedValues(client(), topic)).map((values) => values.sort())
    for (const other of others) expect(other).toEqual(first)
    const seen = new Set(first)
    expect(seen.size).toBe(first!.length)
    expect([...committed].filter((value) => !seen.has(value))).toEqual([])
    expect([...aborted].filter((value) => seen.has(value))).toEqual([])
    expect(committed.size).toBeGreaterThan(80)
  } finally {
    await server.stop()
  }
}, 60_000)
