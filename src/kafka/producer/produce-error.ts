import { MillraceError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import type { ErrorCodeName } from '../../wire/api/error-code.ts'

/**
 * What becomes of a batch the broker has answered with an error:
 * `again` the batch is sent again, after a look at who leads the partition;
 * `gap` the broker misses a sequence number in front of it;
 * `known` the broker has it already;
 * `too large` it may be taken in parts;
 * `refused` it will never be taken.
 * `doubtful` tells that the batch may have been written all the same.
 */
export interface ProduceVerdict {
  readonly outcome: 'again' | 'gap' | 'known' | 'too large' | 'refused'
  readonly doubtful: boolean
}

const verdicts: ReadonlyMap<string, ProduceVerdict> = new Map([
  ...verdict({ outcome: 'again', doubtful: false }, [
    'NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION', 'REPLICA_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH', 'NOT_ENOUGH_REPLICAS', 'CORRUPT_MESSAGE', 'KAFKA_STORAGE_ERROR',
  ]),
  ...verdict({ outcome: 'again', doubtful: true }, ['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NETWORK_EXCEPTION']),
  ...verdict({ outcome: 'refused', doubtful: true }, ['UNKNOWN_SERVER_ERROR']),
  ...verdict({ outcome: 'gap', doubtful: false }, ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']),
  ...verdict({ outcome: 'too large', doubtful: false }, ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']),
  ...verdict({ outcome: 'known', doubtful: false }, ['DUPLICATE_SEQUENCE_NUMBER']),
])

function verdict(verdict: ProduceVerdict, errors: readonly ErrorCodeName[]): [string, ProduceVerdict][] {
  return errors.map((error) => [error, verdict])
}

export function verdictOn(error: string): ProduceVerdict {
  return verdicts.get(error) ?? { outcome: 'refused', doubtful: false }
}

interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly remedy: string
}

const refusals: Readonly<Record<string, Refusal>> = {
  TOPIC_AUTHORIZATION_FAILED: { code: 'MR_KAFKA_AUTHORIZATION', message: 'the user lacks the right Write on the topic', remedy: 'grant it: kafka-acls --add --allow-principal User:NAME --operation Write --topic TOPIC' },
  CLUSTER_AUTHORIZATION_FAILED: { code: 'MR_KAFKA_AUTHORIZATION', message: 'the user lacks the right IdempotentWrite on the cluster', remedy: 'grant the user IdempotentWrite on the cluster or Write on the topic, or produce with acks 1' },
  MESSAGE_TOO_LARGE: { code: 'MR_RECORD_TOO_LARGE', message: 'a record is larger than the broker takes', remedy: 'send smaller records, or raise max.message.bytes of the topic (millrace topics alter TOPIC --config max.message.bytes=N)' },
  RECORD_LIST_TOO_LARGE: { code: 'MR_RECORD_TOO_LARGE', message: 'a batch is larger than a segment of the log', remedy: 'send smaller records, or raise segment.bytes of the topic (millrace topics alter TOPIC --config segment.bytes=N)' },
  INVALID_TOPIC_EXCEPTION: { code: 'MR_KAFKA_REFUSED', message: 'this topic cannot be written to', remedy: 'name another topic; topics of Kafka itself are written by Kafka only' },
  INVALID_TIMESTAMP: { code: 'MR_KAFKA_REFUSED', message: 'the timestamp of a record is outside what the topic allows', remedy: 'correct the timestamps, or message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic' },
  INVALID_RECORD: { code: 'MR_KAFKA_REFUSED', message: 'the broker does not take a record', remedy: 'on a compacted topic give every record a key' },
  UNSUPPORTED_COMPRESSION_TYPE: { code: 'MR_KAFKA_CODEC', message: 'the broker does not know the codec', remedy: 'choose another compression' },
}

/** Why records will never be written, for the one who sent them. */
export function produceRefusal(partition: string, error: string, brokerMessage: string | undefined): MillraceError {
  const { code, message, remedy } = refusals[error] ?? { code: 'MR_KAFKA_REFUSED', message: 'the broker refuses the records', remedy: "look for the reason in the broker's log" }
  return new MillraceError(code, `${message}: ${error}${brokerMessage === undefined ? '' : ` (${brokerMessage})`}`, { place: { partition }, remedy })
}
