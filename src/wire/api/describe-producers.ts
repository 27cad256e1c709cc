import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, list, string } from '../message/field.ts'

export const describeProducers = defineApi({
  name: 'DescribeProducers',
  key: 61,
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    topics: array({
      name: string(),
      partitionIndexes: list(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, fallback: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ fallback: -1 }),
          lastTimestamp: int64({ fallback: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ fallback: -1 }),
        }),
      }),
    }),
  },
})
