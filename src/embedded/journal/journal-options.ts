import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Disk } from './disk.ts'

/**
 * When written entries are forced to the device. `always`: before an append resolves. `everysec`:
 * once a second, so a power cut takes up to two seconds. `no`: when the system likes, and at close.
 * A killed process loses no resolved append under any of them.
 */
export type SyncPolicy = 'always' | 'everysec' | 'no'

export interface CompactionPolicy {
  /** Smaller files are left alone. Default 1 MiB. */
  readonly minBytes: number
  /** Compacts when the file has grown by this much since the last snapshot; 0 = only when asked to. Default 100. */
  readonly growthPercent: number
}

export interface JournalOptions {
  readonly file: string
  readonly sync: SyncPolicy
  readonly clock: Clock
  readonly logger: Logger
  /** Called for each entry in order while the journal opens. A view of a larger block: copy what is kept for long. */
  replay(payload: Buffer): void
  /**
   * Entries that give the whole state, in place of all that were written. Read in slices of a few
   * milliseconds while appends go on, which are kept and written behind it; the first entry is read
   * within this call's turn, so the head of a generator can fix the state it stands for. Ended early
   * (`return`) when the compaction fails or the journal closes.
   */
  snapshot(): Iterable<Uint8Array>
  /**
   * What the snapshot stands for. `resolved` (default): all entries whose append has resolved; those
   * still under way are repeated behind it, so replaying an entry twice must do no harm. `appended`:
   * exactly the entries appended before the call, for entries that are changes and must not be repeated.
   */
  readonly snapshotCovers?: 'resolved' | 'appended'
  /**
   * What becomes of entries that could not be written; their append rejects either way. `dropped`
   * (default): they are not in the file. `kept`: they are written first once writing succeeds again, for
   * owners that cannot take back what an entry stands for; `sync` tries.
   */
  readonly failedAppends?: 'dropped' | 'kept'
  /** Read on every use. */
  readonly compaction?: () => CompactionPolicy
  /** Default: the operating system's. */
  readonly disk?: Disk
}
