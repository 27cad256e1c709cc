import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Settings } from './settings/settings.ts'

/** A log as its upkeep sees it. */
export interface KeptLog {
  readonly topic: string
  readonly partition: number
  enforceRetention(nowMs: number): Promise<void>
  clean(nowMs: number): Promise<void>
}

export interface UpkeepHost {
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: Settings
  readonly logs: () => Iterable<KeptLog>
  readonly isCompacted: (topic: string) => boolean
}

/** Deletes old segments and compacts logs, each on its own interval, one log after the other. */
export class Upkeep {
  readonly #host: UpkeepHost
  readonly #timers = new Map<string, Timer>()
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(host: UpkeepHost) {
    this.#host = host
    const { settings, clock } = host
    this.#every('retention', () => settings.number('log.retention.check.interval.ms'), (log) => log.enforceRetention(clock.now()))
    this.#every('compaction', () => Math.max(1, settings.number('log.cleaner.backoff.ms')), async (log) => {
      if (settings.flag('log.cleaner.enable') && host.isCompacted(log.topic)) await log.clean(clock.now())
    })
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    await this.#running
  }

  #every(what: string, intervalMs: () => number, work: (log: KeptLog) => Promise<void>): void {
    this.#timers.set(what, this.#host.clock.setTimer(intervalMs(), () => {
      this.#running = this.#running.then(() => this.#onEach(what, work)).then(() => {
        if (!this.#closed) this.#every(what, intervalMs, work)
      })
    }, false))
  }

  async #onEach(what: string, work: (log: KeptLog) => Promise<void>): Promise<void> {
    for (const log of this.#host.logs()) {
      if (this.#closed) return
      try {
        await work(log)
      } catch (error) {
        this.#host.logger.error(`${what} of a partition failed`, { partition: `${log.topic}-${log.partition}`, error })
      }
    }
  }
}
