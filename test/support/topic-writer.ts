import { ProduceConnection } from './produce-connection.ts'
import type { PartitionBatch } from './produce-connection.ts'
import { partitionLeaders } from './topics.ts'

/** Ready-made batches into the partitions of a topic, written by the leaders alone (acks=1). */
export interface TopicWriter {
  readonly partitions: number
  /** At most one batch of each partition. Resolves when it is on its way. */
  send(batches: readonly PartitionBatch[]): Promise<void>
  /** Resolves when the leaders have all that was sent, and rejects when one refused any of it. */
  settled(): Promise<void>
  close(): void
}

/** `maxInFlight`: requests on their way to one broker before `send` waits. */
export async function openTopicWriter(brokers: readonly string[], topic: string, maxInFlight = 8): Promise<TopicWriter> {
  const leaders = await partitionLeaders(brokers, topic)
  const connections = new Map([...new Set(leaders)].map((leader) => [leader, new ProduceConnection(leader, maxInFlight)]))
  const writer: TopicWriter = {
    partitions: leaders.length,
    async send(batches) {
      for (const [leader, connection] of connections) {
        const own = connections.size === 1 ? batches : batches.filter(({ partition }) => leaders[partition] === leader)
        if (own.length > 0) await connection.produce(topic, own)
      }
    },
    async settled() {
      await Promise.all(Array.from(connections.values(), (connection) => connection.settled()))
    },
    close() {
      for (const connection of connections.values()) connection.close()
    },
  }
  try {
    await Promise.all(Array.from(connections.values(), (connection) => connection.open()))
  } catch (error) {
    writer.close()
    throw error
  }
  return writer
}
