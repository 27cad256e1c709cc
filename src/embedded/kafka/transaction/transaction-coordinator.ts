import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { systemDisk } from '../../journal/disk.ts'
import type { Disk } from '../../journal/disk.ts'
import { Journal } from '../../journal/journal.ts'
import type { SyncPolicy } from '../../journal/journal-options.ts'
import type { ApiHandler } from '../api-handler.ts'
import { rollBackUnknown } from './completion.ts'
import type { TransactionalLogs } from './completion.ts'
import { addOffsetsToTxnHandler } from './handler/add-offsets-to-txn-handler.ts'
import { addPartitionsToTxnHandler } from './handler/add-partitions-to-txn-handler.ts'
import { describeTransactionsHandler } from './handler/describe-transactions-handler.ts'
import { endTxnHandler } from './handler/end-txn-handler.ts'
import { initProducerIdHandler } from './handler/init-producer-id-handler.ts'
import { listTransactionsHandler } from './handler/list-transactions-handler.ts'
import { txnOffsetCommitHandler } from './handler/txn-offset-commit-handler.ts'
import type { TransactionalGroups } from './handler/txn-offset-commit-handler.ts'
import { LiveTransactions } from './live-transactions.ts'
import type { TransactionSettings } from './transaction-settings.ts'
import { TransactionStore } from './transaction-store.ts'
import type { Producer } from './transaction.ts'

export interface TransactionCoordinatorOptions {
  /** Its directory must exist. */
  readonly journalFile: string
  /** When the journal is forced to the device. */
  readonly sync: SyncPolicy
  readonly logs: TransactionalLogs
  readonly groups: TransactionalGroups
  /** Read on every use. */
  readonly settings: () => TransactionSettings
  readonly clock: Clock
  readonly logger: Logger
  /** Of the journal. Default: the operating system's. */
  readonly disk?: Disk
}

/** Producer ids, and the transactions of producers with a transactional id, kept in one journal. */
export class TransactionCoordinator {
  /** InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn, ListTransactions, DescribeTransactions. */
  readonly handlers: readonly ApiHandler[]
  readonly #options: TransactionCoordinatorOptions
  readonly #journal: Journal
  readonly #transactions: LiveTransactions
  readonly #timers = new Set<Timer>()
  #closed = false

  private constructor(options: TransactionCoordinatorOptions, journal: Journal, store: TransactionStore) {
    const { logs, groups, settings } = options
    this.#options = options
    this.#journal = journal
    const transactions = this.#transactions = new LiveTransactions({ ...options, store })
    this.handlers = [
      initProducerIdHandler(transactions),
      addPartitionsToTxnHandler(transactions, logs),
      addOffsetsToTxnHandler(transactions),
      txnOffsetCommitHandler(transactions, groups),
      endTxnHandler(transactions),
      listTransactionsHandler(transactions),
      describeTransactionsHandler(transactions),
    ] as readonly ApiHandler[]
    this.#every(() => settings().transactionAbortTimedOutTransactionCleanupIntervalMs, () => transactions.abortOverdue())
    this.#every(() => settings().transactionRemoveExpiredTransactionCleanupIntervalMs, () => transactions.forgetUnused())
  }

  /** Ends what was decided in the last run, however that ended. Open transactions stay open, and their time goes on. Throws what the journal throws. */
  static async open(options: TransactionCoordinatorOptions): Promise<TransactionCoordinator> {
    const { journalFile, sync, clock, logger, logs, groups, disk = systemDisk } = options
    const store = new TransactionStore(logger)
    const journal = await Journal.open({ file: journalFile, sync, clock, logger, disk, replay: (payload) => store.replay(payload), snapshot: () => store.snapshot() })
    try {
      store.startWriting(journal)
      const coordinator = new TransactionCoordinator(options, journal, store)
      await coordinator.#transactions.finishDecided()
      await rollBackUnknown(store.all(), logs, groups, logger)
      return coordinator
    } catch (thrown) {
      await journal.close()
      throw thrown
    }
  }

  /** Throws the Refusal for a batch that would begin a transaction in a partition its producer has not added. */
  verify(transactionalId: string | null, producer: Producer, topic: string, partition: number): void {
    this.#transactions.verify(transactionalId, producer, topic, partition)
  }

  /** Open transactions stay open for their producers. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    await this.#transactions.close()
    await this.#journal.close()
  }

  #every(intervalMs: () => number, work: () => Promise<void>): void {
    if (this.#closed) return
    const timer = this.#options.clock.setTimer(intervalMs(), () => {
      this.#timers.delete(timer)
      work()
        .catch((error: unknown) => this.#options.logger.error('transactions could not be looked after', { error }))
        .finally(() => this.#every(intervalMs, work))
    }, false)
    this.#timers.add(timer)
  }
}
