import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { asMillraceError } from '../../../errors.ts'
import { lockDirectory } from '../../directory-lock.ts'
import type { DirectoryLock } from '../../directory-lock.ts'
import { systemDisk } from '../../journal/disk.ts'
import type { Disk } from '../../journal/disk.ts'
import { dropCleanShutdown, readCleanShutdown, writeCleanShutdown } from './clean-shutdown.ts'
import type { LogSettings } from './log-settings.ts'
import { PartitionLog } from './partition-log.ts'
import type { PartitionLogOptions } from './partition-log.ts'
import type { CleanPartition } from './recover-log.ts'
import { TailMemory } from './tail-memory.ts'

export interface LogDirectoryOptions {
  /** Must be there. */
  readonly dir: string
  readonly settingsOf: (topic: string) => LogSettings
  readonly clock: Clock
  readonly logger: Logger
  /** How much of the logs' ends is served from memory. Default 64 MiB for all together. */
  readonly tailBytes?: number
  readonly disk?: Disk
  /** Aborted while logs are being opened, it ends that, and leaves them as they were. */
  readonly signal?: AbortSignal | undefined
}

const defaultTailBytes = 64 * 1_024 * 1_024
const openAtOnce = 8
const partitionName = /^([a-zA-Z0-9._-]{1,249})-(\d{1,9})$/
/** Kafka's: the topic is gone, its files are about to. */
const deletedName = /\.[0-9a-f]{32}-delete$/
/** File systems take names of 255 bytes. */
const longestName = 255

/** The logs of a broker, one directory `topic-partition` for each. */
export class LogDirectory {
  readonly #options: LogDirectoryOptions
  readonly #disk: Disk
  readonly #memory: TailMemory
  readonly #lock: DirectoryLock
  readonly #logs = new Map<string, PartitionLog>()
  readonly #openedClean = new WeakSet<PartitionLog>()
  readonly #opening = new Map<string, Promise<PartitionLog>>()
  /** Directories that no longer count, and are still there. */
  readonly #doomed = new Set<string>()

  private constructor(options: LogDirectoryOptions, lock: DirectoryLock) {
    this.#options = options
    this.#disk = options.disk ?? systemDisk
    this.#memory = new TailMemory(options.tailBytes ?? defaultTailBytes)
    this.#lock = lock
  }

  /** Opens all logs in it, mended where a crash has torn them. Throws MR_DIRECTORY_IN_USE, and the reason of the signal. */
  static async open(options: LogDirectoryOptions): Promise<LogDirectory> {
    const directory = new LogDirectory(options, await lockDirectory(options.dir))
    try {
      await directory.#openAll()
      return directory
    } catch (thrown) {
      for (const log of directory.#logs.values()) await log.abandon()
      await directory.#lock.release()
      throw thrown
    }
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(nameOf(topic, partition))
  }

  partitions(): Iterable<PartitionLog> {
    return this.#logs.values()
  }

  /** An empty log, on the disk when it resolves; the one that is there when it is. */
  async create(topic: string, partition: number): Promise<PartitionLog> {
    const name = nameOf(topic, partition)
    const known = this.#logs.get(name) ?? this.#opening.get(name)
    if (known !== undefined) return known
    const opening = this.#create(name).finally(() => this.#opening.delete(name))
    this.#opening.set(name, opening)
    return opening
  }

  /** The topic's logs from a partition on end at once. Their files follow, those that cannot be removed with the next start. */
  async remove(topic: string, from = 0): Promise<void> {
    const ended = [...this.#logs].filter(([, log]) => log.topic === topic && log.partition >= from)
    for (const [name] of ended) this.#logs.delete(name)
    // Removing needs file handles, and there may be none but theirs.
    for (const [, log] of ended) await log.abandon()
    await this.#discard(ended.map(([name]) => name))
  }

  /** Whether it was closed well before this start, so that its end is where it was. */
  openedClean(log: PartitionLog): boolean {
    return this.#openedClean.has(log)
  }

  /** Writes what is outstanding, marks the shutdown as clean, and frees the directory. */
  async close(): Promise<void> {
    try {
      const clean = new Map<string, CleanPartition>()
      await inTurns([...this.#logs], async ([name, log]) => void clean.set(name, await log.close()))
      this.#logs.clear()
      await writeCleanShutdown(this.#options.dir, this.#disk, clean)
    } finally {
      await this.#lock.release()
    }
  }

  async #openAll(): Promise<void> {
    const { dir, signal } = this.#options
    const clean = await readCleanShutdown(dir)
    const entries = await readdir(dir, { withFileTypes: true })
    await inTurns(entries.filter((entry) => entry.isDirectory()), async ({ name }) => {
      signal?.throwIfAborted()
      if (deletedName.test(name)) await rm(join(dir, name), { recursive: true, force: true })
      else if (partitionName.test(name)) await this.#open(name, clean.get(name))
    })
    await dropCleanShutdown(dir, this.#disk)
  }

  async #create(name: string): Promise<PartitionLog> {
    if (!partitionName.test(name)) throw new RangeError(`${name} is no name for a partition`)
    const directory = join(this.#options.dir, name)
    try {
      // Of a partition that is no more: all that are were opened at the start.
      if (await mkdir(directory, { recursive: true }) === undefined) {
        await this.#discard([name])
        await mkdir(directory)
      }
      await this.#disk.syncDirectory(this.#options.dir)
      return await this.#open(name, undefined)
    } catch (thrown) {
      this.#options.logger.error('a partition cannot be made', { at: directory, cause: thrown })
      await this.#discard([name]).catch((cause: unknown) => {
        this.#options.logger.warn('what is left of a partition that could not be made is removed later', { at: directory, cause })
      })
      throw thrown
    }
  }

  /** Takes the names away for good, and then the files, if that can be done now. */
  async #discard(names: readonly string[]): Promise<void> {
    const { dir, logger } = this.#options
    for (const name of names) {
      const ending = `.${randomUUID().replaceAll('-', '')}-delete`
      const doomed = join(dir, name.slice(0, longestName - ending.length) + ending)
      await rename(join(dir, name), doomed)
      this.#doomed.add(doomed)
    }
    await this.#disk.syncDirectory(dir)
    await inTurns([...this.#doomed], async (doomed) => {
      this.#doomed.delete(doomed)
      await rm(doomed, { recursive: true, force: true }).catch((cause: unknown) => {
        this.#doomed.add(doomed)
        logger.warn('files of a deleted partition are still there', { at: doomed, cause })
      })
    })
  }

  async #open(name: string, clean: CleanPartition | undefined): Promise<PartitionLog> {
    const { dir, settingsOf, clock, logger } = this.#options
    const [, topic, number] = partitionName.exec(name)!
    const log = await openLog({
      topic: topic!,
      partition: Number(number),
      place: { directory: join(dir, name), disk: this.#disk, memory: this.#memory },
      settings: () => settingsOf(topic!),
      clock,
      logger,
      clean,
    })
    this.#logs.set(name, log)
    if (clean !== undefined) this.#openedClean.add(log)
    return log
  }
}

async function openLog(options: PartitionLogOptions): Promise<PartitionLog> {
  try {
    return await PartitionLog.open(options)
  } catch (thrown) {
    throw asMillraceError(thrown, 'MR_JOURNAL_IO', { place: { partition: `${options.topic}/${options.partition}`, at: options.place.directory }, remedy: 'check that the disk has room and the directory can be written' })
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Some at a time; when it rejects none is under way any more. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!)
  }
  const ends = await Promise.allSettled(Array.from({ length: openAtOnce }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
