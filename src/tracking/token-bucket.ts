/** What may come at once after a pause, as time. */
const burstMs = 100

/**
 * Lets so many through per second on average, and at most those of a tenth of a second at once (or one).
 * The caller tells the time, in ms that never jump.
 */
export class TokenBucket {
  readonly #perMs: number
  readonly #most: number
  #tokens: number
  #at: number

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1000
    this.#most = Math.max(1, this.#perMs * burstMs)
    this.#tokens = this.#most
    this.#at = nowMs
  }

  /** How many may go now; a whole number. */
  available(nowMs: number): number {
    this.#tokens = Math.min(this.#most, this.#tokens + (nowMs - this.#at) * this.#perMs)
    this.#at = nowMs
    // Sums of fractions fall short of the whole by a little.
    return Math.max(0, Math.floor(this.#tokens + 1e-9))
  }

  /** May be more than was available: the next have to wait longer for it. */
  spend(count: number): void {
    this.#tokens -= count
  }

  /** After `available`: until half of what may go at once, and at least one, may go again. */
  get waitMs(): number {
    return Math.max(1, (Math.max(1, this.#most / 2) - this.#tokens) / this.#perMs)
  }
}
