import { initProducerId } from '../../wire/api/init-producer-id.ts'
import { metadata } from '../../wire/api/metadata.ts'
import { produce } from '../../wire/api/produce.ts'
import type { Written } from '../../wire/message/field.ts'
import { errorName } from '../error-name.ts'
import { KafkaFailure } from '../kafka-failure.ts'
import type { KafkaCluster } from '../kafkajs-cluster.ts'
import type { KafkaLink } from '../kafkajs-link.ts'
import type { BatchToProduce, ProduceLink, ProducePort, ProduceRequest } from './produce-port.ts'

/** Produces through a cluster's connections. */
export function clusterProducePort(cluster: KafkaCluster): ProducePort {
  return {
    at: cluster.bootstrap,
    refresh: (topics) => cluster.refreshMetadata(topics),
    partitionCount: (topic) => cluster.topic(topic)?.leaders.size ?? 0,
    leader: (topic, partition) => cluster.leader(topic, partition) ?? -1,
    topicError: (topic) => cluster.topic(topic)?.error,
    async topicNames() {
      const { topics } = await cluster.exchange('any', metadata, { topics: null, allowAutoTopicCreation: false })
      return topics.map(({ name }) => name)
    },
    async producerId() {
      const answer = await cluster.exchange('any', initProducerId, { transactionalId: null, transactionTimeoutMs: 60_000 })
      const error = errorName(answer.errorCode)
      if (error !== undefined) throw new KafkaFailure(error, `no producer id: ${error}`, !error.endsWith('AUTHORIZATION_FAILED'))
      return { id: answer.producerId, epoch: answer.producerEpoch }
    },
    open: async (nodeId) => produceLink(await cluster.openLink(nodeId)),
  }
}

function produceLink(link: KafkaLink): ProduceLink {
  return {
    async produce(request) {
      const { responses } = await link.exchange(produce, message(request), { timeoutMs: request.timeoutMs + 5_000 })
      return responses.flatMap(({ name, partitionResponses }) => partitionResponses.map(({ index, errorCode, errorMessage, recordErrors, baseOffset }) => ({
        topic: name,
        partition: index,
        error: errorName(errorCode),
        message: errorMessage ?? recordErrors[0]?.batchIndexErrorMessage ?? undefined,
        baseOffset,
      })))
    },
    post: (request) => link.post(produce, message(request)),
    close: () => link.close(),
  }
}

function message({ acks, timeoutMs, batches }: ProduceRequest): Written<typeof produce.request> {
  return { transactionalId: null, acks, timeoutMs, topicData: byTopic(batches) }
}

interface TopicData {
  readonly name: string
  readonly partitionData: { readonly index: number; readonly records: Uint8Array }[]
}

function byTopic(batches: readonly BatchToProduce[]): TopicData[] {
  const topics = new Map<string, TopicData>()
  for (const { topic, partition, bytes } of batches) {
    let data = topics.get(topic)
    if (data === undefined) topics.set(topic, data = { name: topic, partitionData: [] })
    data.partitionData.push({ index: partition, records: bytes })
  }
  return [...topics.values()]
}
