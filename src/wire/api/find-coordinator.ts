import { defineApi } from '../message/api.ts'
import { array, int16, int32, int8, list, string } from '../message/field.ts'

export const findCoordinator = defineApi({
  name: 'FindCoordinator',
  key: 10,
  versions: [0, 4],
  flexibleSince: 3,
  request: {
    key: string({ until: 3 }),
    /** 0: a group, 1: a transactional id. */
    keyType: int8({ since: 1 }),
    coordinatorKeys: list(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16({ until: 3 }),
    errorMessage: string({ since: 1, until: 3, nullable: 1, fallback: null }),
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    coordinators: array({
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: 4, fallback: null }),
    }, { since: 4 }),
  },
})
