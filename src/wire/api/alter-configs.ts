import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int8, string } from '../message/field.ts'

export const alterConfigs = defineApi({
  name: 'AlterConfigs',
  key: 33,
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    resources: array({
      /** 2: a topic, 4: a broker. */
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 0 }),
      }),
    }),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0, fallback: null }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
})
