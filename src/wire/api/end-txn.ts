import { defineApi } from '../message/api.ts'
import { boolean, int16, int32, int64, string } from '../message/field.ts'

export const endTxn = defineApi({
  name: 'EndTxn',
  key: 26,
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
})
