import { describeGroups } from '../../../../wire/api/describe-groups.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { Group } from '../group.ts'
import type { LiveGroups } from '../live-groups.ts'

const notAsked = -0x8000_0000
/** Bits of READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS: all there is to be done with a group, since nothing is forbidden. */
const everyOperation = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11

export function describeGroupsHandler(groups: LiveGroups): ApiHandler<typeof describeGroups> {
  return defineHandler({
    api: describeGroups,
    handle({ groups: ids, includeAuthorizedOperations }) {
      const authorizedOperations = includeAuthorizedOperations ? everyOperation : notAsked
      return {
        groups: ids.map((groupId) => {
          const group = groups.get(groupId)
          return { groupId, authorizedOperations, ...group === undefined ? { groupState: 'Dead' } : description(group) }
        }),
      }
    },
  })
}

function description(group: Group) {
  const isStable = group.state === 'Stable'
  return {
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? group.protocolName ?? '' : '',
    members: group.members.map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? member.metadataOf(group.protocolName) : Buffer.alloc(0),
      memberAssignment: member.assignment,
    })),
  }
}
