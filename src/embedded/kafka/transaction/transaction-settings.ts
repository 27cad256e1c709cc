/** Kafka's settings for transactions, in its words. */
export interface TransactionSettings {
  /** The longest time a producer may ask for. */
  readonly transactionMaxTimeoutMs: number
  /** A transactional id that is not used for so long is forgotten. */
  readonly transactionalIdExpirationMs: number
  /** How often it is looked for transactions that took too long. */
  readonly transactionAbortTimedOutTransactionCleanupIntervalMs: number
  /** How often it is looked for transactional ids to forget. */
  readonly transactionRemoveExpiredTransactionCleanupIntervalMs: number
}
