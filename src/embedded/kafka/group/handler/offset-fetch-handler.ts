import { errorCode } from '../../../../wire/api/error-code.ts'
import { offsetFetch } from '../../../../wire/api/offset-fetch.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { FetchedTopic, GroupOffsets } from '../group-offsets.ts'

/** First version that asks for several groups. */
const severalSince = 8

export function offsetFetchHandler(offsets: GroupOffsets): ApiHandler<typeof offsetFetch> {
  return defineHandler({
    api: offsetFetch,
    handle({ groupId, topics, groups, requireStable }, { version }) {
      const fetch = (id: string, asked: typeof topics) =>
        topicsToWrite(offsets.fetch(id, asked?.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes })) ?? null, requireStable))
      if (version < severalSince) return { topics: fetch(groupId, topics) }
      return { groups: groups.map((group) => ({ groupId: group.groupId, topics: fetch(group.groupId, group.topics) })) }
    },
  })
}

function topicsToWrite(topics: readonly FetchedTopic[]) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition, error, offset, leaderEpoch, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      metadata,
      errorCode: errorCode[error],
    })),
  }))
}
