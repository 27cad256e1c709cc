import { BatchBuilder, maxBatchBytes } from './batch-builder.ts'
import { openTopicWriter } from './topic-writer.ts'

export interface LoadOptions {
  /** Records of one batch. Default 1,000. */
  readonly batchRecords?: number
  /** Number of the partition the first record goes to; the next goes to the next one. Default 0. */
  readonly firstPartition?: number
  /** Time of every record. Default: now. */
  readonly timestampMs?: number
}

/**
 * Puts values into a topic, in turns over its partitions, as fast as the broker takes them: batches
 * are encoded here, without an object per record, and written by the leader alone (acks=1).
 */
export async function load(brokers: readonly string[], topic: string, values: Iterable<string | Uint8Array>, options: LoadOptions = {}): Promise<number> {
  const batchRecords = options.batchRecords ?? 1000
  const timestampMs = options.timestampMs ?? Date.now()
  const writer = await openTopicWriter(brokers, topic)
  const batches = Array.from({ length: writer.partitions }, () => new BatchBuilder())
  const send = (partition: number): Promise<void> => writer.send([{ partition, records: batches[partition]!.take(timestampMs) }])
  let count = 0
  try {
    let partition = (options.firstPartition ?? 0) % writer.partitions
    for (const value of values) {
      const batch = batches[partition]!
      batch.append(value)
      if (batch.count >= batchRecords || batch.sizeBytes >= maxBatchBytes) await send(partition)
      partition = (partition + 1) % writer.partitions
      count++
    }
    for (const [index, batch] of batches.entries()) {
      if (batch.count > 0) await send(index)
    }
    await writer.settled()
  } finally {
    writer.close()
  }
  return count
}
