import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { RecordReader } from '../../src/kafka/record-reader.ts'
import type { PartitionToRead } from '../../src/kafka/record-reader.ts'
import { encodeTransactionMarker } from '../../src/wire/encode-record-batch.ts'
import { answerOf, batchOf, ScriptedKafka, settled } from './scripted-kafka.ts'

function reading(kafka: ScriptedKafka, ...partitions: PartitionToRead[]): RecordReader {
  const limits = { isolation: 'read_committed', maxWaitMs: 500, minBytes: 1, maxBytes: 1e6, maxPartitionBytes: 1e6, maxHeldBytes: 1e6, requestTimeoutMs: 1_000, checkCrcs: true, maxBatchBytes: 1e6 } as const
  for (const { partition } of partitions) kafka.leaders.set(partition, 1)
  return new RecordReader(kafka, partitions, limits, new ManualClock(), silentLogger)
}

async function next(reader: RecordReader): Promise<string | undefined> {
  const read = await reader.next()
  return read && `${read.topic}/${read.partition} ${read.count} then ${read.nextOffset}`
}

describe('a reader of records', () => {
  test('goes on behind what is no record', async () => {
    const kafka = new ScriptedKafka()
    const reader = reading(kafka, { partition: 'orders/0', offset: 5 })
    await settled()
    const marker = (offset: number): Buffer => encodeTransactionMarker('commit', offset, 5, { id: 7n, epoch: 0 })
    await kafka.only.answer([answerOf('orders/0', Buffer.concat([batchOf('orders/0', 3, 8), marker(8), batchOf('orders/0', 9, 11), marker(11)]))])
    expect([await next(reader), await next(reader), await next(reader)]).toEqual(['orders/0 3 then 8', 'orders/0 2 then 11', 'orders/0 0 then 12'])
    await kafka.only.answer([answerOf('orders/0', marker(12))])
    expect(await next(reader)).toBe('orders/0 0 then 13')
    reader.close()
    expect(await next(reader)).toBeUndefined()
  })

  test('ends where it is told', async () => {
    const kafka = new ScriptedKafka()
    const reader = reading(kafka, { partition: 'orders/0', offset: 0, limit: 3 })
    await settled()
    await kafka.only.answer([answerOf('orders/0', Buffer.concat([batchOf('orders/0', 0, 2), batchOf('orders/0', 2, 6)]))])
    expect([await next(reader), await next(reader), await next(reader)]).toEqual(['orders/0 2 then 2', 'orders/0 1 then 3', undefined])
  })
})
