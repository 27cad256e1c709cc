import { defineApi } from '../message/api.ts'
import { array, int16, int32, list, string } from '../message/field.ts'

export const listGroups = defineApi({
  name: 'ListGroups',
  key: 16,
  versions: [0, 4],
  flexibleSince: 3,
  request: {
    statesFilter: list(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4 }),
    }),
  },
})
