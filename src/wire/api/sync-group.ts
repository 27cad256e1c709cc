import { defineApi } from '../message/api.ts'
import { array, bytes, int16, int32, string } from '../message/field.ts'

export const syncGroup = defineApi({
  name: 'SyncGroup',
  key: 14,
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, fallback: null }),
    protocolType: string({ since: 5, nullable: 5, fallback: null }),
    protocolName: string({ since: 5, nullable: 5, fallback: null }),
    assignments: array({
      memberId: string(),
      /** For consumers a version and `consumerAssignment`. */
      assignment: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    protocolType: string({ since: 5, nullable: 5, fallback: null }),
    protocolName: string({ since: 5, nullable: 5, fallback: null }),
    assignment: bytes(),
  },
})
