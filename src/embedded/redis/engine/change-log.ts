import { persistenceRows } from './persistence-figures.ts'

/** One command of the log. */
export interface LoggedCommand {
  readonly database: number
  readonly args: readonly string[]
}

/** Where changes go that must outlive the process. */
export interface ChangeLog {
  /** Takes what one atomic step did, in order: all of it is run again at the next start, or nothing. The arrays are the log's to keep. */
  append(commands: readonly LoggedCommand[]): void
  /** Settles when all that was appended so far is written, and synced where appendfsync is `always`; undefined when nothing is outstanding. Answers wait for it. */
  outstanding(): Promise<void> | undefined
  /** Why writes are refused for the moment, in Redis's words (`MISCONF …`). */
  refusal(): string | undefined
  /** Fields of INFO's section Persistence, in their order. */
  info(): readonly (readonly [name: string, value: string | number])[]
  /** Undefined where nothing is kept on disk. */
  readonly snapshots: Snapshots | undefined
  close(): Promise<void>
}

/** Replacing the log by the keyspace as it is now: BGREWRITEAOF, BGSAVE, SAVE. */
export interface Snapshots {
  readonly underWay: boolean
  /** When the last one was done, in s since 1970; at first when the server started. */
  readonly lastS: number
  /** Begins one; a failure is logged and shown by INFO. With `answersWait` no client is answered before it is done. */
  take(answersWait: boolean): void
}

/** For a server that keeps everything in memory only. */
export const noChangeLog: ChangeLog = {
  append: () => {},
  outstanding: () => undefined,
  refusal: () => undefined,
  info: () => persistenceRows({ changesSinceSnapshot: 0, lastSnapshotS: 0, snapshots: 0, failedSnapshotsInARow: 0, lastDurationS: -1, currentDurationS: undefined, log: undefined }),
  snapshots: undefined,
  close: () => Promise.resolve(),
}
