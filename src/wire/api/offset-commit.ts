import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, string } from '../message/field.ts'

export const offsetCommit = defineApi({
  name: 'OffsetCommit',
  key: 8,
  versions: [2, 8],
  flexibleSince: 8,
  request: {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ fallback: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 7, nullable: 7, fallback: null }),
    retentionTimeMs: int64({ until: 4, fallback: -1 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 6, fallback: -1 }),
        committedMetadata: string({ nullable: 2 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})
