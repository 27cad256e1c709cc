import { dirname } from 'node:path'
import { MillraceError } from '../../errors.ts'
import { AppendedFile, fileFailure } from './appended-file.ts'
import { systemDisk } from './disk.ts'
import type { Disk, DiskFile } from './disk.ts'
import { FrameBuilder } from './frame-builder.ts'
import { encodeFileHeader, fileHeaderBytes } from './frame.ts'
import type { CompactionPolicy, JournalOptions, SyncPolicy } from './journal-options.ts'
import { recover } from './recover.ts'
import { copyFrames, writeSnapshot } from './snapshot-file.ts'

const defaultCompaction: CompactionPolicy = { minBytes: 1 << 20, growthPercent: 100 }
const maxFrameBytes = 4 << 20
const longestPayload = 1 << 30
/** What may be left to copy when appends have to wait for the switch to the new file. */
const shortTailBytes = 256 << 10

/** The appends of one turn, written together. */
interface Pending {
  readonly frames: Buffer[]
  readonly settled: PromiseWithResolvers<void> | undefined
}

interface BegunSnapshot {
  readonly entries: Iterator<Uint8Array>
  readonly first: IteratorResult<Uint8Array>
  /** Where in the old file the entries begin that the snapshot does not stand for. */
  readonly tailFrom: number
}

/**
 * An append-only file of entries, any bytes each. Appends of one turn of the event loop become one
 * write and at most one fsync. The file grows until a snapshot of the owner's state replaces what it
 * holds. When it opens, an end torn off by a crash is cut off with a warning; damage before intact
 * entries throws MR_JOURNAL_CORRUPT. One process at a time may have it open; the owner sees to that.
 */
export class Journal {
  readonly #options: JournalOptions
  readonly #disk: Disk
  readonly #target: AppendedFile
  readonly #builder = new FrameBuilder()
  #full: Buffer[] = []
  #settled: PromiseWithResolvers<void> | undefined
  #lock: Promise<void> = Promise.resolve()
  #snapshotEnd: number
  /** What growth is measured from. */
  #grownFrom: number
  #compaction: Promise<void> | undefined
  #closing: Promise<void> | undefined

  private constructor(options: JournalOptions, disk: Disk, target: AppendedFile, snapshotEnd: number) {
    this.#options = options
    this.#disk = disk
    this.#target = target
    this.#snapshotEnd = this.#grownFrom = snapshotEnd
  }

  /** Makes the file when there is none; its directory must exist. Throws MR_JOURNAL_CORRUPT, MR_JOURNAL_IO, and what `replay` throws. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { file: name, logger, disk = systemDisk } = options
    let file: DiskFile | undefined
    try {
      await disk.remove(temporaryName(name))
      file = await disk.open(name)
      if (file === undefined || await file.size() === 0) {
        await file?.close()
        file = undefined
        file = await createEmpty(disk, name)
      }
      const found = await recover(file, name, (payload) => options.replay(payload))
      if (found.end < found.size) {
        await file.truncate(found.end)
        await file.sync()
        logger.warn('cut off the torn end of a journal', { file: name, bytes: found.size - found.end, entries: found.entries })
      }
      return new Journal(options, disk, new AppendedFile(options, file, found.end), found.snapshotEnd)
    } catch (thrown) {
      await file?.close()
      throw isSystemError(thrown) ? fileFailure(name, 'be opened', thrown) : thrown
    }
  }

  /** Bytes of the file. */
  get sizeBytes(): number {
    return this.#target.end
  }

  /** Bytes of the file when it was last compacted; what is more has been appended since. */
  get snapshotBytes(): number {
    return this.#snapshotEnd
  }

  get isCompacting(): boolean {
    return this.#compaction !== undefined
  }

  /** Why the latest write failed; undefined again once one succeeds. */
  get failure(): MillraceError | undefined {
    return this.#target.failure
  }

  /** The policy for all that is written from now on. */
  setSync(policy: SyncPolicy): void {
    this.#target.setSync(policy)
  }

  /**
   * The payload is copied, so the caller may use its bytes again. Resolves when the entry is written,
   * under `always` when it is on the device. Rejects with MR_JOURNAL_IO when it could not be written:
   * it is then not in the file, and later appends are tried again. After a failed fsync nobody knows
   * what is on the device, and all appends reject until the journal is opened anew. The promise may
   * be left alone: a rejection that nobody handles is still seen in `failure`.
   */
  append(payload: Uint8Array): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return rejected(refusal)
    if (payload.length > longestPayload) return rejected(new RangeError(`an entry of ${payload.length} bytes is longer than ${longestPayload}`))
    this.#builder.add(payload)
    if (this.#builder.length >= maxFrameBytes) this.#full.push(this.#builder.take())
    this.#settled ??= this.#beginTurn()
    return this.#settled.promise
  }

  /** Resolves when all that was appended is on the device. */
  async sync(): Promise<void> {
    await this.#exclusively(() => this.#writePending())
    const failure = await this.#target.syncNow() ?? this.failure
    if (failure !== undefined) throw failure
  }

  /** Replaces the file's content by a snapshot now. Joins a compaction that is under way. Rejects with MR_JOURNAL_IO; the old file is then still in use. */
  compact(): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return rejected(refusal)
    this.#compaction ??= this.#compact().finally(() => {
      this.#compaction = undefined
    })
    return this.#compaction
  }

  /** Writes what was appended to the device, whatever the policy, and gives up a compaction under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#compaction?.catch(() => {})
    const unwritten = await this.#exclusively(() => this.#settle(this.#takePending()))
    const failure = (await this.#target.close()) ?? (this.#keepsFailed ? unwritten : undefined)
    if (failure !== undefined) throw failure
  }

  #refusal(): MillraceError | undefined {
    const { file } = this.#options
    if (this.#target.doubt !== undefined) return this.#target.doubt
    return this.#closing === undefined ? undefined : new MillraceError('MR_JOURNAL_IO', `${file} is closed`, { place: { at: file }, remedy: 'start the server again' })
  }

  #beginTurn(): PromiseWithResolvers<void> {
    const settled = Promise.withResolvers<void>()
    settled.promise.catch(() => {})
    setImmediate(() => void this.#exclusively(() => this.#writePending()))
    return settled
  }

  /** One after the other: writes, and the steps of a compaction that no write may come between. */
  #exclusively<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(step)
    this.#lock = result.then(() => {}, () => {})
    return result
  }

  async #writePending(): Promise<void> {
    await this.#settle(this.#takePending())
    this.#compactWhenGrown()
  }

  #takePending(): Pending {
    const pending = { frames: this.#full, settled: this.#settled }
    if (!this.#builder.isEmpty) pending.frames.push(this.#builder.take())
    this.#full = []
    this.#settled = undefined
    return pending
  }

  /** Returns what went wrong. */
  async #settle({ frames, settled }: Pending): Promise<MillraceError | undefined> {
    if (frames.length === 0) return undefined
    const failure = await this.#target.write(frames)
    if (failure !== undefined && this.#keepsFailed) this.#full.unshift(...frames)
    else for (const frame of frames) this.#builder.giveBack(frame)
    if (failure === undefined) settled?.resolve()
    else settled?.reject(failure)
    return failure
  }

  get #keepsFailed(): boolean {
    return this.#options.failedAppends === 'kept'
  }

  #compactWhenGrown(): void {
    const { minBytes, growthPercent } = this.#options.compaction?.() ?? defaultCompaction
    const size = this.sizeBytes
    if (growthPercent === 0 || size < minBytes || size < this.#grownFrom * (1 + growthPercent / 100)) return
    if (this.isCompacting || this.#refusal() !== undefined) return
    this.compact().catch((thrown: unknown) => {
      // Tried again only when it has grown once more: a full disk stays full for a while.
      this.#grownFrom = this.sizeBytes
      if (this.#refusal() === undefined) this.#options.logger.warn('a journal could not be compacted', { file: this.#options.file, cause: thrown })
    })
  }

  async #compact(): Promise<void> {
    const { file: name, clock } = this.#options
    const temporary = temporaryName(name)
    let fresh: DiskFile | undefined
    let entries: Iterator<Uint8Array> | undefined
    try {
      const file = fresh = await this.#disk.create(temporary)
      const begun = await this.#exclusively(() => this.#beginSnapshot())
      entries = begun.entries
      const snapshotEnd = await writeSnapshot(file, begun.entries, begun.first, clock, () => this.#goOn())
      let end = snapshotEnd
      let copied = begun.tailFrom
      while (this.sizeBytes - copied > shortTailBytes) {
        const upTo = this.sizeBytes
        end = await copyFrames(this.#target.file, copied, upTo, file, end)
        copied = upTo
        this.#goOn()
      }
      await file.write([encodeFileHeader(snapshotEnd)], 0)
      // The bulk goes to the device while appends still go on.
      await file.sync()
      await this.#exclusively(async () => {
        this.#goOn()
        end = await copyFrames(this.#target.file, copied, this.sizeBytes, file, end)
        await file.sync()
        await this.#disk.rename(temporary, name)
        fresh = undefined
        await this.#switchTo(file, end, snapshotEnd)
      })
      this.#options.logger.debug('compacted a journal', { file: name, bytes: end })
    } catch (thrown) {
      entries?.return?.()
      await fresh?.close()
      await this.#disk.remove(temporary).catch(() => {})
      throw isSystemError(thrown) ? fileFailure(name, 'be compacted', thrown) : thrown
    }
  }

  #goOn(): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
  }

  /** Between two writes. */
  async #beginSnapshot(): Promise<BegunSnapshot> {
    if (this.#options.snapshotCovers !== 'appended') {
      // Owners that apply an entry when its append has resolved get the turn they need for that.
      await new Promise(setImmediate)
      return { ...this.#readFirst(), tailFrom: this.sizeBytes }
    }
    const pending = this.#takePending()
    let begun: Pick<BegunSnapshot, 'entries' | 'first'> | undefined
    let failure: MillraceError | undefined
    try {
      begun = this.#readFirst()
    } finally {
      failure = await this.#settle(pending)
    }
    if (failure !== undefined && this.#keepsFailed) {
      // They will be written behind the snapshot, which stands for them already.
      begun.entries.return?.()
      throw failure
    }
    return { ...begun, tailFrom: this.sizeBytes }
  }

  #readFirst(): Pick<BegunSnapshot, 'entries' | 'first'> {
    const entries = this.#options.snapshot()[Symbol.iterator]()
    return { entries, first: entries.next() }
  }

  /** The name leads to the new file already. */
  async #switchTo(file: DiskFile, end: number, snapshotEnd: number): Promise<void> {
    await this.#target.switchTo(file, end)
    this.#snapshotEnd = this.#grownFrom = snapshotEnd
    try {
      await this.#disk.syncDirectory(dirname(this.#options.file))
    } catch (thrown) {
      // After a power cut the name might lead to the old file, which ends here.
      throw this.#target.giveUp(fileFailure(this.#options.file, 'be replaced for good', thrown))
    }
  }
}

function temporaryName(file: string): string {
  return `${file}.compacting`
}

async function createEmpty(disk: Disk, name: string): Promise<DiskFile> {
  const file = await disk.create(temporaryName(name))
  try {
    await file.write([encodeFileHeader(fileHeaderBytes)], 0)
    await file.sync()
    await disk.rename(temporaryName(name), name)
    await disk.syncDirectory(dirname(name))
    return file
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

function rejected(reason: Error): Promise<void> {
  const result = Promise.reject<void>(reason)
  result.catch(() => {})
  return result
}

function isSystemError(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown
}
