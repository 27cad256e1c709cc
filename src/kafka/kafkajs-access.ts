import metadataRequest from 'kafkajs/src/protocol/requests/metadata/v6/request.js'
import metadataResponse from 'kafkajs/src/protocol/requests/metadata/v6/response.js'
import type { ConnectorContext } from '../topology/connector.ts'
import type { CheckedKafkaSettings } from './connection.ts'
import type { GroupIdentity } from './group-identity.ts'
import type { KafkaAccess } from './kafka-access.ts'
import { openCluster } from './kafkajs-cluster.ts'
import { KafkajsGroup } from './kafkajs-group.ts'
import { kafkajsOffsets } from './kafkajs-offsets.ts'

/** Throws MR_KAFKA_UNREACHABLE, MR_KAFKA_AUTH. */
export async function openKafkajs(context: ConnectorContext, settings: CheckedKafkaSettings, identity: GroupIdentity): Promise<KafkaAccess> {
  const { clock } = context
  const cluster = await openCluster(settings, context.log, 'source')
  return {
    at: cluster.bootstrap,
    coordinator: new KafkajsGroup({ cluster, identity, settings: settings.membership, clock }),
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
