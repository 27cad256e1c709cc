import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/logger.ts'
import { startBroker } from '../../../../src/embedded/kafka/broker.ts'
import type { RunningServer } from '../../../../src/embedded/server.ts'
import { committedValues } from '../../../support/committed-values.ts'
import { waitUntil } from '../../../support/wait-until.ts'

let directory: string
let broker: RunningServer
let kafka: Kafka

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-transactions-'))
  const settings = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '50' }
  broker = await startBroker({ dataDir: directory, settings }, { clock: systemClock, logger: silentLogger })
  kafka = client()
})
afterAll(async () => {
  await broker.close()
  await rm(directory, { recursive: true })
})

/** One for each consumer: those of one client share what they think is committed. */
function client(): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING, retry: { retries: 2, initialRetryTime: 20 } })
}

async function createTopics(...names: string[]): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 2 })) })
  await admin.disconnect()
}

async function withProducer<T>(transactionalId: string, use: (producer: Producer) => Promise<T>, transactionTimeout = 30_000): Promise<T> {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, transactionTimeout })
  await producer.connect()
  try {
    return await use(producer)
  } finally {
    await producer.disconnect()
  }
}

const message = (value: string, partition: number) => ({ value, partition })

describe('kafkajs', () => {
  it('commits transactions over partitions and topics, and aborts them', async () => {
    await createTopics('one', 'two')
    await withProducer('commits', async (producer) => {
      for (let i = 0; i < 20; i++) {
        const transaction = await producer.transaction()
        for (const topic of ['one', 'two']) await transaction.send({ topic, messages: [message(`${i}`, 0), message(`${i}`, 1)] })
        if (i % 3 === 0) await transaction.abort()
        else await transaction.commit()
      }
    })
    const expected = Array.from({ length: 20 }, (_, i) => i).filter((i) => i % 3 !== 0).map(String)
    for (const topic of ['one', 'two']) expect(await committedValues(client(), topic)).toEqual([expected, expected])
  })

  it('shows what is aborted to readers of everything only', async () => {
    await createTopics('aborted')
    await withProducer('aborts', async (producer) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'aborted', messages: [message('never', 0)] })
      await transaction.abort()
    })
    expect(await committedValues(client(), 'aborted')).toEqual([[], []])
    expect(await committedValues(client(), 'aborted', { readUncommitted: true })).toEqual([['never'], []])
  })

  it('takes a transactional id over from a producer in the middle of a transaction', async () => {
    await createTopics('taken')
    await withProducer('taken', async (first) => {
      const open = await first.transaction()
      await open.send({ topic: 'taken', messages: [message('old', 0)] })
      await withProducer('taken', async (second) => {
        const transaction = await second.transaction()
        await expect(open.send({ topic: 'taken', messages: [message('late', 0)] })).rejects.toThrow()
        await expect(open.commit()).rejects.toThrow()
        await transaction.send({ topic: 'taken', messages: [message('new', 0)] })
        await transaction.commit()
      })
    })
    expect(await committedValues(client(), 'taken')).toEqual([['new'], []])
  })

  it('that vanishes in a transaction holds readers up for its timeout and no longer', async () => {
    await createTopics('gone')
    await withProducer('gone', async (producer) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'gone', messages: [message('lost', 0)] })
    }, 500)
    await withProducer('other', async (producer) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'gone', messages: [message('kept', 0)] })
      await transaction.commit()
    })
    await waitUntil('the timeout', async () => (await committedValues(client(), 'gone'))[0]!.length > 0)
    expect(await committedValues(client(), 'gone')).toEqual([['kept'], []])
  })

  it('reads, transforms and writes each record once, though it is torn away again and again', async () => {
    await createTopics('input', 'output')
    const numbers = Array.from({ length: 200 }, (_, i) => String(i))
    const feeding = kafka.producer()
    await feeding.connect()
    await feeding.send({ topic: 'input', messages: numbers.map((value, i) => message(value, i % 2)) })
    await feeding.disconnect()
    let done = 0
    for (let run = 0; done < numbers.length; run++) {
      const own = client()
      const consumer = own.consumer({ groupId: 'transformers', readUncommitted: false, sessionTimeout: 6000, maxWaitTimeInMs: 50 })
      const producer = own.producer({ transactionalId: 'transformer', idempotent: true, maxInFlightRequests: 1 })
      await Promise.all([producer.connect(), consumer.connect()])
      await consumer.subscribe({ topic: 'input', fromBeginning: true })
      let steps = 0
      const torn = Promise.withResolvers<void>()
      await consumer.run({ autoCommit: false, eachMessage: async ({ topic, partition, message: { value, offset } }) => {
        // Torn away in the middle of every ninth transaction: before, after its record, after its offset.
        if (steps < 0) throw new Error('torn')
        const transaction = await producer.transaction()
        await transaction.send({ topic: 'output', messages: [message(`<${value!.toString()}>`, partition)] })
        if (++steps === 9 && run % 2 === 0) return tear()
        await transaction.sendOffsets({ consumerGroupId: 'transformers', topics: [{ topic, partitions: [{ partition, offset: String(Number(offset) + 1) }] }] })
        if (steps === 30) return tear()
        await transaction.commit()
        if (++done === numbers.length) tear()
      } })
      function tear(): void {
        steps = -1
        torn.resolve()
      }
      await torn.promise
      await Promise.all([producer.disconnect(), consumer.disconnect()])
    }
    await withProducer('transformer', async (producer) => (await producer.transaction()).abort())
    const written = (await committedValues(client(), 'output')).flat()
    expect(written.sort()).toEqual(numbers.map((value) => `<${value}>`).sort())
  }, 60_000)
})
