import { apiVersions } from '../../../wire/api/api-versions.ts'
import { errorCode } from '../../../wire/api/error-code.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { ListedVersions } from '../server/request-table.ts'

/** As Kafka checks it, so that nothing else gets into names of metrics. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export function apiVersionsHandler(listed: () => readonly ListedVersions[]): ApiHandler<typeof apiVersions> {
  return defineHandler({
    api: apiVersions,
    handle({ clientSoftwareName, clientSoftwareVersion }, { version }) {
      if (version >= 3 && !(softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion))) return { errorCode: errorCode.INVALID_REQUEST }
      return { apiKeys: listed().map(({ key, first, last }) => ({ apiKey: key, minVersion: first, maxVersion: last })) }
    },
  })
}
