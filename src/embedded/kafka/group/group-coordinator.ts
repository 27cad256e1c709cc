import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { systemDisk } from '../../journal/disk.ts'
import type { Disk } from '../../journal/disk.ts'
import { Journal } from '../../journal/journal.ts'
import type { SyncPolicy } from '../../journal/journal-options.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { MemberClaim } from './group-messages.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { KnownPartitions, TopicOutcomes, TopicsToCommit } from './group-offsets.ts'
import type { GroupSettings } from './group-settings.ts'
import { GroupStore } from './group-store.ts'
import { deleteGroupsHandler } from './handler/delete-groups-handler.ts'
import { describeGroupsHandler } from './handler/describe-groups-handler.ts'
import { heartbeatHandler } from './handler/heartbeat-handler.ts'
import { joinGroupHandler } from './handler/join-group-handler.ts'
import { leaveGroupHandler } from './handler/leave-group-handler.ts'
import { listGroupsHandler } from './handler/list-groups-handler.ts'
import { offsetCommitHandler } from './handler/offset-commit-handler.ts'
import { offsetDeleteHandler } from './handler/offset-delete-handler.ts'
import { offsetFetchHandler } from './handler/offset-fetch-handler.ts'
import { syncGroupHandler } from './handler/sync-group-handler.ts'
import { LiveGroups } from './live-groups.ts'

const longestTimerMs = 2 ** 31 - 1

export interface GroupCoordinatorOptions {
  /** Its directory must exist. */
  readonly journalFile: string
  /** When the journal is forced to the device. */
  readonly sync: SyncPolicy
  readonly partitions: KnownPartitions
  /** Read on every use. */
  readonly settings: () => GroupSettings
  readonly clock: Clock
  readonly logger: Logger
  /** What the journal is written to. Default: the system's. */
  readonly disk?: Disk
}

/** Offsets that become readable with the transaction of their producer. */
export interface OffsetsInTransaction {
  readonly groupId: string
  readonly claim: MemberClaim
  readonly producerId: number
  readonly topics: readonly TopicsToCommit[]
}

/** Consumer groups and the offsets they commit, kept in one journal. */
export class GroupCoordinator {
  /** JoinGroup, SyncGroup, Heartbeat, LeaveGroup, OffsetCommit, OffsetFetch, OffsetDelete, ListGroups, DescribeGroups, DeleteGroups. */
  readonly handlers: readonly ApiHandler[]
  readonly #journal: Journal
  readonly #groups: LiveGroups
  readonly #offsets: GroupOffsets
  readonly #options: GroupCoordinatorOptions
  #retentionTimer: Timer | undefined

  private constructor(options: GroupCoordinatorOptions, journal: Journal, store: GroupStore) {
    const { partitions, settings, clock, logger } = options
    this.#options = options
    this.#journal = journal
    const groups = this.#groups = new LiveGroups({ store, settings, clock, logger })
    const offsets = this.#offsets = new GroupOffsets({ groups, store, partitions, settings, clock })
    this.handlers = [
      joinGroupHandler(groups, settings),
      syncGroupHandler(groups),
      heartbeatHandler(groups),
      leaveGroupHandler(groups),
      offsetCommitHandler(offsets),
      offsetFetchHandler(offsets),
      offsetDeleteHandler(offsets),
      listGroupsHandler(groups),
      describeGroupsHandler(groups),
      deleteGroupsHandler(groups),
    ]
    this.#forgetExpiredLater()
  }

  /** Brings back groups, members and offsets; members have their whole session from now. Throws what the journal throws. */
  static async open(options: GroupCoordinatorOptions): Promise<GroupCoordinator> {
    const { journalFile, sync, clock, logger, disk = systemDisk } = options
    const store = new GroupStore(logger)
    const journal = await Journal.open({
      file: journalFile,
      sync,
      clock,
      logger,
      disk,
      replay: (payload) => store.replay(payload),
      snapshot: () => store.snapshot(),
      snapshotCovers: 'appended',
    })
    store.startWriting(journal)
    return new GroupCoordinator(options, journal, store)
  }

  /** Resolves when the offsets are kept; rejects with a `Refusal`. What is wrong with one partition is in its outcome. */
  txnOffsetCommit({ groupId, claim, producerId, topics }: OffsetsInTransaction): Promise<TopicOutcomes[]> {
    return this.#offsets.commitInTransaction(groupId, claim, producerId, topics)
  }

  /** Makes the producer's offsets readable, or drops them. Harmless when there are none. */
  completeTransaction(producerId: number, outcome: 'commit' | 'abort'): Promise<void> {
    return this.#offsets.endTransaction(producerId, outcome)
  }

  /** Producers whose offsets wait for the end of their transaction. */
  producersInTransaction(): number[] {
    return this.#offsets.producersInTransaction()
  }

  /** Forgets what was committed for the topic. */
  topicDeleted(topic: string): Promise<void> {
    return this.#offsets.topicDeleted(topic)
  }

  /** Takes back what was committed beyond the end of a log; undefined stands for a partition that is gone. */
  clampOffsets(endOf: (topic: string, partition: number) => number | undefined): Promise<void> {
    return this.#offsets.clamp(endOf)
  }

  /** Members stay as they are and find themselves again after the next open. */
  async close(): Promise<void> {
    this.#retentionTimer?.cancel()
    this.#groups.close()
    await this.#journal.close()
  }

  #forgetExpiredLater(): void {
    const { clock, settings, logger } = this.#options
    this.#retentionTimer = clock.setTimer(Math.min(settings().offsetsRetentionCheckIntervalMs, longestTimerMs), () => {
      this.#forgetExpiredLater()
      this.#offsets.forgetExpired().catch((error: unknown) => logger.warn('expired offsets could not be removed', { error }))
    }, false)
  }
}
