import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, int8, list, records, string, struct } from '../message/field.ts'

export const fetch = defineApi({
  name: 'Fetch',
  key: 1,
  versions: [4, 12],
  flexibleSince: 12,
  request: {
    clusterId: string({ since: 12, tag: 0, nullable: 12, fallback: null }),
    /** -1 for a consumer. */
    replicaId: int32({ fallback: -1 }),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ fallback: 0x7fff_ffff }),
    /** 0: read uncommitted, 1: read committed. */
    isolationLevel: int8(),
    sessionId: int32({ since: 7 }),
    sessionEpoch: int32({ since: 7, fallback: -1 }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, fallback: -1 }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, fallback: -1 }),
        logStartOffset: int64({ since: 5, fallback: -1 }),
        partitionMaxBytes: int32(),
      }),
    }),
    forgottenTopicsData: array({
      topic: string(),
      partitions: list(int32()),
    }, { since: 7 }),
    rackId: string({ since: 11 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 7 }),
    sessionId: int32({ since: 7 }),
    responses: array({
      topic: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ fallback: -1 }),
        logStartOffset: int64({ since: 5, fallback: -1 }),
        divergingEpoch: struct({
          epoch: int32({ fallback: -1 }),
          endOffset: int64({ fallback: -1 }),
        }, { since: 12, tag: 0 }),
        currentLeader: struct({
          leaderId: int32({ fallback: -1 }),
          leaderEpoch: int32({ fallback: -1 }),
        }, { since: 12, tag: 1 }),
        snapshotId: struct({
          endOffset: int64({ fallback: -1 }),
          epoch: int32({ fallback: -1 }),
        }, { since: 12, tag: 2 }),
        abortedTransactions: array({
          producerId: int64(),
          firstOffset: int64(),
        }, { nullable: 4 }),
        preferredReadReplica: int32({ since: 11, fallback: -1 }),
        records: records(),
      }),
    }),
  },
})
