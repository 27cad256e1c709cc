import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int8, list, string, uuid } from '../message/field.ts'

export const createTopics = defineApi({
  name: 'CreateTopics',
  key: 19,
  versions: [2, 7],
  flexibleSince: 5,
  request: {
    topics: array({
      name: string(),
      /** -1 for the broker's default, or where `assignments` are given. */
      numPartitions: int32(),
      /** -1 for the broker's default, or where `assignments` are given. */
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32(),
        brokerIds: list(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: 2 }),
      }),
    }),
    timeoutMs: int32({ fallback: 60000 }),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      topicId: uuid({ since: 7 }),
      errorCode: int16(),
      errorMessage: string({ nullable: 2, fallback: null }),
      topicConfigErrorCode: int16({ since: 5, tag: 0 }),
      numPartitions: int32({ since: 5, fallback: -1 }),
      replicationFactor: int16({ since: 5, fallback: -1 }),
      configs: array({
        name: string(),
        value: string({ nullable: 5 }),
        readOnly: boolean(),
        /** 1: the topic, 2: this broker, 3: all brokers, 4: the broker's start, 5: the default. */
        configSource: int8({ fallback: -1 }),
        isSensitive: boolean(),
      }, { since: 5, nullable: 5 }),
    }),
  },
})
