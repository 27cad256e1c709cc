import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { silentLogger } from '../../../../src/base/logger.ts'
import type { Logger } from '../../../../src/base/logger.ts'
import { defaultLogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import type { LogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts'
import type { CleanPartition } from '../../../../src/embedded/kafka/log/recover-log.ts'
import { TailMemory } from '../../../../src/embedded/kafka/log/tail-memory.ts'
import { MortalDisk } from './mortal-disk.ts'

export const startMs = 1_700_000_000_000

export interface LogOnDiskOptions {
  readonly settings?: Partial<LogSettings>
  /** Default 64 KiB. */
  readonly tailBytes?: number
  readonly logger?: Logger
}

/** A partition's log in a directory of its own, opened again as often as wanted. */
export class LogOnDisk {
  readonly directory = mkdtempSync(join(tmpdir(), 'millrace-log-'))
  readonly clock = new ManualClock(startMs)
  settings: LogSettings
  log!: PartitionLog
  disk!: MortalDisk
  readonly #options: LogOnDiskOptions
  #clean: CleanPartition | undefined

  private constructor(options: LogOnDiskOptions) {
    this.#options = options
    this.settings = { ...defaultLogSettings, ...options.settings }
  }

  static async open(options: LogOnDiskOptions = {}): Promise<LogOnDisk> {
    const made = new LogOnDisk(options)
    await made.#open()
    return made
  }

  /** Closes it as a clean shutdown does. */
  async reopen(): Promise<PartitionLog> {
    this.#clean = await this.log.close()
    return this.#open()
  }

  /** Leaves the log as it is, as a crash does, and opens what is on the disk. */
  async crash(): Promise<PartitionLog> {
    this.#clean = undefined
    await this.disk.die()
    return this.#open()
  }

  async remove(): Promise<void> {
    await this.disk.die()
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #open(): Promise<PartitionLog> {
    this.disk = new MortalDisk()
    this.log = await PartitionLog.open({
      topic: 'lines',
      partition: 0,
      place: { directory: this.directory, disk: this.disk, memory: new TailMemory(this.#options.tailBytes ?? 65_536) },
      settings: () => this.settings,
      clock: this.clock,
      logger: this.#options.logger ?? silentLogger,
      clean: this.#clean,
    })
    return this.log
  }
}
