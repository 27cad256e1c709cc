import metadataRequest from 'kafkajs/src/protocol/requests/metadata/v6/request.js'
import metadataResponse from 'kafkajs/src/protocol/requests/metadata/v6/response.js'
import type { ConnectorContext } from '../topology/connector.ts'
import type { CheckedKafkaSettings } from './connection.ts'
import type { KafkaAccess } from './kafka-access.ts'
import { openCluster } from './kafkajs-cluster.ts'
import { KafkajsGroup } from './kafkajs-group.ts'
import { kafkajsOffsets } from './kafkajs-offsets.ts'

/** Throws MR_KAFKA_UNREACHABLE, MR_KAFKA_AUTH. */
export async function openKafkajs(context: ConnectorContext, settings: CheckedKafkaSettings): Promise<KafkaAccess> {
  const { clock, topology, instance } = context
  const cluster = await openCluster(settings, context.log, 'source')
  return {
    at: cluster.bootstrap,
    coordinator: new KafkajsGroup({ cluster, group: topology, instanceId: instanceId(`${topology}-${instance}`), settings: settings.membership, clock }),
    log: kafkajsOffsets(cluster, clock, settings.requestTimeoutMs),
    async describe(topics) {
      await cluster.refreshMetadata(topics)
      return new Map(topics.map((topic) => {
        const known = cluster.topic(topic)
        return [topic, { error: known === undefined ? 'LEADER_NOT_AVAILABLE' : known.error, partitions: known?.leaders.size ?? 0 }]
      }))
    },
    async topics() {
      const { topicMetadata } = await cluster.send('any', {
        // no names are all topics
        request: metadataRequest({ topics: [], allowAutoTopicCreation: false }),
        response: { decode: (bytes) => metadataResponse.decode(bytes), parse: (decoded) => Promise.resolve(decoded) },
      })
      return topicMetadata.map(({ topic }) => topic)
    },
    disconnect: () => cluster.disconnect(),
  }
}

/** Kafka takes letters, digits, dot, dash and underscore. */
function instanceId(text: string): string {
  return text.replaceAll(/[^\w.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}`)
}
