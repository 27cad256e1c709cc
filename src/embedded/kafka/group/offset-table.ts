export interface PartitionOffset {
  /** The next offset to read. */
  readonly offset: number
  /** −1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Wall time. */
  readonly committedAtMs: number
  /** Wall time from which on it may be forgotten; −1 when the group's retention decides. */
  readonly expiresAtMs: number
  /** Grows with every commit. Of two offsets for one partition the one with the higher order stands. */
  readonly order: number
}

export type TopicOffsets = ReadonlyMap<string, ReadonlyMap<number, PartitionOffset>>

/** Offsets by group, topic and partition. */
export class OffsetTable {
  readonly #groups = new Map<string, Map<string, Map<number, PartitionOffset>>>()

  get groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  get(groupId: string, topic: string, partition: number): PartitionOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  /** Undefined for a group without any. */
  ofGroup(groupId: string): TopicOffsets | undefined {
    return this.#groups.get(groupId)
  }

  set(groupId: string, topic: string, partition: number, offset: PartitionOffset): void {
    let topics = this.#groups.get(groupId)
    if (topics === undefined) this.#groups.set(groupId, topics = new Map())
    let partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, partitions = new Map())
    partitions.set(partition, offset)
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined) return
    partitions.delete(partition)
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(groupId)
  }

  deleteGroup(groupId: string): void {
    this.#groups.delete(groupId)
  }

  *entries(): Iterable<readonly [groupId: string, topic: string, partition: number, offset: PartitionOffset]> {
    for (const [groupId, topics] of this.#groups) {
      for (const [topic, partitions] of topics) {
        for (const [partition, offset] of partitions) yield [groupId, topic, partition, offset]
      }
    }
  }
}
