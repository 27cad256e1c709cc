import { deleteGroups } from '../../../../wire/api/delete-groups.ts'
import { errorCode } from '../../../../wire/api/error-code.ts'
import type { ErrorCodeName } from '../../../../wire/api/error-code.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveGroups } from '../live-groups.ts'
import { orRefused } from './or-refused.ts'

export function deleteGroupsHandler(groups: LiveGroups): ApiHandler<typeof deleteGroups> {
  const deleteGroup = async (groupId: string): Promise<ErrorCodeName> => {
    const group = groups.get(groupId)
    if (group === undefined) return 'GROUP_ID_NOT_FOUND'
    if (group.state !== 'Empty') return 'NON_EMPTY_GROUP'
    await groups.delete(group)
    return 'NONE'
  }

  return defineHandler({
    api: deleteGroups,
    async handle({ groupsNames }) {
      const results = [...new Set(groupsNames)].map(async (groupId) => ({
        groupId,
        errorCode: errorCode[await orRefused(() => deleteGroup(groupId), (error) => error)],
      }))
      return { results: await Promise.all(results) }
    },
  })
}
