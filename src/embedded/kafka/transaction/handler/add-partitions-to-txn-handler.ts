import { addPartitionsToTxn } from '../../../../wire/api/add-partitions-to-txn.ts'
import { errorCode } from '../../../../wire/api/error-code.ts'
import type { ErrorCodeName } from '../../../../wire/api/error-code.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { TransactionalLogs } from '../completion.ts'
import type { LiveTransactions } from '../live-transactions.ts'
import { orRefusedByVersion } from './or-refused-by-version.ts'

const fencedSince = 2

/** All of the partitions become part of the transaction, or none. */
export function addPartitionsToTxnHandler(transactions: LiveTransactions, logs: TransactionalLogs): ApiHandler<typeof addPartitionsToTxn> {
  return defineHandler({
    api: addPartitionsToTxn,
    handle({ v3AndBelowTransactionalId, v3AndBelowProducerId, v3AndBelowProducerEpoch, v3AndBelowTopics: topics }, { version }) {
      const answer = (errorFor: (topic: string, partition: number) => ErrorCodeName) => ({
        resultsByTopicV3AndBelow: topics.map(({ name, partitions }) => ({
          name,
          resultsByPartition: partitions.map((partition) => ({ partitionIndex: partition, partitionErrorCode: errorCode[errorFor(name, partition)] })),
        })),
      })
      const isKnown = (topic: string, partition: number): boolean => logs.get(topic, partition) !== undefined
      if (!topics.every(({ name, partitions }) => partitions.every((partition) => isKnown(name, partition)))) {
        return answer((topic, partition) => (isKnown(topic, partition) ? 'OPERATION_NOT_ATTEMPTED' : 'UNKNOWN_TOPIC_OR_PARTITION'))
      }
      const added = new Map<string, number[]>()
      for (const { name, partitions } of topics) added.set(name, [...added.get(name) ?? [], ...partitions])
      return orRefusedByVersion(version, fencedSince, async () => {
        await transactions.addPartitions(v3AndBelowTransactionalId, { id: v3AndBelowProducerId, epoch: v3AndBelowProducerEpoch }, added)
        return answer(() => 'NONE')
      }, (error) => answer(() => error))
    },
  })
}
