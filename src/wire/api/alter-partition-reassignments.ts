import { defineApi } from '../message/api.ts'
import { array, int16, int32, list, string } from '../message/field.ts'

export const alterPartitionReassignments = defineApi({
  name: 'AlterPartitionReassignments',
  key: 45,
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    timeoutMs: int32({ fallback: 60000 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** Null cancels a reassignment. */
        replicas: list(int32(), { nullable: 0, fallback: null }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, fallback: null }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, fallback: null }),
      }),
    }),
  },
})
