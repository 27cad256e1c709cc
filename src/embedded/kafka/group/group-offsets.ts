import type { Clock } from '../../../base/clock.ts'
import type { ErrorCodeName } from '../../../wire/api/error-code.ts'
import { Refusal } from '../refusal.ts'
import { noProducer } from './committed-offsets.ts'
import type { Group } from './group.ts'
import type { MemberClaim } from './group-messages.ts'
import type { GroupSettings } from './group-settings.ts'
import type { GroupStore, TopicPartitions } from './group-store.ts'
import type { LiveGroups } from './live-groups.ts'
import type { PartitionOffset } from './offset-table.ts'

export interface TopicsToCommit {
  readonly name: string
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: number
    readonly leaderEpoch: number
    readonly metadata: string | null
  }[]
}

/** What became of each partition, in the order they were asked for. */
export interface TopicOutcomes {
  readonly name: string
  readonly partitions: readonly { readonly partition: number; readonly error: ErrorCodeName }[]
}

export interface FetchedTopic {
  readonly name: string
  readonly partitions: readonly ({ readonly partition: number; readonly error: ErrorCodeName } & Pick<PartitionOffset, 'offset' | 'leaderEpoch' | 'metadata'>)[]
}

/** Which partitions there are. */
export interface KnownPartitions {
  has(topic: string, partition: number): boolean
}

const noOffset = { offset: -1, leaderEpoch: -1, metadata: '' }
const retentionUnitMs = 60_000

/** Commits, reads, deletes and forgets the offsets of groups. Changes resolve when they are kept and reject with a `Refusal` when they cannot be. */
export class GroupOffsets {
  readonly #groups: LiveGroups
  readonly #store: GroupStore
  readonly #partitions: KnownPartitions
  readonly #settings: () => GroupSettings
  readonly #clock: Pick<Clock, 'now'>

  constructor(options: { readonly groups: LiveGroups; readonly store: GroupStore; readonly partitions: KnownPartitions; readonly settings: () => GroupSettings; readonly clock: Pick<Clock, 'now'> }) {
    this.#groups = options.groups
    this.#store = options.store
    this.#partitions = options.partitions
    this.#settings = options.settings
    this.#clock = options.clock
  }

  /** `retentionMs` −1: the setting decides. */
  commit(groupId: string, claim: MemberClaim, retentionMs: number, topics: readonly TopicsToCommit[]): Promise<TopicOutcomes[]> {
    return this.#commit(groupId, claim, noProducer, retentionMs, topics)
  }

  /** Readable only when the producer's transaction is committed. */
  commitInTransaction(groupId: string, claim: MemberClaim, producerId: number, topics: readonly TopicsToCommit[]): Promise<TopicOutcomes[]> {
    return this.#commit(groupId, claim, producerId, -1, topics)
  }

  async endTransaction(producerId: number, outcome: 'commit' | 'abort'): Promise<void> {
    if (this.#store.offsets.pending.has(producerId)) await this.#store.endTransaction(producerId, outcome)
  }

  producersInTransaction(): number[] {
    return [...this.#store.offsets.pending.keys()]
  }

  /** Offsets of these partitions, of all that have one for null. With `requireStable`, one that an open transaction may replace is UNSTABLE_OFFSET_COMMIT. */
  fetch(groupId: string, topics: readonly TopicPartitions[] | null, requireStable: boolean): FetchedTopic[] {
    const { offsets } = this.#store
    const asked = topics ?? Array.from(offsets.ofGroup(groupId) ?? [], ([name, partitions]) => ({ name, partitions: [...partitions.keys()] }))
    return asked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => {
        if (requireStable && offsets.isPending(groupId, name, partition)) return { partition, error: 'UNSTABLE_OFFSET_COMMIT', ...noOffset }
        const { offset, leaderEpoch, metadata } = offsets.get(groupId, name, partition) ?? noOffset
        return { partition, error: 'NONE', offset, leaderEpoch, metadata }
      }),
    }))
  }

  /** Rejects with GROUP_ID_NOT_FOUND, or NON_EMPTY_GROUP when nobody can tell what the members read. */
  async delete(groupId: string, topics: readonly TopicPartitions[]): Promise<TopicOutcomes[]> {
    const group = this.#groups.get(groupId)
    if (group === undefined) throw new Refusal('GROUP_ID_NOT_FOUND', `there is no group ${groupId}`)
    if (group.state !== 'Empty' && group.protocolType !== 'consumer') throw new Refusal('NON_EMPTY_GROUP', `group ${groupId} has members`)
    const outcomes = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => ({
        partition,
        error: !this.#partitions.has(name, partition) ? 'UNKNOWN_TOPIC_OR_PARTITION' as const : group.isSubscribedTo(name) ? 'GROUP_SUBSCRIBED_TO_TOPIC' as const : 'NONE' as const,
      })),
    }))
    const deleted = outcomes.map(({ name, partitions }) => ({ name, partitions: partitions.filter(({ error }) => error === 'NONE').map(({ partition }) => partition) }))
    await this.#deleteAll(groupId, deleted)
    return outcomes
  }

  /** No group keeps an offset for a topic that is gone: one of that name to come is another. */
  async topicDeleted(topic: string): Promise<void> {
    const found = this.#store.offsets.partitionsOf(topic)
    await Promise.all(Array.from(found, ([groupId, partitions]) => this.#deleteAll(groupId, [{ name: topic, partitions: [...partitions] }])))
  }

  /** After logs were cut off: an offset beyond the end becomes the end, one for a partition that is gone is deleted. */
  async clamp(endOf: (topic: string, partition: number) => number | undefined): Promise<void> {
    const { offsets } = this.#store
    const tables = [[noProducer, offsets.committed] as const, ...offsets.pending]
    const all = tables.flatMap(([producerId, table]) => Array.from(table.entries(), (entry) => ({ producerId, entry })))
    await Promise.all(all.map(async ({ producerId, entry: [groupId, topic, partition, committed] }) => {
      const end = endOf(topic, partition)
      if (end === undefined) await this.#store.deleteOffsets(groupId, [{ name: topic, partitions: [partition] }])
      else if (committed.offset > end) await this.#store.commit(groupId, [{ name: topic, partitions: [{ partition, ...committed, offset: end }] }], producerId)
    }))
  }

  /** Forgets offsets that nobody has used for the retention time, and empty groups without offsets. */
  async forgetExpired(): Promise<void> {
    await Promise.all(this.#groups.all.map(async (group) => {
      const expired = this.#expiredOf(group)
      await this.#deleteAll(group.id, expired)
      if (group.state === 'Empty' && this.#store.offsets.ofGroup(group.id) === undefined && !this.#store.offsets.hasPending(group.id)) await this.#groups.delete(group)
    }))
  }

  async #commit(groupId: string, claim: MemberClaim, producerId: number, retentionMs: number, topics: readonly TopicsToCommit[]): Promise<TopicOutcomes[]> {
    const { offsetMetadataMaxBytes } = this.#settings()
    const isAnyKnown = topics.some(({ name, partitions }) => partitions.some(({ partition }) => this.#partitions.has(name, partition)))
    const refusal = isAnyKnown ? this.#checkGroup(groupId, claim, producerId) : 'NONE'
    const outcomes = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition, metadata }): { partition: number; error: ErrorCodeName } => {
        if (!this.#partitions.has(name, partition)) return { partition, error: 'UNKNOWN_TOPIC_OR_PARTITION' }
        if (refusal !== 'NONE') return { partition, error: refusal }
        return { partition, error: (metadata ?? '').length > offsetMetadataMaxBytes ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE' }
      }),
    }))
    const committedAtMs = this.#clock.now()
    const expiresAtMs = retentionMs === -1 ? -1 : committedAtMs + retentionMs
    const accepted = topics.map(({ name, partitions }, t) => ({
      name,
      partitions: partitions.filter((_, p) => outcomes[t]!.partitions[p]!.error === 'NONE').map(({ partition, offset, leaderEpoch, metadata }) => ({
        partition, offset, leaderEpoch, metadata: metadata ?? '', committedAtMs, expiresAtMs, order: this.#store.offsets.nextOrder(),
      })),
    })).filter(({ partitions }) => partitions.length > 0)
    if (accepted.length > 0) await this.#store.commit(groupId, accepted, producerId)
    return outcomes
  }

  /** A group that nobody has heard of is made for those who use groups to keep offsets only. */
  #checkGroup(groupId: string, claim: MemberClaim, producerId: number): ErrorCodeName {
    const group = claim.generation < 0 ? this.#groups.getOrCreate(groupId) : this.#groups.get(groupId)
    return group?.checkCommit(claim, { isTransactional: producerId !== noProducer }) ?? 'ILLEGAL_GENERATION'
  }

  #expiredOf(group: Group): TopicPartitions[] {
    const retentionMs = this.#settings().offsetsRetentionMinutes * retentionUnitMs
    const now = this.#clock.now()
    const unusedSinceMs = ({ committedAtMs }: PartitionOffset): number => {
      if (group.protocolType === null || (group.state === 'Stable' && group.protocolType === 'consumer')) return committedAtMs
      return group.state === 'Empty' ? group.stateSinceMs : Infinity
    }
    return Array.from(this.#store.offsets.ofGroup(group.id) ?? [], ([name, partitions]) => ({
      name,
      partitions: group.isSubscribedTo(name) ? [] : Array.from(partitions)
        .filter(([partition, offset]) => {
          const endMs = offset.expiresAtMs === -1 ? unusedSinceMs(offset) + retentionMs : offset.expiresAtMs
          return endMs <= now && unusedSinceMs(offset) !== Infinity && !this.#store.offsets.isPending(group.id, name, partition)
        })
        .map(([partition]) => partition),
    }))
  }

  async #deleteAll(groupId: string, topics: readonly TopicPartitions[]): Promise<void> {
    const deleted = topics.filter(({ partitions }) => partitions.length > 0)
    if (deleted.length > 0) await this.#store.deleteOffsets(groupId, deleted)
  }
}
