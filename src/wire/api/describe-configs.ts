import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int8, list, string } from '../message/field.ts'

export const describeConfigs = defineApi({
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 4],
  flexibleSince: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: list(string(), { nullable: 1 }),
    }),
    includeSynonyms: boolean(),
    includeDocumentation: boolean({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1, fallback: null }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 1 }),
        readOnly: boolean(),
        configSource: int8({ fallback: -1 }),
        isSensitive: boolean(),
        synonyms: array({
          name: string(),
          value: string({ nullable: 1 }),
          source: int8(),
        }),
        configType: int8({ since: 3 }),
        documentation: string({ since: 3, nullable: 3 }),
      }),
    }),
  },
})
