import { Kafka, logLevel, type Message } from 'kafkajs'
import type { StreamedRecord } from './hostile-stream.ts'

/**
 * Writes the records in two transactions, of which the second is aborted; `take` is told of those that count.
 * Answers, by partition, how many offsets hold none: aborted records and the marks of the transactions.
 */
export async function sendTransactions(brokers: readonly string[], topic: string, partitions: number, records: readonly StreamedRecord[], take: (record: StreamedRecord) => void): Promise<number[]> {
  const gaps = Array.from({ length: partitions }, () => 0)
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  try {
    const half = records.length >> 1
    for (const [part, aborted] of [[records.slice(0, half), false], [records.slice(half), true]] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: part.map(asMessage) })
      if (aborted) await transaction.abort()
      else await transaction.commit()
      for (const partition of new Set(part.map((record) => record.partition))) gaps[partition]!++
      for (const record of part) {
        if (aborted) gaps[record.partition]!++
        else take(record)
      }
    }
  } finally {
    await producer.disconnect()
  }
  return gaps
}

function asMessage({ key, partition, value }: StreamedRecord): Message {
  return { partition, key: key === null ? null : Buffer.from(key), value }
}
