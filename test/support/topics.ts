import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import type { Administration } from '../../src/kafka/admin/administer.ts'
import { committedOffsets, describeGroup } from '../../src/kafka/admin/groups.ts'
import { moveReplicas, movingPartitions } from '../../src/kafka/admin/reassignments.ts'
import * as topics from '../../src/kafka/admin/topics.ts'
import { kafkaProducer } from '../../src/kafka/kafka-producer.ts'
import { openCluster } from '../../src/kafka/kafkajs-cluster.ts'
import { kafkajsOffsets } from '../../src/kafka/kafkajs-offsets.ts'
import { partitionName } from '../../src/kafka/partition-name.ts'
import type { ProducerRecord } from '../../src/kafka/producer/producer.ts'
import { deleteRecords } from '../../src/wire/api/delete-records.ts'
import { waitUntil } from './wait-until.ts'

/** A record to produce. Without a `partition` the key's hash chooses it, without a key it is any. */
export type NewRecord = Omit<ProducerRecord, 'topic'>

/** Creates a topic and returns when the leader of every partition answers. */
export function createTopic(brokers: readonly string[], topic: string, partitions: number, configs: Readonly<Record<string, string>> = {}, replicas = 1): Promise<void> {
  return administer(brokers, async (administration) => {
    await topics.createTopic(administration, { name: topic, partitions, replicationFactor: replicas, configs })
    // Apache names leaders a moment before they know that they lead.
    await ends(administration, topic)
  })
}

/** Creates a topic, in the place of one of that name where there is one: what that held is gone. */
export async function replaceTopic(brokers: readonly string[], topic: string, partitions: number): Promise<void> {
  await administer(brokers, async (administration) => {
    if ((await topics.listTopics(administration)).some(({ name }) => name === topic)) await topics.deleteTopic(administration, topic)
  })
  await createTopic(brokers, topic, partitions)
}

/** Raises the number of partitions to `total`. */
export function addPartitions(brokers: readonly string[], topic: string, total: number): Promise<void> {
  return administer(brokers, (administration) => topics.addPartitions(administration, topic, total))
}

export function topicNames(brokers: readonly string[]): Promise<string[]> {
  return administer(brokers, async (administration) => (await topics.listTopics(administration)).map(({ name }) => name))
}

/** Lets the cluster create what groups need, so that the first consumer does not have to wait for it. */
export function prepareGroups(brokers: readonly string[]): Promise<void> {
  return administer(brokers, (administration) => waitUntil('a group coordinator', () => committedOffsets({ ...administration, patienceMs: 0 }, 'millrace-tests').then(() => true, () => false)))
}

/** End offset of every partition, by partition number. */
export function endOffsets(brokers: readonly string[], topic: string): Promise<number[]> {
  return administer(brokers, (administration) => ends(administration, topic))
}

/** Leader of every partition, as `host:port`, by partition number, once all have one. */
export function partitionLeaders(brokers: readonly string[], topic: string): Promise<string[]> {
  return administer(brokers, (administration) => leaders(administration, topic))
}

async function ends(administration: Administration, topic: string): Promise<number[]> {
  const { cluster, clock, patienceMs } = administration
  const partitions = (await leaders(administration, topic)).map((_, partition) => partitionName(topic, partition))
  const offsets = await kafkajsOffsets(cluster, clock, patienceMs).offsets(partitions, 'latest', 'read_committed')
  return partitions.map((partition) => offsets.get(partition)!)
}

async function leaders({ cluster }: Administration, topic: string): Promise<string[]> {
  let found: (string | undefined)[] = []
  await waitUntil(`leaders of ${topic}`, async () => {
    // A broker may die while it is asked, and then another one is.
    await cluster.refreshMetadata([topic]).catch(() => {})
    const addresses = new Map(cluster.brokers().map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]))
    found = [...cluster.topic(topic)?.leaders ?? []].sort(([a], [b]) => a - b).map(([, leader]) => addresses.get(leader))
    return found.length > 0 && !found.includes(undefined)
  })
  return found as string[]
}

/** Another leader for every partition, by taking the replica of the one it has away and bringing it back. All replicas must be in sync. */
export function moveLeaders(brokers: readonly string[], topic: string): Promise<void> {
  return administer(brokers, async (administration) => {
    const [{ partitions }] = await topics.describeTopics(administration, [topic]) as [topics.TopicLayout]
    const planned = (take: (replicas: readonly number[], leader: number) => readonly number[]) =>
      partitions.map(({ partition, replicas, leader }) => ({ topic, partition, replicas: take(replicas, leader) }))
    const moved = (): Promise<void> => waitUntil('the replicas to have moved', async () => (await movingPartitions(administration)).size === 0)
    await moveReplicas(administration, planned((replicas, leader) => replicas.filter((replica) => replica !== leader)))
    await moved()
    await moveReplicas(administration, planned((replicas, leader) => [...replicas.filter((replica) => replica !== leader), leader]))
    await moved()
  })
}

/** Deletes all records below these offsets, as retention would; by partition number. */
export function deleteRecordsBelow(brokers: readonly string[], topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
  return administer(brokers, async (administration) => {
    const { cluster } = administration
    await leaders(administration, topic)
    for (const [partitionIndex, offset] of offsets) {
      const leader = cluster.leader(topic, partitionIndex)!
      const { topics: [answer] } = await cluster.exchange(leader, deleteRecords, { topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }], timeoutMs: 10_000 })
      const errorCode = answer!.partitions[0]!.errorCode
      if (errorCode !== 0) throw new Error(`records of ${topic}/${partitionIndex} cannot be deleted: error ${errorCode}`)
    }
  })
}

/** Resolves when all replicas of the topic's partitions are in sync. */
export function replicasInSync(brokers: readonly string[], topic: string): Promise<void> {
  return administer(brokers, (administration) => waitUntil(`all replicas of ${topic} in sync`, async () => {
    const [{ partitions }] = await topics.describeTopics(administration, [topic]) as [topics.TopicLayout]
    return partitions.every(({ replicas, isr }) => isr.length === replicas.length)
  }))
}

/** How many partitions each member of the group has now; nothing while they are being shared out. */
export function shares(brokers: readonly string[], group: string): Promise<number[]> {
  return administer(brokers, async (administration) => {
    const { state, members } = await describeGroup(administration, group)
    return state === 'Stable' ? members.map(({ partitions }) => partitions.length) : []
  })
}

/** The members of a group, by their ids; a member that was out and came back has another. */
export function groupMembers(brokers: readonly string[], group: string): Promise<string[]> {
  return administer(brokers, async (administration) => {
    const { state, members } = await describeGroup(administration, group)
    return [state, ...members.map(({ memberId }) => memberId)]
  })
}

/** Puts records into a topic in their order and returns when all replicas have them. For many records see `load.ts`. */
/** What the group has committed to Kafka, by `topic/partition`. */
export function groupOffsets(brokers: readonly string[], group: string): Promise<Record<string, number>> {
  return administer(brokers, async (administration) => Object.fromEntries(await committedOffsets(administration, group)))
}

export async function produce(brokers: readonly string[], topic: string, records: readonly NewRecord[]): Promise<void> {
  const producer = await kafkaProducer({ brokers })
  try {
    await Promise.all(records.map((record) => producer.send({ topic, ...record })))
  } finally {
    await producer.close()
  }
}

async function administer<T>(brokers: readonly string[], work: (administration: Administration) => Promise<T>): Promise<T> {
  const cluster = await openCluster({ brokers }, silentLogger, 'tests')
  try {
    return await work({ cluster, clock: systemClock, patienceMs: 30_000 })
  } finally {
    cluster.disconnect()
  }
}
