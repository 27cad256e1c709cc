import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { Refusal } from '../refusal.ts'
import { carryOut } from './completion.ts'
import type { TransactionalLogs, TransactionalOffsets } from './completion.ts'
import { TasksByKey } from './tasks-by-key.ts'
import {
  checkInitialisation, checkProducer, ended, ending, fenced, firstTransaction, hasGroup, hasPartitions, isEnding, isOverdue, isUnused,
  needsNewProducerId, stillEnding, withGroup, withNewProducerId, withNextEpoch, withPartitions,
} from './transaction.ts'
import type { Outcome, Producer, Transaction } from './transaction.ts'
import type { TransactionSettings } from './transaction-settings.ts'
import type { TransactionStore } from './transaction-store.ts'

export interface LiveTransactionsOptions {
  readonly store: TransactionStore
  readonly logs: TransactionalLogs
  readonly groups: TransactionalOffsets
  readonly settings: () => TransactionSettings
  readonly clock: Clock
  readonly logger: Logger
}

/** Between two attempts to write the markers of a transaction whose outcome is decided. */
const retryMs = 1000

/** What producers ask for. Requests for one transactional id are handled one after the other, to the end. */
export class LiveTransactions {
  readonly #options: LiveTransactionsOptions
  readonly #tasks = new TasksByKey()
  readonly #retries = new Map<string, Timer>()
  #closed = false

  constructor(options: LiveTransactionsOptions) {
    this.#options = options
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#options.store.get(transactionalId)
  }

  all(): Iterable<Transaction> {
    return this.#options.store.all()
  }

  /** For a producer without transactions. */
  async newProducer(): Promise<Producer> {
    return { id: await this.#options.store.newProducerId(), epoch: 0 }
  }

  /** Gives the transactional id to the producer that asks: one that had it before is fenced, and its open transaction rolled back. Rejects with a `Refusal`. */
  initialise(transactionalId: string, timeoutMs: number, given: Producer | undefined): Promise<Producer> {
    return this.#alone(transactionalId, async () => {
      const { store, clock, settings } = this.#options
      const longest = settings().transactionMaxTimeoutMs
      if (!(timeoutMs > 0 && timeoutMs <= longest)) throw new Refusal('INVALID_TRANSACTION_TIMEOUT', `a transaction may take up to ${longest} ms (transaction.max.timeout.ms), not ${timeoutMs}`)
      let transaction = store.get(transactionalId)
      if (transaction !== undefined) {
        checkInitialisation(transaction, given)
        if (transaction.state === 'Ongoing') transaction = await this.#roll(transaction)
        if (isEnding(transaction)) throw stillEnding(transaction)
      }
      const wish = { timeoutMs, given, nowMs: clock.now() }
      const next = transaction === undefined ? firstTransaction(transactionalId, await store.newProducerId(), wish)
        : needsNewProducerId(transaction, given) ? withNewProducerId(transaction, await store.newProducerId(), wish)
        : withNextEpoch(transaction, wish)
      await store.save(next)
      return { id: next.producerId, epoch: next.producerEpoch }
    })
  }

  /** Makes the partitions part of the producer's transaction, which begins with the first. Rejects with a `Refusal`. */
  addPartitions(transactionalId: string, producer: Producer, topics: ReadonlyMap<string, readonly number[]>): Promise<void> {
    return this.#alone(transactionalId, async () => {
      const { store, clock } = this.#options
      const transaction = checkProducer(store.get(transactionalId), transactionalId, producer)
      if (!hasPartitions(transaction, topics)) await store.save(withPartitions(transaction, topics, clock.now()))
    })
  }

  /** Makes the group's offsets part of the producer's transaction. Rejects with a `Refusal`. */
  addGroup(transactionalId: string, producer: Producer, groupId: string): Promise<void> {
    return this.#alone(transactionalId, async () => {
      const { store, clock } = this.#options
      const transaction = checkProducer(store.get(transactionalId), transactionalId, producer)
      if (!hasGroup(transaction, groupId)) await store.save(withGroup(transaction, groupId, clock.now()))
    })
  }

  /** Runs while the transaction is open and the group is part of it. Rejects with a `Refusal`. */
  withinTransaction<T>(transactionalId: string, producer: Producer, groupId: string, work: () => Promise<T>): Promise<T> {
    return this.#alone(transactionalId, async () => {
      const transaction = checkProducer(this.get(transactionalId), transactionalId, producer)
      if (isEnding(transaction)) throw stillEnding(transaction)
      if (!hasGroup(transaction, groupId)) throw new Refusal('INVALID_TXN_STATE', `group ${groupId} is no part of an open transaction of ${transactionalId}`)
      return work()
    })
  }

  /** Resolves when the outcome is decided for good, and, unless a disk is full, readers see it. Rejects with a `Refusal`. */
  end(transactionalId: string, producer: Producer, outcome: Outcome): Promise<void> {
    return this.#alone(transactionalId, async () => {
      const { store, clock } = this.#options
      const decided = ending(checkProducer(store.get(transactionalId), transactionalId, producer), outcome, clock.now())
      if (decided === undefined) return
      await store.save(decided)
      await this.#finish(decided)
    })
  }

  /** Throws a `Refusal` unless the partition is part of the producer's open transaction. */
  verify(transactionalId: string | null, { id, epoch }: Producer, topic: string, partition: number): void {
    if (transactionalId === null) throw new Refusal('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'a transactional batch was sent without a transactional id')
    const transaction = this.get(transactionalId)
    if (transaction?.producerId !== id) throw new Refusal('INVALID_PRODUCER_ID_MAPPING', `producer ${id} does not hold the transactional id ${transactionalId}`)
    if (transaction.producerEpoch !== epoch) throw new Refusal('INVALID_PRODUCER_EPOCH', `producer ${id} of ${transactionalId} sent epoch ${epoch} and is at ${transaction.producerEpoch}`)
    // Kafka's answer while it cannot tell: clients send again.
    if (isEnding(transaction)) throw new Refusal('NOT_ENOUGH_REPLICAS', `the last transaction of ${transactionalId} is still being ended; try again`)
    if (!hasPartitions(transaction, new Map([[topic, [partition]]]))) throw new Refusal('INVALID_TXN_STATE', `${topic}-${partition} is no part of an open transaction of ${transactionalId}`)
  }

  /** Rolls back what took longer than its producer asked for. */
  abortOverdue(): Promise<void> {
    return this.#onEach((transaction) => isOverdue(transaction, this.#options.clock.now()), async (transaction) => {
      this.#options.logger.info('rolling back a transaction that took too long', { transactionalId: transaction.transactionalId, timeoutMs: transaction.timeoutMs })
      await this.#roll(transaction)
    })
  }

  /** Forgets transactional ids that nobody has used for long. */
  forgetUnused(): Promise<void> {
    const since = this.#options.clock.now() - this.#options.settings().transactionalIdExpirationMs
    return this.#onEach((transaction) => isUnused(transaction, since), ({ transactionalId }) => this.#options.store.forget(transactionalId))
  }

  /** After a start: ends what was decided before. */
  finishDecided(): Promise<void> {
    return this.#onEach(isEnding, (transaction) => this.#finish(transaction))
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#retries.values()) timer.cancel()
    await this.#tasks.idle()
  }

  async #alone<T>(transactionalId: string, work: () => Promise<T>): Promise<T> {
    if (transactionalId === '') throw new Refusal('INVALID_REQUEST', 'a transactional id is not empty')
    return this.#tasks.run(transactionalId, work)
  }

  async #onEach(which: (transaction: Transaction) => boolean, work: (transaction: Transaction) => Promise<void>): Promise<void> {
    const found = [...this.all()].filter(which)
    await Promise.all(found.map(({ transactionalId }) => this.#tasks.run(transactionalId, async () => {
      const transaction = this.get(transactionalId)
      if (transaction !== undefined && which(transaction)) await work(transaction)
    })))
  }

  /** Within a task. The producer of the open transaction is fenced. */
  async #roll(transaction: Transaction): Promise<Transaction> {
    const decided = fenced(transaction, this.#options.clock.now())
    await this.#options.store.save(decided)
    await this.#finish(decided)
    return this.get(transaction.transactionalId)!
  }

  /** Within a task. What cannot be done now is tried again until it can. */
  async #finish(decided: Transaction): Promise<void> {
    const { store, logs, groups, clock, logger } = this.#options
    const { transactionalId } = decided
    try {
      await carryOut(decided, logs, groups)
      await store.save(ended(decided, clock.now()))
    } catch (error) {
      if (this.#closed) return
      logger.warn('a transaction is decided and could not be ended everywhere; trying again', { transactionalId, error })
      this.#retries.get(transactionalId)?.cancel()
      this.#retries.set(transactionalId, clock.setTimer(retryMs, () => {
        this.#retries.delete(transactionalId)
        void this.#tasks.run(transactionalId, async () => {
          const transaction = this.get(transactionalId)
          if (transaction !== undefined && isEnding(transaction)) await this.#finish(transaction)
        })
      }, false))
    }
  }
}
