import { Kafka, logLevel } from 'kafkajs'
import { expect, it } from 'vitest'
import { committedValues } from '../../../support/committed-values.ts'
import { startKafka } from '../../../support/kafka-server.ts'

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
