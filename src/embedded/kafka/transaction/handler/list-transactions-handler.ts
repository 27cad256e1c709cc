import { listTransactions } from '../../../../wire/api/list-transactions.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { LiveTransactions } from '../live-transactions.ts'
import { transactionStates } from '../transaction.ts'

/** States a transaction never has here, which Kafka's clients may ask for all the same. */
const otherStates = ['Dead', 'PrepareEpochFence']
const knownStates: ReadonlySet<string> = new Set([...transactionStates, ...otherStates])

export function listTransactionsHandler(transactions: LiveTransactions): ApiHandler<typeof listTransactions> {
  return defineHandler({
    api: listTransactions,
    handle({ stateFilters, producerIdFilters }) {
      const states = new Set(stateFilters)
      const ids = new Set(producerIdFilters)
      const found = [...transactions.all()].filter(({ state, producerId }) => (states.size === 0 || states.has(state)) && (ids.size === 0 || ids.has(producerId)))
      return {
        unknownStateFilters: stateFilters.filter((state) => !knownStates.has(state)),
        transactionStates: found.map(({ transactionalId, producerId, state }) => ({ transactionalId, producerId, transactionState: state })),
      }
    },
  })
}
