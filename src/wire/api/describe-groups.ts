import { defineApi } from '../message/api.ts'
import { array, boolean, bytes, int16, int32, list, string } from '../message/field.ts'

export const describeGroups = defineApi({
  name: 'DescribeGroups',
  key: 15,
  versions: [0, 5],
  flexibleSince: 5,
  request: {
    groups: list(string()),
    includeAuthorizedOperations: boolean({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    groups: array({
      errorCode: int16(),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ since: 4, nullable: 4, fallback: null }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ since: 3, fallback: -0x8000_0000 }),
    }),
  },
})
