import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openCluster } from '../../src/kafka/kafkajs-cluster.ts'
import { fetchPort } from '../../src/kafka/kafkajs-fetch.ts'
import { originalRecords, type OriginalRecord } from '../../src/kafka/original-records.ts'
import { endOffsets } from './topics.ts'

/** All records of a topic that has lost none, byte for byte, by partition and offset. */
export async function topicRecords(brokers: readonly string[], topic: string): Promise<OriginalRecord[]> {
  const ends = await endOffsets(brokers, topic)
  const wanted = ends.flatMap((end, partition) => Array.from({ length: end }, (_, offset) => ({ partition: `${topic}/${partition}`, offset })))
  const cluster = await openCluster({ brokers }, silentLogger, 'tests')
  try {
    const found: OriginalRecord[] = []
    for await (const some of originalRecords(fetchPort(cluster, 'read_uncommitted'), wanted, 30_000, systemClock, silentLogger, new AbortController().signal)) found.push(...some)
    return found
  } finally {
    cluster.disconnect()
  }
}
