import { MillraceError } from '../../errors.ts'
import { createPartitions } from '../../wire/api/create-partitions.ts'
import { createTopics } from '../../wire/api/create-topics.ts'
import { deleteTopics } from '../../wire/api/delete-topics.ts'
import { errorCode } from '../../wire/api/error-code.ts'
import { metadata } from '../../wire/api/metadata.ts'
import { KafkaFailure } from '../kafka-failure.ts'
import { topicRefused, topicUnknown } from '../topic-check.ts'
import { errorName } from '../error-name.ts'
import { throwAdminError } from './admin-refusal.ts'
import { insisting } from './administer.ts'
import type { Administration } from './administer.ts'

export interface TopicLayout {
  readonly name: string
  /** Kafka keeps its own state in it. */
  readonly internal: boolean
  /** By number. */
  readonly partitions: readonly PartitionLayout[]
}

export interface PartitionLayout {
  readonly partition: number
  /** Node id, -1 while there is none. */
  readonly leader: number
  readonly replicas: readonly number[]
  /** Replicas in sync. */
  readonly isr: readonly number[]
}

export interface NewTopic {
  readonly name: string
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number | undefined
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined
  readonly configs?: Readonly<Record<string, string>> | undefined
}

/** Long enough for a controller that is busy, short enough for a person. */
const requestTimeoutMs = 30_000

/** All topics the user may see, by name. */
export async function listTopics(administration: Administration): Promise<TopicLayout[]> {
  return layouts(administration, null)
}

/** Throws MR_KAFKA_TOPIC_UNKNOWN for the first name that no topic has. */
export function describeTopics(administration: Administration, names: readonly string[]): Promise<TopicLayout[]> {
  return layouts(administration, names)
}

async function layouts(administration: Administration, names: readonly string[] | null): Promise<TopicLayout[]> {
  const { cluster } = administration
  return insisting(administration, async () => {
    const answer = await cluster.exchange('any', metadata, { topics: names?.map((name) => ({ name })) ?? null, allowAutoTopicCreation: false })
    const found = answer.topics.toSorted((a, b) => compareNames(a.name, b.name))
    for (const topic of found) {
      const error = errorName(topic.errorCode)
      // A topic that is being made has partitions without leaders: that is shown, not refused.
      if (error === undefined || (error === 'LEADER_NOT_AVAILABLE' && topic.partitions.length > 0)) continue
      if (error === 'UNKNOWN_TOPIC_OR_PARTITION') throw topicUnknown(topic.name, (await listTopics(administration)).map(({ name }) => name), cluster.bootstrap)
      throw topicRefused(topic.name, error, cluster.bootstrap)
    }
    return found.map(({ name, isInternal, partitions }) => ({
      name,
      internal: isInternal,
      partitions: partitions.map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
        partition: partitionIndex,
        leader: leaderId,
        replicas: replicaNodes,
        isr: isrNodes,
      })).sort((a, b) => a.partition - b.partition),
    }))
  })
}

/** Resolves when every partition has a leader. Throws MR_KAFKA_TOPIC_EXISTS, MR_KAFKA_LAYOUT_INVALID, MR_KAFKA_CONFIG_INVALID, and MR_OPTIONS_INVALID for a name no topic can have. */
export async function createTopic(administration: Administration, topic: NewTopic): Promise<void> {
  const { cluster } = administration
  const { name, partitions = -1, replicationFactor = -1, configs = {} } = topic
  await insisting(administration, async () => {
    const { topics } = await cluster.exchange('controller', createTopics, {
      topics: [{ name, numPartitions: partitions, replicationFactor, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) }],
      timeoutMs: requestTimeoutMs,
    }, { timeoutMs: requestTimeoutMs, atLeast: partitions < 0 || replicationFactor < 0 ? 4 : 2 })
    for (const { errorCode, errorMessage } of topics) throwAdminError(errorCode, `topic ${name} cannot be created`, cluster.bootstrap, errorMessage)
  })
  await insisting(administration, async () => {
    const answer = await cluster.exchange('any', metadata, { topics: [{ name }], allowAutoTopicCreation: false })
    const [made] = answer.topics
    if (made === undefined || made.errorCode !== errorCode.NONE || made.partitions.some(({ leaderId }) => leaderId < 0)) {
      throw new KafkaFailure('LEADER_NOT_AVAILABLE', `topic ${name} is created, but not all of its partitions have a leader yet`, true)
    }
  })
}

/** Creates those of the topics that do not exist, with the broker's defaults. */
export async function createMissingTopics(administration: Administration, names: readonly string[]): Promise<string[]> {
  const existing = new Set((await listTopics(administration)).map(({ name }) => name))
  const missing = names.filter((name) => !existing.has(name))
  for (const name of missing) {
    try {
      await createTopic(administration, { name })
    } catch (thrown) {
      // Somebody else was quicker.
      if (!(thrown instanceof MillraceError) || thrown.code !== 'MR_KAFKA_TOPIC_EXISTS') throw thrown
    }
  }
  return missing
}

/** Throws MR_KAFKA_TOPIC_UNKNOWN, MR_KAFKA_AUTHORIZATION. */
export async function deleteTopic(administration: Administration, name: string): Promise<void> {
  const { cluster } = administration
  await insisting(administration, async () => {
    // Both forms of naming a topic: which one is sent is up to the version.
    const { responses } = await cluster.exchange('controller', deleteTopics, { topics: [{ name }], topicNames: [name], timeoutMs: requestTimeoutMs }, { timeoutMs: requestTimeoutMs })
    for (const answer of responses) {
      if (errorName(answer.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') {
        throw topicUnknown(name, (await listTopics(administration)).map((topic) => topic.name), cluster.bootstrap)
      }
      throwAdminError(answer.errorCode, `topic ${name} cannot be deleted`, cluster.bootstrap, answer.errorMessage)
    }
  })
}

/** Raises the number of partitions to `total`. Throws MR_KAFKA_LAYOUT_INVALID. */
export function addPartitions(administration: Administration, name: string, total: number): Promise<void> {
  return setPartitions(administration, name, total, false)
}

/** Throws what `addPartitions` would, and changes nothing. */
export function checkAddPartitions(administration: Administration, name: string, total: number): Promise<void> {
  return setPartitions(administration, name, total, true)
}

async function setPartitions(administration: Administration, name: string, total: number, validateOnly: boolean): Promise<void> {
  const { cluster } = administration
  await insisting(administration, async () => {
    const { results } = await cluster.exchange('controller', createPartitions, { topics: [{ name, count: total, assignments: null }], timeoutMs: requestTimeoutMs, validateOnly }, { timeoutMs: requestTimeoutMs })
    for (const answer of results) throwAdminError(answer.errorCode, `topic ${name} cannot have ${total} partition${total === 1 ? '' : 's'}`, cluster.bootstrap, answer.errorMessage)
  })
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
