import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int8, string } from '../message/field.ts'

export const incrementalAlterConfigs = defineApi({
  name: 'IncrementalAlterConfigs',
  key: 44,
  versions: [0, 1],
  flexibleSince: 1,
  request: {
    resources: array({
      /** 2: a topic, 4: a broker. */
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        /** 0: set, 1: delete, 2: append, 3: subtract. */
        configOperation: int8(),
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
