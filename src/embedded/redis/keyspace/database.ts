import { CommandError, wrongType } from '../command/command-error.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import type { Keyspace } from './keyspace.ts'
import { fadedUses, oneMoreUse } from './use-count.ts'
import type { Value } from './value.ts'

/** Told of every change of the keys it watches. */
export interface KeyWatcher {
  keyChanged(database: Database, key: string): void
}

/** The largest that a JavaScript Map can be, with a little room. */
const mostKeys = 2 ** 24 - 1024
const keyBytes = 96

/**
 * One numbered database: keys and what they hold. A key past its expiry is deleted by whatever looks at
 * it, and by `expireDue` when nobody does.
 *
 * Whoever changes a value calls `changed` after it, once per key and command: it deletes what has become
 * empty, counts memory, breaks WATCH, and marks the command as one that is logged.
 */
export class Database {
  readonly index: number
  readonly #keyspace: Keyspace
  readonly #values = new Map<string, Value>()
  /** All keys without gaps, so that one can be taken by chance and SCAN can go on where it was. */
  #slots: string[] = []
  /** The keys that expire. */
  readonly #expiring = new Set<string>()
  readonly #expiries = new ExpiryQueue()
  readonly #watchers = new Map<string, Set<KeyWatcher>>()
  #expiringSampler = this.#expiring.keys()

  constructor(index: number, keyspace: Keyspace) {
    this.index = index
    this.#keyspace = keyspace
  }

  get size(): number {
    return this.#values.size
  }

  get expiringSize(): number {
    return this.#expiring.size
  }

  /** All keys, those past their expiry included; it stands changes while it is gone through. */
  keys(): IterableIterator<string> {
    return this.#values.keys()
  }

  /** All keys with what they hold, those past their expiry included. */
  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries()
  }

  /**
   * The key at a place from 0 to `size - 1`. A new key gets the last place; when one goes, the last one takes
   * its place. So who looks at all places from the last to the first meets every key that is there meanwhile.
   */
  atSlot(slot: number): string | undefined {
    return this.#slots[slot]
  }

  /** Some keys that expire, other ones each time. */
  sampleExpiring(size: number): readonly string[] {
    const keys: string[] = []
    while (keys.length < Math.min(size, this.#expiring.size)) {
      const { done, value } = this.#expiringSampler.next()
      if (done === true) this.#expiringSampler = this.#expiring.keys()
      else keys.push(value)
    }
    return keys
  }

  /** What the key holds, whatever its type. Notes the use. */
  find(key: string): Value | undefined {
    const value = this.peek(key)
    if (value === undefined) {
      this.#keyspace.misses++
      return undefined
    }
    const { uptimeS, useCounting } = this.#keyspace
    if (useCounting !== undefined) value.uses = oneMoreUse(fadedUses(value.uses, uptimeS - value.usedAtS, useCounting), useCounting)
    value.usedAtS = uptimeS
    this.#keyspace.hits++
    return value
  }

  /** Like `find`, without noting a use. */
  peek(key: string): Value | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    if (value.expiresAtMs !== undefined && value.expiresAtMs <= this.#keyspace.nowMs) {
      this.#expire(key, value)
      return undefined
    }
    this.#keyspace.beforeUse?.(value)
    return value
  }

  /** What the key holds when that is of this class. Throws WRONGTYPE when it is of another. */
  get<V extends Value>(key: string, type: abstract new (...args: never[]) => V): V | undefined {
    const value = this.find(key)
    if (value === undefined || value instanceof type) return value
    throw wrongType()
  }

  /** Like `get`; a key that is not there gets an empty value, which must be filled before the command ends. */
  getOrAdd<V extends Value>(key: string, type: new () => V): V {
    return this.get(key, type) ?? this.#insert(key, new type())
  }

  /** Makes the key hold this, whatever it held, without expiry; counts as a change. */
  put(key: string, value: Value): void {
    const before = this.#values.get(key)
    if (before === undefined) this.#insert(key, value)
    else {
      if (before.expiresAtMs !== undefined) this.#expiring.delete(key)
      this.#keyspace.usedBytes -= before.countedBytes
      value.slot = before.slot
      value.usedAtS = this.#keyspace.uptimeS
      this.#values.set(key, value)
    }
    this.changed(key, value)
  }

  /** Takes the value away from its key, to be put elsewhere. Counts as a change. */
  take(key: string, value: Value): void {
    this.#remove(key, value)
    this.#notify(key)
  }

  /** Whether it was there. Counts as a change. */
  delete(key: string): boolean {
    const value = this.peek(key)
    if (value === undefined) return false
    this.#remove(key, value)
    this.#notify(key)
    return true
  }

  changed(key: string, value: Value): void {
    if (value.empty) this.#remove(key, value)
    else {
      const { bytes } = value
      this.#keyspace.usedBytes += bytes - value.countedBytes
      value.countedBytes = bytes
    }
    this.#notify(key)
  }

  /** `atMs` undefined: it no longer expires. The key must be there. Counts as a change. */
  setExpiry(key: string, value: Value, atMs: number | bigint | undefined): void {
    value.expiresAtMs = atMs
    if (atMs === undefined) this.#expiring.delete(key)
    else {
      this.#expiring.add(key)
      this.#expiries.put(key, atMs)
      if (this.#expiries.size > 64 + 4 * this.#expiring.size) this.#refillExpiries()
      this.#keyspace.expirySet(atMs)
    }
    this.#notify(key)
  }

  /** Deletes everything; returns how many keys there were. */
  clear(): number {
    const { size } = this.#values
    for (const key of this.#watchers.keys()) if (this.#values.has(key)) this.#tell(key)
    for (const [key, value] of this.#values) this.#keyspace.usedBytes -= value.countedBytes + keyBytes + key.length
    this.#values.clear()
    this.#slots = []
    this.#expiring.clear()
    this.#expiries.refill([])
    this.#keyspace.changes += size
    return size
  }

  /** When the next key may expire. */
  get nextExpiryMs(): number | bigint | undefined {
    return this.#expiries.nextMs
  }

  /** Deletes keys past their expiry, `limit` at most; returns how many entries were looked at. */
  expireDue(limit: number): number {
    for (let seen = 0; seen < limit; seen++) {
      const key = this.#expiries.take(this.#keyspace.nowMs)
      if (key === undefined) return seen
      const value = this.#values.get(key)
      if (value?.expiresAtMs !== undefined && value.expiresAtMs <= this.#keyspace.nowMs) this.#expire(key, value)
    }
    return limit
  }

  /** The watcher is told of every change of the key, until `unwatch`. */
  watch(key: string, watcher: KeyWatcher): void {
    const watchers = this.#watchers.get(key)
    if (watchers === undefined) this.#watchers.set(key, new Set([watcher]))
    else watchers.add(watcher)
  }

  unwatch(key: string, watcher: KeyWatcher): void {
    const watchers = this.#watchers.get(key)
    watchers?.delete(watcher)
    if (watchers?.size === 0) this.#watchers.delete(key)
  }

  /** For SWAPDB: takes the content of the other and gives its own; watched keys on both sides change. */
  swap(other: Database): void {
    const mine = [...this.#values]
    const others = [...other.#values]
    for (const database of [this, other]) {
      for (const key of database.#watchers.keys()) if (this.#values.has(key) || other.#values.has(key)) database.#tell(key)
      database.#values.clear()
      database.#slots = []
      database.#expiring.clear()
    }
    this.#adopt(others)
    other.#adopt(mine)
    this.#keyspace.changes++
  }

  #adopt(entries: readonly [string, Value][]): void {
    for (const [key, value] of entries) {
      this.#values.set(key, value)
      value.slot = this.#slots.push(key) - 1
      if (value.expiresAtMs !== undefined) this.#expiring.add(key)
    }
    this.#refillExpiries()
  }

  #insert<V extends Value>(key: string, value: V): V {
    if (this.#values.size >= mostKeys) throw new CommandError(`OOM database ${this.index} holds ${mostKeys} keys, the most this server can`)
    this.#values.set(key, value)
    value.slot = this.#slots.push(key) - 1
    value.usedAtS = this.#keyspace.uptimeS
    this.#keyspace.usedBytes += keyBytes + key.length
    return value
  }

  #remove(key: string, value: Value): void {
    this.#values.delete(key)
    const last = this.#slots.pop()!
    if (last !== key) {
      this.#slots[value.slot] = last
      this.#values.get(last)!.slot = value.slot
    }
    if (value.expiresAtMs !== undefined) this.#expiring.delete(key)
    this.#keyspace.usedBytes -= value.countedBytes + keyBytes + key.length
    value.countedBytes = 0
    value.expiresAtMs = undefined
  }

  #expire(key: string, value: Value): void {
    this.#remove(key, value)
    this.#keyspace.expired(this, key)
    this.#tell(key)
  }

  #notify(key: string): void {
    this.#keyspace.changes++
    if (this.#watchers.size > 0) this.#tell(key)
  }

  #tell(key: string): void {
    const watchers = this.#watchers.get(key)
    if (watchers !== undefined) for (const watcher of watchers) watcher.keyChanged(this, key)
  }

  #refillExpiries(): void {
    this.#expiries.refill(Array.from(this.#expiring, (key) => [key, this.#values.get(key)!.expiresAtMs!] as const))
  }
}
