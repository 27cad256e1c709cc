import { defineApi } from '../message/api.ts'
import { array, int16, int32, list, string } from '../message/field.ts'

export const deleteGroups = defineApi({
  name: 'DeleteGroups',
  key: 42,
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    groupsNames: list(string()),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      groupId: string(),
      errorCode: int16(),
    }),
  },
})
