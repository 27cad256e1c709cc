import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Position } from '../topology/source.ts'

const intervalMs = 1_000

/**
 * Copies our positions to the consumer group, for lag tools. At most one commit a second and one in
 * flight; of several positions of a partition the newest goes out, and a failed one again with the next.
 */
export class OffsetMirror {
  readonly #commit: (positions: readonly Position[]) => Promise<void>
  readonly #clock: Clock
  readonly #log: Logger
  #owned: ReadonlySet<string> = new Set()
  readonly #pending = new Map<string, number>()
  #flight: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(commit: (positions: readonly Position[]) => Promise<void>, clock: Clock, log: Logger) {
    this.#commit = commit
    this.#clock = clock
    this.#log = log
  }

  /** Partitions of ours from now on; what waits for others is dropped, they could only be set back. */
  retain(partitions: readonly string[]): void {
    this.#owned = new Set(partitions)
    for (const partition of this.#pending.keys()) if (!this.#owned.has(partition)) this.#pending.delete(partition)
  }

  note(positions: readonly Position[]): void {
    for (const { partition, offset } of positions) if (this.#owned.has(partition)) this.#pending.set(partition, offset)
    this.#arm()
  }

  /** Sends before it returns when nothing is in flight. Resolves when what is noted is there, or has failed to. */
  async flush(): Promise<void> {
    if (this.#flight !== undefined) await this.#flight
    await this.#send()
  }

  close(): void {
    this.retain([])
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    if (this.#pending.size === 0 || this.#timer !== undefined || this.#flight !== undefined) return
    this.#timer = this.#clock.setTimer(intervalMs, () => {
      this.#timer = undefined
      void this.#send()
    })
  }

  #send(): Promise<void> {
    if (this.#flight !== undefined || this.#pending.size === 0) return this.#flight ?? Promise.resolve()
    const positions = [...this.#pending].map(([partition, offset]) => ({ partition, offset }))
    this.#pending.clear()
    this.#flight = this.#commit(positions)
      .catch((error: unknown) => {
        this.#log.debug('offsets not mirrored to the consumer group', { error })
        for (const { partition, offset } of positions) {
          if (this.#owned.has(partition) && !this.#pending.has(partition)) this.#pending.set(partition, offset)
        }
      })
      .finally(() => {
        this.#flight = undefined
        this.#arm()
      })
    return this.#flight
  }
}
