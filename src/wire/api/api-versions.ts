import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int64, string } from '../message/field.ts'

export const apiVersions = defineApi({
  name: 'ApiVersions',
  key: 18,
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    clientSoftwareName: string({ since: 3 }),
    clientSoftwareVersion: string({ since: 3 }),
  },
  response: {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ since: 1 }),
    supportedFeatures: array({
      name: string(),
      minVersion: int16(),
      maxVersion: int16(),
    }, { since: 3, tag: 0 }),
    finalizedFeaturesEpoch: int64({ since: 3, tag: 1, fallback: -1 }),
    finalizedFeatures: array({
      name: string(),
      maxVersionLevel: int16(),
      minVersionLevel: int16(),
    }, { since: 3, tag: 2 }),
    zkMigrationReady: boolean({ since: 3, tag: 3 }),
  },
})
