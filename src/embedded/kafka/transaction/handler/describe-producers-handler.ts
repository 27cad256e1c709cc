import { describeProducers } from '../../../../wire/api/describe-producers.ts'
import { errorCode } from '../../../../wire/api/error-code.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { TransactionalLogs } from '../completion.ts'

/** The idempotent and transactional producers a partition remembers. */
export function describeProducersHandler(logs: TransactionalLogs): ApiHandler<typeof describeProducers> {
  return defineHandler({
    api: describeProducers,
    handle({ topics }) {
      return {
        topics: topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => {
            const log = logs.get(name, partitionIndex)
            if (log === undefined) return { partitionIndex, errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: 'This server does not host this topic-partition.' }
            return {
              partitionIndex,
              activeProducers: Array.from(log.activeProducers(), ({ id, epoch, batches, lastTimestamp, coordinatorEpoch, transactionStart }) => ({
                producerId: id,
                producerEpoch: epoch,
                lastSequence: batches.at(-1)?.lastSequence ?? -1,
                lastTimestamp,
                coordinatorEpoch,
                currentTxnStartOffset: transactionStart,
              })),
            }
          }),
        })),
      }
    },
  })
}
