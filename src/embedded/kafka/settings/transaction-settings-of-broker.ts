import type { TransactionSettings } from '../transaction/transaction-settings.ts'
import type { Settings } from './settings.ts'

/** The broker's settings as its transactions use them. */
export function transactionSettings(settings: Settings): TransactionSettings {
  return {
    transactionMaxTimeoutMs: settings.number('transaction.max.timeout.ms'),
    transactionalIdExpirationMs: settings.number('transactional.id.expiration.ms'),
    transactionAbortTimedOutTransactionCleanupIntervalMs: settings.number('transaction.abort.timed.out.transaction.cleanup.interval.ms'),
    transactionRemoveExpiredTransactionCleanupIntervalMs: settings.number('transaction.remove.expired.transaction.cleanup.interval.ms'),
  }
}
