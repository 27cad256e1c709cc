import { defineApi } from '../message/api.ts'
import { array, int16, int32, int64, list, string } from '../message/field.ts'

export const listTransactions = defineApi({
  name: 'ListTransactions',
  key: 66,
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    stateFilters: list(string()),
    producerIdFilters: list(int64()),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: list(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
})
