import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int64, list, string } from '../message/field.ts'

export const describeLogDirs = defineApi({
  name: 'DescribeLogDirs',
  key: 35,
  versions: [1, 4],
  flexibleSince: 2,
  request: {
    topics: array({
      topic: string(),
      partitions: list(int32()),
    }, { nullable: 1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 3 }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: boolean(),
        }),
      }),
      totalBytes: int64({ since: 4, fallback: -1 }),
      usableBytes: int64({ since: 4, fallback: -1 }),
    }),
  },
})
