import { addOffsetsToTxn } from '../../../../wire/api/add-offsets-to-txn.ts'
import { errorCode } from '../../../../wire/api/error-code.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveTransactions } from '../live-transactions.ts'
import { orRefusedByVersion } from './or-refused-by-version.ts'

const fencedSince = 2

export function addOffsetsToTxnHandler(transactions: LiveTransactions): ApiHandler<typeof addOffsetsToTxn> {
  return defineHandler({
    api: addOffsetsToTxn,
    handle({ transactionalId, producerId, producerEpoch, groupId }, { version }) {
      return orRefusedByVersion(version, fencedSince, async () => {
        await transactions.addGroup(transactionalId, { id: producerId, epoch: producerEpoch }, groupId)
        return {}
      }, (error) => ({ errorCode: errorCode[error] }))
    },
  })
}
