import type { LogRange } from '../topology/source.ts'
import type { AbortedTransaction } from '../wire/aborted-transactions.ts'
import type { FetchedFrame } from './fetched-frame.ts'

/** What the fetcher needs of a cluster. Implemented over kafkajs, and by a script in tests. */
export interface FetchPort {
  /** Throws KafkaFailure when no broker answers now. */
  refresh(topics: readonly string[]): Promise<void>
  /** Node id of the leader as of the last refresh, -1 while there is none, undefined when there is no such partition. */
  leader(topic: string, partition: number): number | undefined
  /** Kafka's name of what the last refresh said is wrong with the topic. */
  topicError(topic: string): string | undefined
  /** A connection for fetches alone. */
  open(nodeId: number): Promise<FetchLink>
  /** What the partition's log holds now. */
  range(topic: string, partition: number): Promise<LogRange>
}

export interface FetchLink {
  /** Withheld by the broker for up to `maxWaitMs` while there is nothing. */
  fetch(request: FetchRequest): Promise<readonly FetchedPartition[]>
  /** Fetches in flight fail. */
  close(): void
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
  /** Filled in this order until `maxBytes` are reached; the first always gets a whole batch. */
  readonly partitions: readonly FetchPartition[]
}

export interface FetchPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** Kafka's name of the error, undefined when all is well. */
  readonly error: string | undefined
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** What `bytes` are of, with one holder for each partition of the answer. Undefined: they are not used again. */
  readonly frame: FetchedFrame | undefined
  /** The record set is `bytes` from `at` to `end`; nobody writes to them as long as `frame` is held. */
  readonly bytes: Buffer
  readonly at: number
  readonly end: number
}
