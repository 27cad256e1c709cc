import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, list, string } from '../message/field.ts'

export const metadata = defineApi({
  name: 'Metadata',
  key: 3,
  versions: [0, 9],
  flexibleSince: 9,
  request: {
    /** Null stands for all; so does an empty array in version 0. */
    topics: array({
      name: string(),
    }, { nullable: 1 }),
    allowAutoTopicCreation: boolean({ since: 4, fallback: true }),
    includeClusterAuthorizedOperations: boolean({ since: 8 }),
    includeTopicAuthorizedOperations: boolean({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullable: 1, fallback: null }),
    }),
    clusterId: string({ since: 2, nullable: 2, fallback: null }),
    controllerId: int32({ since: 1, fallback: -1 }),
    topics: array({
      errorCode: int16(),
      name: string(),
      isInternal: boolean({ since: 1 }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, fallback: -1 }),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        offlineReplicas: list(int32(), { since: 5 }),
      }),
      /** Bits by Kafka's operation codes; the lowest int32 where not asked for. */
      topicAuthorizedOperations: int32({ since: 8, fallback: -0x8000_0000 }),
    }),
    /** Bits by Kafka's operation codes; the lowest int32 where not asked for. */
    clusterAuthorizedOperations: int32({ since: 8, fallback: -0x8000_0000 }),
  },
})
