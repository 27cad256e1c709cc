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
import { takeCleanShutdown, writeCleanShutdown } from './clean-shutdown.ts'
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
}

const defaultTailBytes = 64 * 1_024 * 1_024
const openAtOnce = 8
const partitionName = /^([a-zA-Z0-9._-]{1,249})-(\d{1,9})$/
/** Kafka's: the topic is gone, its files are about to. */
const deletedName = /\.[0-9a-f]{32}-delete$/

/** The logs of a broker, one directory `topic-partition` for each. */
export class LogDirectory {
  readonly #options: LogDirectoryOptions
  readonly #disk: Disk
  readonly #memory: TailMemory
  readonly #lock: DirectoryLock
  readonly #logs = new Map<string, PartitionLog>()
  readonly #opening = new Map<string, Promise<PartitionLog>>()

  private constructor(options: LogDirectoryOptions, lock: DirectoryLock) {
    this.#options = options
    this.#disk = options.disk ?? systemDisk
    this.#memory = new TailMemory(options.tailBytes ?? defaultTailBytes)
    this.#lock = lock
  }

  /** Opens all logs in it, mended where a crash has torn them. Throws MR_DIRECTORY_IN_USE. */
  static async open(options: LogDirectoryOptions): Promise<LogDirectory> {
    const directory = new LogDirectory(options, await lockDirectory(options.dir))
    try {
      await directory.#openAll()
      return directory
    } catch (thrown) {
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

  /** The topic's logs end at once; their files follow. */
  async deleteTopic(topic: string): Promise<void> {
    for (const [name, log] of this.#logs) {
      if (log.topic !== topic) continue
      this.#logs.delete(name)
      await log.abandon()
      const doomed = join(this.#options.dir, `${name}.${randomUUID().replaceAll('-', '')}-delete`)
      await rename(join(this.#options.dir, name), doomed)
      await this.#disk.syncDirectory(this.#options.dir)
      await rm(doomed, { recursive: true, force: true })
    }
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
    const { dir } = this.#options
    const clean = await takeCleanShutdown(dir, this.#disk)
    const entries = await readdir(dir, { withFileTypes: true })
    await inTurns(entries.filter((entry) => entry.isDirectory()), async ({ name }) => {
      if (deletedName.test(name)) await rm(join(dir, name), { recursive: true, force: true })
      else if (partitionName.test(name)) await this.#open(name, clean.get(name))
    })
  }

  async #create(name: string): Promise<PartitionLog> {
    if (!partitionName.test(name)) throw new RangeError(`${name} is no name for a partition`)
    const directory = join(this.#options.dir, name)
    const isNew = await mkdir(directory, { recursive: true }) !== undefined
    try {
      await this.#disk.syncDirectory(this.#options.dir)
      return await this.#open(name, undefined)
    } catch (thrown) {
      // Left behind it would be a partition after the next start.
      if (isNew) await rm(directory, { recursive: true, force: true })
      throw thrown
    }
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

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!)
  }
  await Promise.all(Array.from({ length: openAtOnce }, worker))
}
