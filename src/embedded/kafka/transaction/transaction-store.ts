import type { Logger } from '../../../base/logger.ts'
import type { Journal } from '../../journal/journal.ts'
import { Refusal } from '../refusal.ts'
import { decodeJournalEntry, encodeJournalEntry } from './journal-entry.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Transaction } from './transaction.ts'

/** How many producer ids are reserved at once. */
const blockOfIds = 1000

/** What is known of transactional ids and producer ids and outlives a restart. A change is seen once the journal has it. */
export class TransactionStore {
  readonly #transactions = new Map<string, Transaction>()
  readonly #logger: Logger
  #journal: Pick<Journal, 'append' | 'sync'> | undefined
  #nextId = 0
  #reservedTo = 0
  #reserving: Promise<void> | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  replay(payload: Buffer): void {
    this.#apply(decodeJournalEntry(payload))
    // What may have been given away before stays so.
    this.#nextId = this.#reservedTo
  }

  *snapshot(): Iterable<Uint8Array> {
    yield encodeJournalEntry({ kind: 'producerIds', reservedTo: this.#reservedTo })
    for (const transaction of this.#transactions.values()) yield encodeJournalEntry({ kind: 'transaction', transaction })
  }

  startWriting(journal: Pick<Journal, 'append' | 'sync'>): void {
    this.#journal = journal
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  all(): Iterable<Transaction> {
    return this.#transactions.values()
  }

  /** Rejects with Refusal COORDINATOR_NOT_AVAILABLE when it cannot be kept; nothing has then changed. */
  save(transaction: Transaction): Promise<void> {
    return this.#write({ kind: 'transaction', transaction })
  }

  forget(transactionalId: string): Promise<void> {
    return this.#write({ kind: 'forgotten', transactionalId })
  }

  /** An id no producer ever had here, also after a power cut. Rejects with Refusal COORDINATOR_NOT_AVAILABLE. */
  async newProducerId(): Promise<number> {
    while (this.#nextId === this.#reservedTo) await (this.#reserving ??= this.#reserve().finally(() => {
      this.#reserving = undefined
    }))
    return this.#nextId++
  }

  async #reserve(): Promise<void> {
    await this.#write({ kind: 'producerIds', reservedTo: this.#reservedTo + blockOfIds })
  }

  async #write(entry: JournalEntry): Promise<void> {
    try {
      await this.#journal?.append(encodeJournalEntry(entry))
      // An id given twice would make two producers look like one, whatever the flush settings say.
      if (entry.kind === 'producerIds') await this.#journal?.sync()
    } catch (error) {
      this.#logger.error('a change of a transaction could not be written', { error })
      throw new Refusal('COORDINATOR_NOT_AVAILABLE', 'the change could not be written to disk')
    }
    this.#apply(entry)
  }

  #apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'producerIds':
        this.#reservedTo = entry.reservedTo
        return
      case 'transaction':
        this.#transactions.set(entry.transaction.transactionalId, entry.transaction)
        return
      case 'forgotten':
        this.#transactions.delete(entry.transactionalId)
        return
      case 'shutdown':
    }
  }
}
