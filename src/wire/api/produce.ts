import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, records, string } from '../message/field.ts'

export const produce = defineApi({
  name: 'Produce',
  key: 0,
  versions: [3, 9],
  flexibleSince: 9,
  request: {
    transactionalId: string({ nullable: 3, fallback: null }),
    /** 0: no response at all, 1: the leader has written it, -1: all in-sync replicas have. */
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string(),
      partitionData: array({
        index: int32(),
        records: records(),
      }),
    }),
  },
  response: {
    responses: array({
      name: string(),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        /** -1 where the producer sets the timestamps. */
        logAppendTimeMs: int64({ fallback: -1 }),
        logStartOffset: int64({ since: 5, fallback: -1 }),
        recordErrors: array({
          batchIndex: int32(),
          batchIndexErrorMessage: string({ nullable: 8, fallback: null }),
        }, { since: 8 }),
        errorMessage: string({ since: 8, nullable: 8, fallback: null }),
      }),
    }),
    throttleTimeMs: int32(),
  },
})
