import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { MillraceError } from '../../errors.ts'
import type { DiskFile } from './disk.ts'
import type { SyncPolicy } from './journal-options.ts'

const everySecondMs = 1000

export interface AppendedFileOptions {
  readonly file: string
  readonly sync: SyncPolicy
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * The end of a file: what is written there is there as a whole or cut off again, and reaches the
 * device as the policy says. Its methods return what went wrong instead of throwing it.
 */
export class AppendedFile {
  readonly #options: AppendedFileOptions
  #sync: SyncPolicy
  #file: DiskFile
  #end: number
  #unsynced = false
  #syncing: Promise<void> = Promise.resolve()
  #syncTimer: Timer | undefined
  /** Bytes of a failed write are behind the end. */
  #untidy = false
  #failure: MillraceError | undefined
  #doubt: MillraceError | undefined

  constructor(options: AppendedFileOptions, file: DiskFile, end: number) {
    this.#options = options
    this.#sync = options.sync
    this.#file = file
    this.#end = end
  }

  get file(): DiskFile {
    return this.#file
  }

  get end(): number {
    return this.#end
  }

  /** Why the latest write failed; undefined again once one succeeds. */
  get failure(): MillraceError | undefined {
    return this.#doubt ?? this.#failure
  }

  /** Set once an fsync failed: nobody knows what is on the device, and nothing more is written. */
  get doubt(): MillraceError | undefined {
    return this.#doubt
  }

  setSync(policy: SyncPolicy): void {
    this.#sync = policy
    if (policy === 'everysec' && this.#unsynced) this.#syncLater()
  }

  /** One call at a time. */
  async write(blocks: readonly Buffer[]): Promise<MillraceError | undefined> {
    if (this.#doubt !== undefined) return this.#doubt
    try {
      if (this.#untidy) await this.#file.truncate(this.#end)
      this.#untidy = true
      await this.#file.write(blocks, this.#end)
      this.#untidy = false
    } catch (thrown) {
      return this.#refuse(fileFailure(this.#options.file, 'be written', thrown))
    }
    for (const block of blocks) this.#end += block.length
    this.#unsynced = true
    if (this.#failure !== undefined) this.#options.logger.info('a journal can be written again', { file: this.#options.file })
    this.#failure = undefined
    if (this.#sync === 'always') return this.syncNow()
    if (this.#sync === 'everysec') this.#syncLater()
    return undefined
  }

  /** May be called while a write is under way; covers those that have ended. */
  async syncNow(): Promise<MillraceError | undefined> {
    await this.#syncing
    if (this.#doubt !== undefined || !this.#unsynced) return this.#doubt
    this.#unsynced = false
    const syncing = this.#file.sync()
    this.#syncing = syncing.catch(() => {})
    try {
      await syncing
      return undefined
    } catch (thrown) {
      return this.giveUp(fileFailure(this.#options.file, 'be forced to the device', thrown))
    }
  }

  /** Goes on with a file that holds all the old one does, on the device; between two writes. */
  async switchTo(file: DiskFile, end: number): Promise<void> {
    await this.#syncing
    const old = this.#file
    this.#file = file
    this.#end = end
    this.#untidy = false
    this.#unsynced = false
    await old.close()
  }

  giveUp(failure: MillraceError): MillraceError {
    if (this.#doubt === undefined) this.#options.logger.error('a journal is in doubt: nothing more is written to it; start again', { file: this.#options.file, cause: failure.message })
    this.#doubt ??= failure
    return this.#doubt
  }

  async close(): Promise<MillraceError | undefined> {
    this.#sync = 'no'
    this.#syncTimer?.cancel()
    const failure = await this.syncNow()
    await this.#file.close()
    return failure
  }

  async #refuse(failure: MillraceError): Promise<MillraceError> {
    if (this.#failure === undefined) this.#options.logger.error('a journal cannot be written; changes are refused until it can', { file: this.#options.file, cause: failure.message })
    this.#failure = failure
    try {
      await this.#file.truncate(this.#end)
      this.#untidy = false
    } catch {
      // Done before the next write; should the process end first, the torn end is cut off at the next start.
    }
    return failure
  }

  #syncLater(): void {
    this.#syncTimer ??= this.#options.clock.setTimer(everySecondMs, () => {
      void this.syncNow().then(() => {
        this.#syncTimer = undefined
        if (this.#unsynced && this.#sync === 'everysec') this.#syncLater()
      })
    }, false)
  }
}

export function fileFailure(file: string, what: string, thrown: unknown): MillraceError {
  const cause = thrown instanceof Error ? thrown.message : String(thrown)
  return new MillraceError('MR_JOURNAL_IO', `${file} cannot ${what}: ${cause}`, { place: { at: file }, remedy: 'check that the disk has room and the directory can be written', cause: thrown })
}
