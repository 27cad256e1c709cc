import { defineApi } from '../message/api.ts'
import { array, int16, int32, string } from '../message/field.ts'

export const leaveGroup = defineApi({
  name: 'LeaveGroup',
  key: 13,
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    memberId: string({ until: 2 }),
    members: array({
      memberId: string(),
      groupInstanceId: string({ nullable: 3, fallback: null }),
      reason: string({ since: 5, nullable: 5, fallback: null }),
    }, { since: 3 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ nullable: 3 }),
      errorCode: int16(),
    }, { since: 3 }),
  },
})
