import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int64, list, string } from '../message/field.ts'

export const offsetFetch = defineApi({
  name: 'OffsetFetch',
  key: 9,
  versions: [1, 8],
  flexibleSince: 6,
  request: {
    groupId: string({ until: 7 }),
    /** Null stands for all topics of the group. */
    topics: array({
      name: string(),
      partitionIndexes: list(int32()),
    }, { until: 7, nullable: 2 }),
    groups: array({
      groupId: string(),
      topics: array({
        name: string(),
        partitionIndexes: list(int32()),
      }, { nullable: 8 }),
    }, { since: 8 }),
    requireStable: boolean({ since: 7 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 5, fallback: -1 }),
        metadata: string({ nullable: 1 }),
        errorCode: int16(),
      }),
    }, { until: 7 }),
    errorCode: int16({ since: 2, until: 7 }),
    groups: array({
      groupId: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ fallback: -1 }),
          metadata: string({ nullable: 8 }),
          errorCode: int16(),
        }),
      }),
      errorCode: int16(),
    }, { since: 8 }),
  },
})
