import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, list, string } from '../message/field.ts'

export const addPartitionsToTxn = defineApi({
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    v3AndBelowTransactionalId: string(),
    v3AndBelowProducerId: int64(),
    v3AndBelowProducerEpoch: int16(),
    v3AndBelowTopics: array({
      name: string(),
      partitions: list(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    resultsByTopicV3AndBelow: array({
      name: string(),
      resultsByPartition: array({
        partitionIndex: int32(),
        partitionErrorCode: int16(),
      }),
    }),
  },
})
