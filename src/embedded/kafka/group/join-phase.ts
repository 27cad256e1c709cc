/** How soon a join phase in which nobody joined may end again. */
const shortestPhaseMs = 100

/**
 * When the phase in which members join has to end. The first one since the group was empty ends by
 * time alone: after a delay, which starts anew while members keep coming, up to the rebalance
 * timeout. Every other ends when all known members have joined, or at the rebalance timeout.
 */
export class JoinPhase {
  #endsMs = Infinity
  #isInitial = false
  #leftMs = 0
  #hasGrown = false

  /** Monotonic time; Infinity when no phase is under way. */
  get endsMs(): number {
    return this.#endsMs
  }

  /** Of the phase under way, or of the last one. */
  get isInitial(): boolean {
    return this.#isInitial
  }

  beginInitial(nowMs: number, delayMs: number, rebalanceTimeoutMs: number): void {
    this.#isInitial = true
    this.#hasGrown = false
    this.#leftMs = Math.max(rebalanceTimeoutMs - delayMs, 0)
    this.#endsMs = nowMs + delayMs
  }

  begin(nowMs: number, rebalanceTimeoutMs: number): void {
    this.#isInitial = false
    this.#endsMs = nowMs + rebalanceTimeoutMs
  }

  /** Another member came. */
  grow(): void {
    this.#hasGrown = true
  }

  /** Whether the phase goes on: where one came, more may come, but not for ever. */
  prolong(nowMs: number, delayMs: number): boolean {
    const longerMs = Math.min(delayMs, this.#leftMs)
    if (!this.#isInitial || !this.#hasGrown || longerMs === 0) return false
    this.#hasGrown = false
    this.#leftMs -= longerMs
    this.#endsMs = nowMs + longerMs
    return true
  }

  /** Nobody has joined. */
  beginAgain(nowMs: number, rebalanceTimeoutMs: number): void {
    this.#endsMs = nowMs + Math.max(rebalanceTimeoutMs, shortestPhaseMs)
  }

  end(): void {
    this.#endsMs = Infinity
  }
}
