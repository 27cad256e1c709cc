/** What the producer needs of a cluster. Implemented over kafkajs's connections, and by a script in tests. */
export interface ProducePort {
  /** The brokers, as an error names them. */
  readonly at: string
  /** Throws KafkaFailure when no broker answers now. */
  refresh(topics: readonly string[]): Promise<void>
  /** As of the last refresh; 0 for a topic that does not exist. */
  partitionCount(topic: string): number
  /** Node id of the leader as of the last refresh, -1 while there is none. */
  leader(topic: string, partition: number): number
  /** Kafka's name of what the last refresh said is wrong with the topic. */
  topicError(topic: string): string | undefined
  /** Names of all topics the user may see. */
  topicNames(): Promise<readonly string[]>
  /** A new identity, by which brokers know repeated batches. Throws KafkaFailure for what may pass. */
  producerId(): Promise<ProducerId>
  /** A connection for produce requests alone. */
  open(nodeId: number): Promise<ProduceLink>
}

export interface ProducerId {
  readonly id: number
  readonly epoch: number
}

export interface ProduceLink {
  /** Requests leave in the order of the calls. Throws KafkaFailure when it is not known whether the broker has them. */
  produce(request: ProduceRequest): Promise<readonly ProducedPartition[]>
  /** The same without an answer from the broker: resolves when the system has taken the bytes. */
  post(request: ProduceRequest): Promise<void>
  /** Requests in flight fail. */
  close(): void
}

export interface ProduceRequest {
  readonly acks: -1 | 0 | 1
  /** How long the leader may wait for its followers. */
  readonly timeoutMs: number
  /** One batch for each partition at most. */
  readonly batches: readonly BatchToProduce[]
}

export interface BatchToProduce {
  readonly topic: string
  readonly partition: number
  /** Nobody writes to them until the request has settled. */
  readonly bytes: Uint8Array
}

export interface ProducedPartition {
  readonly topic: string
  readonly partition: number
  /** Kafka's name of the error, undefined when all is well. */
  readonly error: string | undefined
  readonly message: string | undefined
  /** Offset of the batch's first record, -1 when the broker does not say. */
  readonly baseOffset: number
}
