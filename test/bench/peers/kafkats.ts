import { KafkaClient } from '@kafkats/client'
import { LoopThread } from '../loop-thread.ts'
import { scriptWriter } from '../script-writer.ts'

/**
 * kafkats as its guide says for throughput: batches of many records, partitions worked on side by
 * side, no checksums, no commits, and no group.
 */
const loop = new LoopThread(scriptWriter)
const { topic, brokers } = loop.assignment
const client = new KafkaClient({ clientId: 'kafkats', brokers: [...brokers], logLevel: 'error' })
await client.connect()
const consumer = client.consumer({
  groupId: `kafkats-${process.pid}`,
  autoOffsetReset: 'earliest',
  isolationLevel: 'read_uncommitted',
  maxBytesPerPartition: 2 ** 20,
  maxRecords: 20_000,
  maxWaitMs: 50,
  checkCrcs: false,
})
consumer.once('running', () => loop.fetching())
await consumer.runBatch(topic, (messages) => loop.batch(messages), {
  partitionConcurrency: loop.partitions.length,
  commitOffsets: false,
  assignment: loop.partitions.map((partition) => ({ topic, partition, offset: 0n })),
})
