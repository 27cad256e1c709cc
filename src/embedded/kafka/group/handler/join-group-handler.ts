import { errorCode } from '../../../../wire/api/error-code.ts'
import { joinGroup } from '../../../../wire/api/join-group.ts'
import type { RequestOf, ResponseToWrite } from '../../../../wire/message/api.ts'
import { defineHandler, noResponse } from '../../api-handler.ts'
import type { ApiHandler, RequestContext } from '../../api-handler.ts'
import { joinRefused } from '../group-messages.ts'
import type { JoinRequest, JoinResult } from '../group-messages.ts'
import type { GroupSettings } from '../group-settings.ts'
import type { LiveGroups } from '../live-groups.ts'
import { orRefused } from './or-refused.ts'

/** First version whose clients come back with the member id they are given. */
const takesMemberIdSince = 4
const nullableProtocolSince = 7

export function joinGroupHandler(groups: LiveGroups, settings: () => GroupSettings): ApiHandler<typeof joinGroup> {
  const join = (request: RequestOf<typeof joinGroup>, context: RequestContext): JoinResult | Promise<JoinResult | undefined> => {
    const { groupId, memberId, sessionTimeoutMs } = request
    const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = settings()
    if (groupId === '') return joinRefused('INVALID_GROUP_ID', memberId)
    if (sessionTimeoutMs < groupMinSessionTimeoutMs || sessionTimeoutMs > groupMaxSessionTimeoutMs) return joinRefused('INVALID_SESSION_TIMEOUT', memberId)
    const group = memberId === '' ? groups.getOrCreate(groupId) : groups.get(groupId)
    if (group === undefined) return joinRefused('UNKNOWN_MEMBER_ID', memberId)
    return groups.join(group, read(request, context), context.signal)
  }

  return defineHandler({
    api: joinGroup,
    async handle(request, context) {
      const result = await orRefused(async () => join(request, context), (error) => joinRefused(error, request.memberId))
      return result === undefined ? noResponse : write(result, context.version)
    },
  })
}

function read(request: RequestOf<typeof joinGroup>, { version, clientId, clientHost }: RequestContext): JoinRequest {
  return {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    clientId: clientId ?? '',
    clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: version === 0 ? request.sessionTimeoutMs : Math.max(0, request.rebalanceTimeoutMs),
    protocolType: request.protocolType,
    // Copied, for the request's bytes are used again.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    takesMemberId: version >= takesMemberIdSince,
  }
}

function write(result: JoinResult, version: number): ResponseToWrite<typeof joinGroup> {
  return {
    errorCode: errorCode[result.error],
    generationId: result.generation,
    protocolType: result.protocolType,
    protocolName: version < nullableProtocolSince ? result.protocolName ?? '' : result.protocolName,
    leader: result.leader,
    memberId: result.memberId,
    members: result.members.map(({ memberId, instanceId, metadata }) => ({ memberId, groupInstanceId: instanceId, metadata })),
  }
}
