import { errorCode } from '../../../../wire/api/error-code.ts'
import type { offsetCommit } from '../../../../wire/api/offset-commit.ts'
import type { RequestOf } from '../../../../wire/message/api.ts'
import type { TopicOutcomes, TopicsToCommit } from '../group-offsets.ts'

type AskedTopics = RequestOf<typeof offsetCommit>['topics']

interface WrittenTopic {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

/** The topics of an OffsetCommit or TxnOffsetCommit. */
export function topicsToCommit(topics: AskedTopics): TopicsToCommit[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => ({
      partition: partitionIndex,
      offset: committedOffset,
      leaderEpoch: committedLeaderEpoch,
      metadata: committedMetadata,
    })),
  }))
}

export function outcomesToWrite(topics: readonly TopicOutcomes[]): WrittenTopic[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition, error }) => ({ partitionIndex: partition, errorCode: errorCode[error] })),
  }))
}

export function refusedTopics(topics: readonly { readonly name: string; readonly partitions: readonly { readonly partitionIndex: number }[] }[], code: number): WrittenTopic[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
  }))
}
