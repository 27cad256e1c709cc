import { errorCode } from '../../../../wire/api/error-code.ts'
import { initProducerId } from '../../../../wire/api/init-producer-id.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import { Refusal } from '../../refusal.ts'
import type { LiveTransactions } from '../live-transactions.ts'
import { orRefusedByVersion } from './or-refused-by-version.ts'

const fencedSince = 4
const none = -1

export function initProducerIdHandler(transactions: LiveTransactions): ApiHandler<typeof initProducerId> {
  return defineHandler({
    api: initProducerId,
    handle({ transactionalId, transactionTimeoutMs, producerId, producerEpoch }, { version }) {
      return orRefusedByVersion(version, fencedSince, async () => {
        if ((producerId === none) !== (producerEpoch === none)) throw new Refusal('INVALID_REQUEST', `producer id ${producerId} and epoch ${producerEpoch} do not go together`)
        const given = producerId === none ? undefined : { id: producerId, epoch: producerEpoch }
        const producer = transactionalId === null ? await transactions.newProducer() : await transactions.initialise(transactionalId, transactionTimeoutMs, given)
        return { producerId: producer.id, producerEpoch: producer.epoch }
      }, (error) => ({ errorCode: errorCode[error], producerId: none, producerEpoch: none }))
    },
  })
}
