import { defineApi } from '../message/api.ts'
import { array, bytes, int16, int32, string } from '../message/field.ts'

export const joinGroup = defineApi({
  name: 'JoinGroup',
  key: 11,
  versions: [0, 7],
  flexibleSince: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, fallback: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 5, nullable: 5, fallback: null }),
    protocolType: string(),
    protocols: array({
      name: string(),
      /** For consumers a version and `consumerSubscription`. */
      metadata: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    errorCode: int16(),
    generationId: int32({ fallback: -1 }),
    protocolType: string({ since: 7, nullable: 7, fallback: null }),
    protocolName: string({ nullable: 7 }),
    leader: string(),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 5, nullable: 5, fallback: null }),
      metadata: bytes(),
    }),
  },
})
