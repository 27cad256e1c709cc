import { listGroups } from '../../../../wire/api/list-groups.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveGroups } from '../live-groups.ts'

export function listGroupsHandler(groups: LiveGroups): ApiHandler<typeof listGroups> {
  return defineHandler({
    api: listGroups,
    handle({ statesFilter }) {
      const states = new Set(statesFilter.map((state) => state.toLowerCase()))
      return {
        groups: groups.all
          .filter(({ state }) => states.size === 0 || states.has(state.toLowerCase()))
          .map(({ id, protocolType, state }) => ({ groupId: id, protocolType: protocolType ?? '', groupState: state })),
      }
    },
  })
}
