import type { Clock, Timer } from '../../../base/clock.ts'
import { Database } from './database.ts'
import type { UseCounting } from './use-count.ts'
import type { Value } from './value.ts'

const expiriesPerTurn = 1000
/** Keys are deleted this late at most when nobody looks at them, so that many are deleted together. */
const expirySlackMs = 20

/** Told what the keyspace does by itself. */
export interface KeyspaceListener {
  /** A key has been deleted for its time had come, or to make room. */
  removed(database: Database, key: string): void
  /** Called when keys have been expired outside of any command. */
  expiryPass(): void
}

/** All databases, their common clock and figures. */
export class Keyspace {
  readonly databases: readonly Database[]
  /** Counts every change of a key; whoever compares it before and after knows whether something changed. */
  changes = 0
  /** An estimate of what keys and values take. */
  usedBytes = 0
  #peakBytes = 0
  /** Set under a policy that goes by how often keys are used. */
  useCounting: UseCounting | undefined = undefined
  /** It holds half of what a script was to write, and must neither be shown nor kept. Only the engine sets it. */
  torn = false
  hits = 0
  misses = 0
  expiredKeys = 0
  evictedKeys = 0
  /** The time that commands see, in ms since 1970: it stands still during a command, a transaction or a script. */
  nowMs: number
  uptimeS = 0
  /** Called with each value before anybody gets it, and so may change it. Only a snapshot that is being read sets it. */
  beforeUse: ((value: Value) => void) | undefined = undefined
  readonly #clock: Clock
  readonly #startMs: number
  #listener: KeyspaceListener | undefined
  #timer: Timer | undefined
  #timerAtMs = Infinity
  #frozen = false

  constructor(size: number, clock: Clock) {
    this.#clock = clock
    this.nowMs = clock.now()
    this.#startMs = this.nowMs
    this.databases = Array.from({ length: size }, (_, index) => new Database(index, this))
  }

  listen(listener: KeyspaceListener): void {
    this.#listener = listener
  }

  /** The most that `usedBytes` has been. */
  get peakBytes(): number {
    return Math.max(this.#peakBytes, this.usedBytes)
  }

  resetFigures(): void {
    this.hits = 0
    this.misses = 0
    this.expiredKeys = 0
    this.evictedKeys = 0
    this.#peakBytes = this.usedBytes
  }

  /** Lets time pass, to now. */
  tick(): void {
    if (this.#frozen) return
    if (this.usedBytes > this.#peakBytes) this.#peakBytes = this.usedBytes
    this.nowMs = this.#clock.now()
    this.uptimeS = Math.max(0, Math.floor((this.nowMs - this.#startMs) / 1000))
  }

  /** While the log is replayed nothing expires: the deletions are in the log. */
  freeze(): void {
    this.#frozen = true
    this.nowMs = 0
  }

  thaw(): void {
    this.#frozen = false
    this.tick()
    this.#schedule()
  }

  /** For the databases. */
  expired(database: Database, key: string): void {
    this.expiredKeys++
    this.#listener?.removed(database, key)
  }

  /** Deletes a key to make room. */
  evict(database: Database, key: string): void {
    database.delete(key)
    this.evictedKeys++
    this.#listener?.removed(database, key)
  }

  /** For the databases. */
  expirySet(atMs: number | bigint): void {
    if (!this.#frozen && Number(atMs) + expirySlackMs < this.#timerAtMs) this.#schedule()
  }

  close(): void {
    this.#timer?.cancel()
    this.#frozen = true
  }

  #schedule(): void {
    this.#timer?.cancel()
    this.#timerAtMs = Infinity
    let next = Infinity
    for (const database of this.databases) next = Math.min(next, Number(database.nextExpiryMs ?? Infinity))
    if (next === Infinity || this.#frozen) return
    this.#timerAtMs = next + expirySlackMs
    // Timers of JavaScript reach no further than 24 days.
    const delay = Math.min(2 ** 31 - 1, Math.max(1, this.#timerAtMs - this.#clock.now()))
    this.#timer = this.#clock.setTimer(delay, () => this.#pass(), false)
  }

  #pass(): void {
    this.tick()
    for (const database of this.databases) database.expireDue(expiriesPerTurn)
    this.#listener?.expiryPass()
    this.#schedule()
  }
}
