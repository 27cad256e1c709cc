export interface BreakerOptions {
  /** More dead letters than this within a minute are too many. */
  readonly perMinute: number
  /** So is more than this share of the records of a minute, from {@link fewest} dead letters on. */
  readonly share: number
}

/** Fewer dead letters within a minute say nothing about their share. */
export const fewest = 100

const minuteMs = 60_000

/** Tells records that are poison from a schema that has changed: then most of them fail, or very many. */
export class DeadLetterBreaker {
  readonly #options: BreakerOptions
  /** Oldest first. */
  #epochs: { readonly atMs: number; readonly records: number; readonly dead: number }[] = []

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  /** An epoch is about to be committed. Answers why it must not be, or undefined. */
  add(nowMs: number, records: number, dead: number): string | undefined {
    this.#epochs = this.#epochs.filter(({ atMs }) => nowMs - atMs < minuteMs)
    this.#epochs.push({ atMs: nowMs, records, dead })
    let [all, lost] = [0, 0]
    for (const epoch of this.#epochs) {
      all += epoch.records
      lost += epoch.dead
    }
    if (dead === 0) return undefined
    if (lost > this.#options.perMinute) return `${lost} records within a minute, more than ${this.#options.perMinute}`
    if (lost >= fewest && lost > this.#options.share * all) return `${lost} of ${all} records within a minute, more than ${this.#options.share * 100} %`
    return undefined
  }
}
