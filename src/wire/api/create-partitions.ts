import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, list, string } from '../message/field.ts'

export const createPartitions = defineApi({
  name: 'CreatePartitions',
  key: 37,
  versions: [0, 3],
  flexibleSince: 2,
  request: {
    topics: array({
      name: string(),
      /** All partitions, the old ones included. */
      count: int32(),
      assignments: array({
        brokerIds: list(int32()),
      }, { nullable: 0 }),
    }),
    timeoutMs: int32(),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, fallback: null }),
    }),
  },
})
