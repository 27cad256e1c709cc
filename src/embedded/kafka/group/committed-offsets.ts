import { OffsetTable } from './offset-table.ts'
import type { PartitionOffset, TopicOffsets } from './offset-table.ts'

/** Producer id of offsets that belong to no transaction. */
export const noProducer = -1

/** The offsets groups have committed, and those that open transactions would commit. */
export class CommittedOffsets {
  readonly #committed = new OffsetTable()
  readonly #pending = new Map<number, OffsetTable>()
  #lastOrder = 0

  /** For the next commit. */
  nextOrder(): number {
    return ++this.#lastOrder
  }

  get(groupId: string, topic: string, partition: number): PartitionOffset | undefined {
    return this.#committed.get(groupId, topic, partition)
  }

  ofGroup(groupId: string): TopicOffsets | undefined {
    return this.#committed.ofGroup(groupId)
  }

  /** Groups that have offsets, committed or pending. */
  get groupIds(): ReadonlySet<string> {
    const ids = new Set(this.#committed.groupIds)
    for (const table of this.#pending.values()) for (const id of table.groupIds) ids.add(id)
    return ids
  }

  get committed(): OffsetTable {
    return this.#committed
  }

  get pending(): ReadonlyMap<number, OffsetTable> {
    return this.#pending
  }

  isPending(groupId: string, topic: string, partition: number): boolean {
    for (const table of this.#pending.values()) if (table.get(groupId, topic, partition) !== undefined) return true
    return false
  }

  hasPending(groupId: string): boolean {
    for (const table of this.#pending.values()) if (table.ofGroup(groupId) !== undefined) return true
    return false
  }

  /** A producer's offset waits for the end of its transaction. */
  commit(groupId: string, topic: string, partition: number, offset: PartitionOffset, producerId: number): void {
    this.#lastOrder = Math.max(this.#lastOrder, offset.order)
    if (producerId === noProducer) {
      this.#committed.set(groupId, topic, partition, offset)
      return
    }
    let table = this.#pending.get(producerId)
    if (table === undefined) this.#pending.set(producerId, table = new OffsetTable())
    table.set(groupId, topic, partition, offset)
  }

  endTransaction(producerId: number, outcome: 'commit' | 'abort'): void {
    const table = this.#pending.get(producerId)
    this.#pending.delete(producerId)
    if (table === undefined || outcome === 'abort') return
    for (const [groupId, topic, partition, offset] of table.entries()) {
      const current = this.#committed.get(groupId, topic, partition)
      if (current === undefined || current.order < offset.order) this.#committed.set(groupId, topic, partition, offset)
    }
  }

  delete(groupId: string, topic: string, partition: number): void {
    for (const table of [this.#committed, ...this.#pending.values()]) table.delete(groupId, topic, partition)
  }

  deleteGroup(groupId: string): void {
    for (const table of [this.#committed, ...this.#pending.values()]) table.deleteGroup(groupId)
  }

  /** Every partition of the topic that some group has an offset for, committed or pending, by group. */
  partitionsOf(topic: string): Map<string, Set<number>> {
    const found = new Map<string, Set<number>>()
    for (const table of [this.#committed, ...this.#pending.values()]) {
      for (const groupId of table.groupIds) {
        const partitions = table.ofGroup(groupId)?.get(topic)
        if (partitions !== undefined) found.set(groupId, new Set([...found.get(groupId) ?? [], ...partitions.keys()]))
      }
    }
    return found
  }
}
