/** How long an epoch may last. */
export interface PaceOptions {
  /** Shortest and longest epoch while caught up; between them it grows with what a commit costs. */
  readonly caughtUpMinMs: number
  readonly caughtUpMaxMs: number
  /** While far behind: each distinct key costs the store once per epoch, so fewer are cheaper. */
  readonly behindMs: number
}

export const defaultPace: PaceOptions = { caughtUpMinMs: 40, caughtUpMaxMs: 200, behindMs: 1000 }

/** Commits should take no more than this share of the time. */
const commitShare = 0.25

/**
 * Decides the length of the next epoch from the last ones: short when caught up, for latency, but
 * long enough that commits stay a small share; long while the backlog is more than a long epoch's work.
 */
export class EpochPace {
  readonly #options: PaceOptions
  #commitMs = 0
  #recordsPerMs = 0

  constructor(options: PaceOptions) {
    this.#options = options
  }

  committed(records: number, epochMs: number, commitMs: number): void {
    this.#commitMs = commitMs
    if (epochMs > 0) this.#recordsPerMs = records / epochMs
  }

  /** More waits than two epochs of the length for the caught-up could work off. */
  isBehind(lag: number): boolean {
    return this.lengthMs(lag) > this.lengthMs(0)
  }

  /** `lag` is how many records wait. */
  lengthMs(lag: number): number {
    const { caughtUpMinMs, caughtUpMaxMs, behindMs } = this.#options
    const short = Math.min(caughtUpMaxMs, Math.max(caughtUpMinMs, this.#commitMs / commitShare))
    if (lag === 0) return short
    // Before the first commit nothing is known of the rate: a backlog then is taken for a long one.
    const waitMs = this.#recordsPerMs > 0 ? lag / this.#recordsPerMs : behindMs
    return Math.min(behindMs, Math.max(short, waitMs / 2))
  }
}
