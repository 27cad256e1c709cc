import type { GroupCoordinator } from './group-coordinator.ts'
import type { PartitionLog } from './partition-log.ts'

/** All that the source asks of Kafka. */
export interface KafkaAccess {
  /** The brokers, as an error names them. */
  readonly at: string
  readonly coordinator: GroupCoordinator
  readonly log: PartitionLog
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>
  /** Names of all topics the user may see. */
  topics(): Promise<readonly string[]>
  /** Requests in flight fail. */
  disconnect(): void
}

export interface TopicDescription {
  /** Kafka's name of what is wrong with the topic. */
  readonly error: string | undefined
  readonly partitions: number
}
