import { describeProducers } from '../../../wire/api/describe-producers.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'
import { logOf } from './partition-of.ts'

/** The idempotent producers a partition remembers. */
export function describeProducersHandler(topics: Topics): ApiHandler<typeof describeProducers> {
  return defineHandler({
    api: describeProducers,
    handle: (request) => ({
      topics: request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => {
          try {
            return {
              partitionIndex,
              activeProducers: logOf(topics, name, partitionIndex).activeProducers().map(({ id, epoch, batches, lastTimestamp, coordinatorEpoch, transactionStart }) => ({
                producerId: id,
                producerEpoch: epoch,
                lastSequence: batches.at(-1)?.lastSequence ?? -1,
                lastTimestamp,
                coordinatorEpoch,
                currentTxnStartOffset: transactionStart,
              })),
            }
          } catch (error) {
            if (error instanceof Refusal) return { partitionIndex, errorCode: error.code, errorMessage: error.message }
            throw error
          }
        }),
      })),
    }),
  })
}
