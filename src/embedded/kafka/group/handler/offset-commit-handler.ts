import { errorCode } from '../../../../wire/api/error-code.ts'
import { offsetCommit } from '../../../../wire/api/offset-commit.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { GroupOffsets } from '../group-offsets.ts'
import { orRefused } from './or-refused.ts'
import { outcomesToWrite, refusedTopics, topicsToCommit } from './offset-topics.ts'

export function offsetCommitHandler(offsets: GroupOffsets): ApiHandler<typeof offsetCommit> {
  return defineHandler({
    api: offsetCommit,
    handle({ groupId, memberId, groupInstanceId, generationIdOrMemberEpoch, retentionTimeMs, topics }) {
      const claim = { memberId, instanceId: groupInstanceId, generation: generationIdOrMemberEpoch }
      return orRefused(
        async () => ({ topics: outcomesToWrite(await offsets.commit(groupId, claim, retentionTimeMs, topicsToCommit(topics))) }),
        (error) => ({ topics: refusedTopics(topics, errorCode[error]) }),
      )
    },
  })
}
