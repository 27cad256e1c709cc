import { errorCode } from '../../../../wire/api/error-code.ts'
import { syncGroup } from '../../../../wire/api/sync-group.ts'
import type { RequestOf } from '../../../../wire/message/api.ts'
import { defineHandler, noResponse } from '../../api-handler.ts'
import type { ApiHandler, RequestContext } from '../../api-handler.ts'
import { syncRefused } from '../group-messages.ts'
import type { SyncResult } from '../group-messages.ts'
import type { LiveGroups } from '../live-groups.ts'
import { orRefused } from './or-refused.ts'

/** First version that must say which protocol the member takes part in. */
const namesProtocolSince = 5

export function syncGroupHandler(groups: LiveGroups): ApiHandler<typeof syncGroup> {
  const sync = (request: RequestOf<typeof syncGroup>, { version, signal }: RequestContext): SyncResult | Promise<SyncResult | undefined> => {
    if (version >= namesProtocolSince && (request.protocolType === null || request.protocolName === null)) return syncRefused('INCONSISTENT_GROUP_PROTOCOL')
    if (request.groupId === '') return syncRefused('INVALID_GROUP_ID')
    const group = groups.get(request.groupId)
    if (group === undefined) return syncRefused('UNKNOWN_MEMBER_ID')
    return groups.sync(group, {
      memberId: request.memberId,
      instanceId: request.groupInstanceId,
      generation: request.generationId,
      protocolType: request.protocolType,
      protocolName: request.protocolName,
      // Copied, for the request's bytes are used again.
      assignments: new Map(request.assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)])),
    }, signal)
  }

  return defineHandler({
    api: syncGroup,
    async handle(request, context) {
      const result = await orRefused(async () => sync(request, context), syncRefused)
      if (result === undefined) return noResponse
      const { error, protocolType, protocolName, assignment } = result
      return { errorCode: errorCode[error], protocolType, protocolName, assignment }
    },
  })
}
