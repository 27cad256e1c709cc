import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int8, list, string } from '../message/field.ts'

export const describeConfigs = defineApi({
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 4],
  flexibleSince: 4,
  request: {
    resources: array({
      /** 2: a topic, 4: a broker. */
      resourceType: int8(),
      resourceName: string(),
      /** Null or none stands for all. */
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
        /** 1: the topic, 2: this broker, 3: all brokers, 4: the broker's start, 5: the default. */
        configSource: int8({ fallback: -1 }),
        isSensitive: boolean(),
        synonyms: array({
          name: string(),
          value: string({ nullable: 1 }),
          source: int8(),
        }),
        /** 1: boolean, 2: string, 3: int, 4: short, 5: long, 6: double, 7: list, 8: class, 9: password. */
        configType: int8({ since: 3 }),
        documentation: string({ since: 3, nullable: 3 }),
      }),
    }),
  },
})
