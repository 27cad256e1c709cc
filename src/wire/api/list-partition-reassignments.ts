import { defineApi } from '../message/api.ts'
import { array, int16, int32, list, string } from '../message/field.ts'

export const listPartitionReassignments = defineApi({
  name: 'ListPartitionReassignments',
  key: 46,
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    timeoutMs: int32({ fallback: 60000 }),
    topics: array({
      name: string(),
      partitionIndexes: list(int32()),
    }, { nullable: 0, fallback: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, fallback: null }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: list(int32()),
        addingReplicas: list(int32()),
        removingReplicas: list(int32()),
      }),
    }),
  },
})
