import { endTxn } from '../../../../wire/api/end-txn.ts'
import { errorCode } from '../../../../wire/api/error-code.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveTransactions } from '../live-transactions.ts'
import { orRefusedByVersion } from './or-refused-by-version.ts'

const fencedSince = 2

export function endTxnHandler(transactions: LiveTransactions): ApiHandler<typeof endTxn> {
  return defineHandler({
    api: endTxn,
    handle({ transactionalId, producerId, producerEpoch, committed }, { version }) {
      return orRefusedByVersion(version, fencedSince, async () => {
        await transactions.end(transactionalId, { id: producerId, epoch: producerEpoch }, committed ? 'commit' : 'abort')
        return {}
      }, (error) => ({ errorCode: errorCode[error] }))
    },
  })
}
