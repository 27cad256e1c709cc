import { Kafka, logLevel } from 'kafkajs'
import type { Admin, Message } from 'kafkajs'
import { setTimeout as delay } from 'node:timers/promises'

/** A record to produce. Without a `partition` the key's hash chooses it, without a key they take turns. */
export type NewRecord = Message

/** Creates a topic and returns when every partition has a leader. */
export function createTopic(brokers: readonly string[], topic: string, partitions: number, config: Readonly<Record<string, string>> = {}, replicas = 1): Promise<void> {
  return withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }],
    })
  })
}

/** Raises the number of partitions to `total`. */
export function addPartitions(brokers: readonly string[], topic: string, total: number): Promise<void> {
  return withAdmin(brokers, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic, count: total }] })
  })
}

export function topicNames(brokers: readonly string[]): Promise<string[]> {
  return withAdmin(brokers, (admin) => admin.listTopics())
}

/** Lets the cluster create what groups need, so that the first consumer does not have to wait for it. */
export function prepareGroups(brokers: readonly string[]): Promise<void> {
  return withAdmin(brokers, async (admin) => {
    for (let tries = 1; ; tries++) {
      try {
        await admin.fetchOffsets({ groupId: 'millrace-tests' })
        return
      } catch (error) {
        // the partition of the group is created but nobody leads it yet
        if (tries === 100) throw error
        await delay(50)
      }
    }
  })
}

/** End offset of every partition, by partition number. */
export function endOffsets(brokers: readonly string[], topic: string): Promise<number[]> {
  return withAdmin(brokers, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic)
    return offsets.sort((a, b) => a.partition - b.partition).map((entry) => Number(entry.high))
  })
}

/** Leader of every partition, as `host:port`, by partition number. */
export function partitionLeaders(brokers: readonly string[], topic: string): Promise<string[]> {
  return withAdmin(brokers, async (admin) => {
    const [cluster, { topics }] = await Promise.all([admin.describeCluster(), admin.fetchTopicMetadata({ topics: [topic] })])
    const addresses = new Map(cluster.brokers.map((broker) => [broker.nodeId, `${broker.host}:${broker.port}`]))
    return topics[0]!.partitions.sort((a, b) => a.partitionId - b.partitionId).map((partition) => addresses.get(partition.leader) ?? 'none')
  })
}

/** Puts records into a topic in their order and returns when all replicas have them. For many records see `load.ts`. */
export async function produce(brokers: readonly string[], topic: string, records: readonly NewRecord[]): Promise<void> {
  const producer = client(brokers).producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  try {
    // kafkajs groups the messages of one send in time that grows with their square
    for (let from = 0; from < records.length; from += 1000) {
      await producer.send({ topic, acks: -1, messages: records.slice(from, from + 1000) })
    }
  } finally {
    await producer.disconnect()
  }
}

async function withAdmin<T>(brokers: readonly string[], use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client(brokers).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

function client(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'millrace-tests', brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 12 } })
}
