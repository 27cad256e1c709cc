import { describeTransactions } from '../../../../wire/api/describe-transactions.ts'
import { errorCode } from '../../../../wire/api/error-code.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveTransactions } from '../live-transactions.ts'

export function describeTransactionsHandler(transactions: LiveTransactions): ApiHandler<typeof describeTransactions> {
  return defineHandler({
    api: describeTransactions,
    handle({ transactionalIds }) {
      return {
        transactionStates: transactionalIds.map((transactionalId) => {
          if (transactionalId === '') return { transactionalId, errorCode: errorCode.INVALID_REQUEST }
          const transaction = transactions.get(transactionalId)
          if (transaction === undefined) return { transactionalId, errorCode: errorCode.TRANSACTIONAL_ID_NOT_FOUND }
          const { state, timeoutMs, startedAtMs, producerId, producerEpoch, partitions } = transaction
          return {
            transactionalId,
            transactionState: state,
            transactionTimeoutMs: timeoutMs,
            transactionStartTimeMs: startedAtMs,
            producerId,
            producerEpoch,
            topics: Array.from(partitions, ([topic, numbers]) => ({ topic, partitions: [...numbers] })),
          }
        }),
      }
    },
  })
}
