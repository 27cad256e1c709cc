import { errorCode } from '../../../wire/api/error-code.ts'
import { metadata } from '../../../wire/api/metadata.ts'
import type { ResponseToWrite } from '../../../wire/message/api.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { everyOperation, leaderEpoch } from '../node.ts'
import type { BrokerNode } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Settings } from '../settings/settings.ts'
import { topicNameFault } from '../topic/topic-name.ts'
import type { Topic } from '../topic/topic.ts'
import type { Topics } from '../topic/topics.ts'

type TopicAnswer = NonNullable<ResponseToWrite<typeof metadata>['topics']>[number]

export function metadataHandler(node: BrokerNode, topics: Topics, settings: Settings): ApiHandler<typeof metadata> {
  const described = (topic: Topic, withOperations: boolean): TopicAnswer => ({
    name: topic.name,
    partitions: Array.from({ length: topic.partitions }, (_, partitionIndex) => ({
      // A topic is known a moment before its directories are made.
      errorCode: topics.log(topic.name, partitionIndex) === undefined ? errorCode.LEADER_NOT_AVAILABLE : errorCode.NONE,
      partitionIndex,
      leaderId: node.id,
      leaderEpoch,
      replicaNodes: [node.id],
      isrNodes: [node.id],
    })),
    ...(withOperations ? { topicAuthorizedOperations: everyOperation.topic } : {}),
  })

  const byName = async (name: string, create: boolean, withOperations: boolean): Promise<TopicAnswer> => {
    const found = topics.get(name)
    if (found !== undefined) return described(found, withOperations)
    if (topicNameFault(name) !== undefined) return { name, errorCode: errorCode.INVALID_TOPIC_EXCEPTION }
    if (!create) return { name, errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION }
    try {
      return described(await topics.ensure(name), withOperations)
    } catch (error) {
      if (error instanceof Refusal) return { name, errorCode: error.code }
      throw error
    }
  }

  return defineHandler({
    api: metadata,
    async handle(request, context) {
      const { allowAutoTopicCreation, includeTopicAuthorizedOperations: withOperations } = request
      const names = request.topics === null || (context.version === 0 && request.topics.length === 0) ? undefined : new Set(request.topics.map(({ name }) => name))
      const create = allowAutoTopicCreation && settings.flag('auto.create.topics.enable')
      const answers: TopicAnswer[] = []
      if (names === undefined) answers.push(...topics.all().map((topic) => described(topic, withOperations)))
      else for (const name of names) answers.push(await byName(name, create, withOperations))
      return {
        brokers: [{ nodeId: node.id, ...node.addressFor(context), rack: node.rack }],
        clusterId: node.clusterId,
        controllerId: node.id,
        topics: answers,
        ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: everyOperation.cluster } : {}),
      }
    },
  })
}
