import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { describeTopics } from './admin/topics.ts'
import { readDeadLetterHeaders, type DeadLetterFacts, type RawHeader } from './dead-letter-headers.ts'
import { kafkajsOffsets } from './kafkajs-offsets.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'
import { fetchPort } from './kafkajs-fetch.ts'
import { partitionName } from './partition-name.ts'
import { RecordReader } from './record-reader.ts'
import { recordOf, rereading } from './original-records.ts'

/** One record of a topic of dead letters. */
export interface Letter {
  /** Where it stands, `topic/partition@offset`. */
  readonly at: string
  readonly facts: DeadLetterFacts
  /** The record's own. */
  readonly headers: readonly RawHeader[]
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface LetterReading {
  readonly cluster: KafkaCluster
  readonly clock: Clock
  readonly log: Logger
  readonly patienceMs: number
  readonly requestTimeoutMs: number
}

/**
 * All letters in a topic now, each record's once: of several of one record the first, for a crash may have
 * written it again. Throws MR_KAFKA_TOPIC_UNKNOWN.
 */
export async function* deadLetters({ cluster, clock, log, patienceMs, requestTimeoutMs }: LetterReading, topic: string): AsyncGenerator<Letter> {
  const [layout] = await describeTopics({ cluster, clock, patienceMs }, [topic])
  const names = layout!.partitions.map(({ partition }) => partitionName(topic, partition))
  await cluster.refreshMetadata([topic])
  const ends = kafkajsOffsets(cluster, clock, patienceMs)
  const [earliest, latest] = await Promise.all([ends.offsets(names, 'earliest', 'read_uncommitted'), ends.offsets(names, 'latest', 'read_uncommitted')])
  const seen = new Set<string>()
  for (const partition of names) {
    const range = { partition, offset: earliest.get(partition)!, limit: latest.get(partition)! }
    if (range.offset >= range.limit) continue
    const reader = new RecordReader(fetchPort(cluster, 'read_uncommitted'), [range], { ...rereading, requestTimeoutMs }, clock, log)
    try {
      for (let records = await reader.next(); records !== undefined; records = await reader.next()) {
        for (let row = 0; row < records.count; row++) {
          const { headers, key, offset, value } = recordOf(records, row)
          const read = readDeadLetterHeaders(headers)
          if (read === undefined) continue
          const place = `${read.facts.partition}@${read.facts.offset}`
          if (seen.has(place)) continue
          seen.add(place)
          yield { at: `${partition}@${offset}`, facts: read.facts, headers: read.own, key, value }
        }
      }
    } finally {
      reader.close()
    }
  }
}
