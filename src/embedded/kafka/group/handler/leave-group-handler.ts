import { errorCode } from '../../../../wire/api/error-code.ts'
import type { ErrorCodeName } from '../../../../wire/api/error-code.ts'
import { leaveGroup } from '../../../../wire/api/leave-group.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveGroups } from '../live-groups.ts'
import { orRefused } from './or-refused.ts'

/** First version in which several members may leave at once. */
const severalSince = 3

export function leaveGroupHandler(groups: LiveGroups): ApiHandler<typeof leaveGroup> {
  return defineHandler({
    api: leaveGroup,
    async handle({ groupId, memberId, members }, { version }) {
      if (groupId === '') return { errorCode: errorCode.INVALID_GROUP_ID }
      const leaving = version < severalSince ? [{ memberId, groupInstanceId: null }] : members
      const group = groups.get(groupId)
      const errors = group === undefined
        ? leaving.map((): ErrorCodeName => 'UNKNOWN_MEMBER_ID')
        : await orRefused(
          () => groups.leave(group, leaving.map((member) => ({ memberId: member.memberId, instanceId: member.groupInstanceId }))),
          (error) => leaving.map(() => error),
        )
      if (version < severalSince) return { errorCode: errorCode[errors[0]!] }
      return { members: leaving.map((member, i) => ({ memberId: member.memberId, groupInstanceId: member.groupInstanceId, errorCode: errorCode[errors[i]!] })) }
    },
  })
}
