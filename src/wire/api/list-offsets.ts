import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, int8, string } from '../message/field.ts'

export const listOffsets = defineApi({
  name: 'ListOffsets',
  key: 2,
  versions: [1, 7],
  flexibleSince: 6,
  request: {
    /** -1 for a consumer. */
    replicaId: int32(),
    /** 0: read uncommitted, 1: read committed. */
    isolationLevel: int8({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ since: 4, fallback: -1 }),
        /** Milliseconds, or -1: the end, -2: the start, -3 (since 7): the record with the largest timestamp. */
        timestamp: int64(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ fallback: -1 }),
        offset: int64({ fallback: -1 }),
        leaderEpoch: int32({ since: 4, fallback: -1 }),
      }),
    }),
  },
})
