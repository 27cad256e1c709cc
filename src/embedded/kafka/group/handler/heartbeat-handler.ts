import { errorCode } from '../../../../wire/api/error-code.ts'
import { heartbeat } from '../../../../wire/api/heartbeat.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveGroups } from '../live-groups.ts'

export function heartbeatHandler(groups: LiveGroups): ApiHandler<typeof heartbeat> {
  return defineHandler({
    api: heartbeat,
    handle({ groupId, memberId, groupInstanceId, generationId }) {
      if (groupId === '') return { errorCode: errorCode.INVALID_GROUP_ID }
      const error = groups.get(groupId)?.heartbeat({ memberId, instanceId: groupInstanceId, generation: generationId }) ?? 'UNKNOWN_MEMBER_ID'
      return { errorCode: errorCode[error] }
    },
  })
}
