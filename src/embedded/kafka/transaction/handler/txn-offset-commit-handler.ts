import { errorCode } from '../../../../wire/api/error-code.ts'
import type { ErrorCodeName } from '../../../../wire/api/error-code.ts'
import { txnOffsetCommit } from '../../../../wire/api/txn-offset-commit.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import { Refusal } from '../../refusal.ts'
import type { TransactionalOffsets } from '../completion.ts'
import type { LiveTransactions } from '../live-transactions.ts'
import { orRefusedByVersion } from './or-refused-by-version.ts'

export interface OffsetsToCommit {
  readonly groupId: string
  readonly claim: { readonly memberId: string; readonly instanceId: string | null; readonly generation: number }
  readonly producerId: number
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partition: number; readonly offset: number; readonly leaderEpoch: number; readonly metadata: string | null }[]
  }[]
}

export interface CommitOutcome {
  readonly name: string
  readonly partitions: readonly { readonly partition: number; readonly error: ErrorCodeName }[]
}

/** The groups as transactions see them. */
export interface TransactionalGroups extends TransactionalOffsets {
  /** Keeps offsets until the producer's transaction ends; rejects with a `Refusal`. */
  txnOffsetCommit(offsets: OffsetsToCommit): Promise<readonly CommitOutcome[]>
}

/** The answer has always known INVALID_PRODUCER_EPOCH only. */
const fencedNever = Infinity

export function txnOffsetCommitHandler(transactions: LiveTransactions, groups: TransactionalGroups): ApiHandler<typeof txnOffsetCommit> {
  return defineHandler({
    api: txnOffsetCommit,
    handle({ transactionalId, groupId, producerId, producerEpoch, generationId, memberId, groupInstanceId, topics }, { version }) {
      const offsets = {
        groupId,
        claim: { memberId, instanceId: groupInstanceId, generation: generationId },
        producerId,
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => ({
            partition: partitionIndex,
            offset: committedOffset,
            leaderEpoch: committedLeaderEpoch,
            metadata: committedMetadata,
          })),
        })),
      }
      return orRefusedByVersion(version, fencedNever, async () => {
        if (groupId === '') throw new Refusal('INVALID_GROUP_ID', 'a group must have an id')
        const outcomes = await transactions.withinTransaction(transactionalId, { id: producerId, epoch: producerEpoch }, groupId, () => groups.txnOffsetCommit(offsets))
        return { topics: outcomes.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partition, error }) => ({ partitionIndex: partition, errorCode: errorCode[error] })) })) }
      }, (error) => ({
        topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: errorCode[error] })) })),
      }))
    },
  })
}
