import { createTopics } from '../../../wire/api/create-topics.ts'
import { errorCode } from '../../../wire/api/error-code.ts'
import type { RequestOf, ResponseToWrite } from '../../../wire/message/api.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { BrokerNode } from '../node.ts'
import { Refusal } from '../refusal.ts'
import { checkTopicValue } from '../settings/alteration.ts'
import { describeTopicSettings } from '../settings/described.ts'
import type { Config, Settings } from '../settings/settings.ts'
import type { Topics } from '../topic/topics.ts'
import { checkReplicas } from './replica-assignment.ts'

type NewTopic = RequestOf<typeof createTopics>['topics'][number]
type TopicAnswer = NonNullable<ResponseToWrite<typeof createTopics>['topics']>[number]

/** Stands for what the broker's settings say. */
const asConfigured = -1

export function createTopicsHandler(node: BrokerNode, topics: Topics, settings: Settings): ApiHandler<typeof createTopics> {
  const create = async (topic: NewTopic, validateOnly: boolean): Promise<TopicAnswer> => {
    topics.checkNewName(topic.name)
    const config = configOf(topic)
    for (const [name, value] of Object.entries(config)) checkTopicValue(name, value)
    const partitions = partitionsOf(topic, node.id, settings)
    topics.checkNew(topic.name, partitions)
    if (!validateOnly) await topics.create(topic.name, partitions, config)
    return {
      name: topic.name,
      numPartitions: partitions,
      replicationFactor: 1,
      configs: describeTopicSettings(settings, config, undefined).map(({ name, value, source }) => ({ name, value, configSource: source })),
    }
  }

  return defineHandler({
    api: createTopics,
    async handle({ topics: wanted, validateOnly }) {
      const answers: TopicAnswer[] = []
      for (const [name, [topic, ...repeated]] of Map.groupBy(wanted, (topic) => topic.name)) {
        try {
          if (repeated.length > 0) throw new Refusal('INVALID_REQUEST', 'Duplicate topic name.')
          answers.push(await create(topic!, validateOnly))
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          answers.push({ name, errorCode: errorCode[error.kafkaError], errorMessage: error.message })
        }
      }
      return { topics: answers }
    },
  })
}

function partitionsOf({ numPartitions, replicationFactor, assignments }: NewTopic, nodeId: number, settings: Settings): number {
  if (assignments.length > 0) {
    if (numPartitions !== asConfigured) throw new Refusal('INVALID_REQUEST', 'A manual partition assignment was specified, but numPartitions was not set to -1.')
    if (replicationFactor !== asConfigured) throw new Refusal('INVALID_REQUEST', 'A manual partition assignment was specified, but replication factor was not set to -1.')
    const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex))
    for (let index = 0; index < assignments.length; index++) {
      if (!indexes.has(index)) throw new Refusal('INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence')
    }
    for (const { partitionIndex, brokerIds } of assignments) checkReplicas(nodeId, partitionIndex, brokerIds)
    return assignments.length
  }
  if (replicationFactor === 0 || replicationFactor < asConfigured) throw new Refusal('INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0, or -1 to use the default value.')
  if (replicationFactor > 1) throw new Refusal('INVALID_REPLICATION_FACTOR', `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`)
  if (numPartitions === 0 || numPartitions < asConfigured) throw new Refusal('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
  return numPartitions === asConfigured ? settings.number('num.partitions') : numPartitions
}

function configOf({ configs }: NewTopic): Config {
  return Object.fromEntries(configs.map(({ name, value }) => {
    if (value === null) throw new Refusal('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`)
    return [name, value.trim()]
  }))
}
