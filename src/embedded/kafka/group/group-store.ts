import type { Logger } from '../../../base/logger.ts'
import { Refusal } from '../refusal.ts'
import { CommittedOffsets, noProducer } from './committed-offsets.ts'
import type { GroupRecord } from './group-record.ts'
import { decodeJournalEntry, encodeJournalEntry } from './journal-entry.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { OffsetTable, PartitionOffset } from './offset-table.ts'

/** Where entries are kept; resolves when they will be found again. */
export interface EntryLog {
  append(payload: Uint8Array): Promise<void>
}

export interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

export interface TopicCommits {
  readonly name: string
  readonly partitions: readonly ({ readonly partition: number } & PartitionOffset)[]
}

/**
 * What is known of groups and outlives a restart: their offsets, and the last record of each group.
 * Every change is made here at once and resolves when the log has it; the log's payloads, given to
 * `replay` in their order, make the same store again.
 */
export class GroupStore {
  readonly offsets = new CommittedOffsets()
  readonly #records = new Map<string, Buffer>()
  readonly #logger: Logger
  #log: EntryLog | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** From now on changes go to the log; one it does not take is refused with COORDINATOR_NOT_AVAILABLE. */
  startWriting(log: EntryLog): void {
    this.#log = log
  }

  /** The payload is copied where it is kept. */
  replay(payload: Buffer): void {
    this.#apply(decodeJournalEntry(payload), payload)
  }

  /** A few payloads that say all there is to say. */
  snapshot(): Buffer[] {
    const payloads = [...this.#records.values()]
    const addTable = (table: OffsetTable, producerId: number): void => {
      for (const groupId of table.groupIds) {
        const topics = Array.from(table.ofGroup(groupId)!, ([name, partitions]) => ({
          name,
          partitions: Array.from(partitions, ([partition, offset]) => ({ partition, ...offset })),
        }))
        payloads.push(encodeJournalEntry({ kind: 'offsets', groupId, producerId, topics }))
      }
    }
    addTable(this.offsets.committed, noProducer)
    for (const [producerId, table] of this.offsets.pending) addTable(table, producerId)
    return payloads
  }

  /** The groups that were kept, with views of their own. */
  records(): GroupRecord[] {
    return Array.from(this.#records.values(), (payload) => decodeJournalEntry(payload)).filter((entry) => entry.kind === 'group')
  }

  saveGroup(record: GroupRecord): Promise<void> {
    return this.#write(encodeJournalEntry({ kind: 'group', ...record }))
  }

  deleteGroup(groupId: string): Promise<void> {
    return this.#write(encodeJournalEntry({ kind: 'groupDeleted', groupId }))
  }

  commit(groupId: string, topics: readonly TopicCommits[], producerId: number): Promise<void> {
    return this.#write(encodeJournalEntry({ kind: 'offsets', groupId, producerId, topics }))
  }

  deleteOffsets(groupId: string, topics: readonly TopicPartitions[]): Promise<void> {
    return this.#write(encodeJournalEntry({ kind: 'offsetsDeleted', groupId, topics }))
  }

  endTransaction(producerId: number, outcome: 'commit' | 'abort'): Promise<void> {
    return this.#write(encodeJournalEntry({ kind: 'transactionEnded', producerId, isCommitted: outcome === 'commit' }))
  }

  /** Made from the bytes written, so that a replay cannot differ. */
  async #write(payload: Buffer): Promise<void> {
    this.#apply(decodeJournalEntry(payload), payload)
    try {
      await this.#log?.append(payload)
    } catch (error) {
      this.#logger.error('a change of a consumer group could not be written', { error })
      throw new Refusal('COORDINATOR_NOT_AVAILABLE', 'the change could not be written to disk')
    }
  }

  #apply(entry: JournalEntry, payload: Buffer): void {
    switch (entry.kind) {
      case 'offsets':
        for (const { name, partitions } of entry.topics) {
          for (const { partition, ...offset } of partitions) this.offsets.commit(entry.groupId, name, partition, offset, entry.producerId)
        }
        return
      case 'offsetsDeleted':
        for (const { name, partitions } of entry.topics) for (const partition of partitions) this.offsets.delete(entry.groupId, name, partition)
        return
      case 'transactionEnded':
        this.offsets.endTransaction(entry.producerId, entry.isCommitted ? 'commit' : 'abort')
        return
      case 'group':
        this.#records.set(entry.id, Buffer.from(payload))
        return
      case 'groupDeleted':
        this.#records.delete(entry.groupId)
        this.offsets.deleteGroup(entry.groupId)
    }
  }
}
