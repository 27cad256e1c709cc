import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { describeTopics } from './admin/topics.ts'
import { readDeadLetterHeaders, type DeadLetterFacts, type RawHeader } from './dead-letter-headers.ts'
import { kafkajsOffsets } from './kafkajs-offsets.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'
import { fetchPort } from './kafkajs-fetch.ts'
import { partitionName } from './partition-name.ts'
import { RecordReader, type PartitionToRead } from './record-reader.ts'
import { recordOf, rereading } from './original-records.ts'

/** One record of a topic of dead letters. */
export interface Letter {
  /** Where it stands, `topic/partition@offset`. */
  readonly at: string
  /** Ms since 1970. */
  readonly writtenAtMs: number
  readonly facts: DeadLetterFacts
  /** The record's own. */
  readonly headers: readonly RawHeader[]
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** What tells which of several letters stands for a record. */
interface Standing {
  readonly at: string
  readonly hasBytes: boolean
  readonly writtenAtMs: number
}

export interface LetterReading {
  readonly cluster: KafkaCluster
  readonly clock: Clock
  readonly log: Logger
  readonly patienceMs: number
  readonly requestTimeoutMs: number
}

/**
 * All letters in a topic now, each record's once: of several of one record (a retry that failed has written the
 * newer, a crash the same again) the newest that has its bytes. Throws MR_KAFKA_TOPIC_UNKNOWN.
 */
export async function* deadLetters({ cluster, clock, log, patienceMs, requestTimeoutMs }: LetterReading, topic: string): AsyncGenerator<Letter> {
  const [layout] = await describeTopics({ cluster, clock, patienceMs }, [topic])
  const names = layout!.partitions.map(({ partition }) => partitionName(topic, partition))
  await cluster.refreshMetadata([topic])
  const ends = kafkajsOffsets(cluster, clock, patienceMs)
  const [earliest, latest] = await Promise.all([ends.offsets(names, 'earliest', 'read_uncommitted'), ends.offsets(names, 'latest', 'read_uncommitted')])
  const ranges = names.map((partition) => ({ partition, offset: earliest.get(partition)!, limit: latest.get(partition)! })).filter(({ offset, limit }) => offset < limit)
  const read = () => lettersIn(ranges, (range) => new RecordReader(fetchPort(cluster, 'read_uncommitted'), [range], { ...rereading, requestTimeoutMs }, clock, log))
  // Twice, for all of them may be more than memory takes.
  const chosen = new Map<string, Standing>()
  for await (const letter of read()) {
    const place = `${letter.facts.partition}@${letter.facts.offset}`
    const standing = { at: letter.at, hasBytes: letter.facts.omitted === undefined, writtenAtMs: letter.writtenAtMs }
    if (standsFor(standing, chosen.get(place))) chosen.set(place, standing)
  }
  for await (const letter of read()) if (chosen.get(`${letter.facts.partition}@${letter.facts.offset}`)?.at === letter.at) yield letter
}

/** Whether a letter stands for its record, of which this other one was read before. */
function standsFor(letter: Standing, before: Standing | undefined): boolean {
  if (before === undefined || letter.hasBytes !== before.hasBytes) return before === undefined || letter.hasBytes
  return letter.writtenAtMs >= before.writtenAtMs
}

async function* lettersIn(ranges: readonly PartitionToRead[], open: (range: PartitionToRead) => RecordReader): AsyncGenerator<Letter> {
  for (const range of ranges) {
    const reader = open(range)
    try {
      for (let records = await reader.next(); records !== undefined; records = await reader.next()) {
        for (let row = 0; row < records.count; row++) {
          const { headers, key, offset, timestamp, value } = recordOf(records, row)
          const read = readDeadLetterHeaders(headers)
          if (read !== undefined) yield { at: `${range.partition}@${offset}`, writtenAtMs: timestamp, facts: read.facts, headers: read.own, key, value }
        }
      }
    } finally {
      reader.close()
    }
  }
}
