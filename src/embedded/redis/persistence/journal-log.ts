import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { MillraceError } from '../../../errors.ts'
import { lockDirectory } from '../../directory-lock.ts'
import type { DirectoryLock } from '../../directory-lock.ts'
import type { Disk } from '../../journal/disk.ts'
import { Journal } from '../../journal/journal.ts'
import type { ChangeLog, LoggedCommand, Snapshots } from '../engine/change-log.ts'
import { persistenceRows } from '../engine/persistence-figures.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Settings } from '../settings/settings.ts'
import { journalFile } from './journal-file.ts'
import { snapshotCommands } from './keyspace-snapshot.ts'
import { decodeStep, encodeStep } from './step-bytes.ts'

export interface JournalLogOptions {
  /** Made when it is not there. One server at a time has it. */
  readonly dir: string
  readonly settings: Settings
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly logger: Logger
  /** Runs a command again; called for all of the log, in order, while the log opens. */
  replay(command: LoggedCommand): void
  /** Default: the operating system's. */
  readonly disk?: Disk
}

const retryMs = 1000

/**
 * The log of a server with a directory: each step is one entry of a journal, which is replaced by a
 * snapshot of the keyspace as Redis's settings `auto-aof-rewrite-*` say. While the disk refuses to be
 * written, the steps it did not take are kept and tried again each second, and clients get MISCONF.
 */
export class JournalLog implements ChangeLog, Snapshots {
  readonly #options: JournalLogOptions
  readonly #lock: DirectoryLock
  readonly #journal: Journal
  readonly #logsChanges: boolean
  #policy: 'always' | 'everysec' | 'no'
  /** Of the latest turn with changes, until it is settled. */
  #written: Promise<void> | undefined
  /** Of a snapshot that answers wait for. */
  #awaited: Promise<void> | undefined
  #retry: Timer | undefined
  #snapshotSinceMs: number | undefined
  #lastSnapshotMs: number
  #lastDurationMs = -1
  #taken = 0
  #failedInARow = 0
  #changesAtSnapshot: number
  /** How large the file was when the last snapshot failed: the next is tried when it has grown from there. */
  #grownFrom = 0

  /** Replays what there is. Throws MR_DIRECTORY_IN_USE, MR_JOURNAL_CORRUPT, MR_JOURNAL_IO. */
  static async open(options: JournalLogOptions): Promise<JournalLog> {
    const { dir, settings, keyspace, clock, logger, disk } = options
    const file = join(dir, journalFile)
    await makeDirectory(dir)
    const lock = await lockDirectory(dir)
    try {
      keyspace.freeze()
      const journal = await Journal.open({
        file,
        sync: settings.get('appendfsync'),
        clock,
        logger,
        replay: (payload) => replayStep(file, payload, options),
        *snapshot() {
          for (const command of snapshotCommands(keyspace)) yield encodeStep([command])
        },
        snapshotCovers: 'appended',
        failedAppends: 'kept',
        compaction: () => ({ minBytes: 0, growthPercent: 0 }),
        ...(disk === undefined ? {} : { disk }),
      })
      keyspace.thaw()
      return new JournalLog(options, lock, journal)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  private constructor(options: JournalLogOptions, lock: DirectoryLock, journal: Journal) {
    this.#options = options
    this.#lock = lock
    this.#journal = journal
    this.#logsChanges = options.settings.get('appendonly')
    this.#policy = options.settings.get('appendfsync')
    this.#lastSnapshotMs = options.clock.now()
    this.#changesAtSnapshot = options.keyspace.changes
  }

  get snapshots(): Snapshots {
    return this
  }

  get underWay(): boolean {
    return this.#snapshotSinceMs !== undefined
  }

  get lastS(): number {
    return Math.floor(this.#lastSnapshotMs / 1000)
  }

  append(commands: readonly LoggedCommand[]): void {
    if (!this.#logsChanges) return
    this.#usePolicy()
    const written = this.#journal.append(encodeStep(commands))
    if (written === this.#written) return
    this.#written = written
    const settled = (): void => {
      if (this.#written === written) this.#written = undefined
    }
    written.then(
      () => {
        settled()
        this.#snapshotWhenGrown()
      },
      () => {
        settled()
        this.#retryLater()
      },
    )
  }

  outstanding(): Promise<void> | undefined {
    if (this.#awaited === undefined) return this.#written
    return Promise.all([this.#awaited, this.#written]).then(() => {})
  }

  refusal(): string | undefined {
    const { failure } = this.#journal
    return failure === undefined ? undefined : `MISCONF Errors writing to the AOF file: ${reasonOf(failure)}`
  }

  take(answersWait: boolean): void {
    const { clock, keyspace, logger } = this.#options
    if (keyspace.torn) return
    const startMs = clock.monotonic()
    const { changes } = keyspace
    this.#snapshotSinceMs = startMs
    const done = this.#journal.compact().then(
      () => {
        this.#lastSnapshotMs = clock.now()
        this.#changesAtSnapshot = changes
        this.#taken++
        this.#failedInARow = 0
        this.#grownFrom = 0
      },
      (error: unknown) => {
        this.#failedInARow++
        this.#grownFrom = this.#journal.sizeBytes
        logger.warn('a snapshot could not be written; the log goes on growing', { error })
      },
    ).then(() => {
      this.#lastDurationMs = clock.monotonic() - startMs
      this.#snapshotSinceMs = undefined
      if (answersWait) this.#awaited = undefined
    })
    if (answersWait) this.#awaited = done
  }

  info(): readonly (readonly [name: string, value: string | number])[] {
    const { keyspace, clock } = this.#options
    const since = this.#snapshotSinceMs
    return persistenceRows({
      changesSinceSnapshot: keyspace.changes - this.#changesAtSnapshot,
      lastSnapshotS: this.lastS,
      snapshots: this.#taken,
      failedSnapshotsInARow: this.#failedInARow,
      lastDurationS: this.#lastDurationMs < 0 ? -1 : Math.floor(this.#lastDurationMs / 1000),
      currentDurationS: since === undefined ? undefined : Math.floor((clock.monotonic() - since) / 1000),
      log: this.#logsChanges ? { writable: this.#journal.failure === undefined, bytes: this.#journal.sizeBytes, snapshotBytes: this.#journal.snapshotBytes } : undefined,
    })
  }

  async close(): Promise<void> {
    this.#retry?.cancel()
    try {
      await this.#awaited
      await this.#journal.close()
    } finally {
      await this.#lock.release()
    }
  }

  /** CONFIG SET appendfsync. */
  #usePolicy(): void {
    const policy = this.#options.settings.get('appendfsync')
    if (policy === this.#policy) return
    this.#policy = policy
    this.#journal.setSync(policy)
  }

  #retryLater(): void {
    this.#retry ??= this.#options.clock.setTimer(retryMs, () => {
      this.#retry = undefined
      this.#journal.sync().catch(() => this.#retryLater())
    }, false)
  }

  #snapshotWhenGrown(): void {
    const { settings } = this.#options
    const percent = settings.get('auto-aof-rewrite-percentage')
    const { sizeBytes, snapshotBytes } = this.#journal
    if (percent === 0 || this.underWay || sizeBytes < settings.get('auto-aof-rewrite-min-size')) return
    if (sizeBytes >= Math.max(snapshotBytes, this.#grownFrom) * (1 + percent / 100)) this.take(false)
  }
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true })
  } catch (cause) {
    throw new MillraceError('MR_JOURNAL_IO', `${dir} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`, { place: { at: dir }, remedy: 'name a directory that can be written', cause })
  }
}

function replayStep(file: string, payload: Buffer, { replay }: JournalLogOptions): void {
  try {
    for (const command of decodeStep(payload)) replay(command)
  } catch (cause) {
    throw new MillraceError('MR_JOURNAL_CORRUPT', `${file} holds a change that cannot be made again: ${cause instanceof Error ? cause.message : String(cause)}`, {
      place: { at: file },
      remedy: 'use the version of millrace that wrote it, or restore the file from a copy',
      cause,
    })
  }
}

/** As the operating system words it; `No space left on device`. */
function reasonOf(failure: MillraceError): string {
  const { cause } = failure
  const errno = cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number' ? cause.errno : undefined
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]
  return words === undefined ? 'Input/output error' : words.slice(0, 1).toUpperCase() + words.slice(1)
}
