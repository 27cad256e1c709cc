import { NameTable, type Texts } from '../base/name-table.ts'
import { MillraceError } from '../errors.ts'
import { CounterTable } from './counter-table.ts'
import { TextStore } from './text-store.ts'

/** A Redis-like type of a result key. */
export type KeyType = 'hash' | 'set' | 'sorted-set' | 'hyper-log-log' | 'string' | 'list' | 'stream'

/** What one XADD in a script can carry. */
const longestEntry = 4000

interface Cell {
  n: number
}

/** How a hash field is written: added to, set, set if absent, kept at the largest or smallest number given. */
export const hashKinds = ['sums', 'sets', 'onces', 'maxima', 'minima'] as const
export type HashKind = (typeof hashKinds)[number]

/**
 * Fields of one hash: of each kind its group in {@link WriteSet.fields}, or -1 when there is none. A field
 * is used with one kind of write per epoch.
 */
export type HashWrites = { readonly type: 'hash' } & Record<HashKind, number>

export type KeyWrites =
  | HashWrites
  | { readonly type: 'set'; readonly members: Set<string> }
  | { readonly type: 'sorted-set'; readonly adds: Map<string, Cell> }
  | { readonly type: 'hyper-log-log'; readonly elements: Set<string> }
  | { readonly type: 'string'; value: string }
  /** In the order of the pushes. */
  | { readonly type: 'list'; readonly pushes: { readonly value: string; readonly end: 'head' | 'tail' }[] }
  | { readonly type: 'stream'; readonly entries: (readonly string[])[] }

/** Of event time, ms since 1970: `[startMs, endMs)`. */
export interface Window {
  readonly startMs: number
  readonly endMs: number
}

/**
 * Results of one epoch, merged as they come: a hot key is one number, however often it is counted.
 * What leaves here enters the store in one atomic commit together with the offsets.
 */
export class WriteSet {
  /** In the order of their first write, in one group; what is written to each stands in `ofKey`. */
  readonly keys = new NameTable()
  readonly ofKey: KeyWrites[] = []
  /** key → absolute expiry in ms since 1970; the last one given holds. */
  readonly expiries = new Map<string, number>()
  /** By the number of a key in `keys`: the window that its results belong to. */
  readonly windows = new Map<number, Window>()
  /**
   * Fields of hashes by group and name. The number of a field is its sum (a safe integer), its largest
   * or smallest number, or for `sets` and `onces` the place of its value in `texts`.
   */
  readonly fields = new CounterTable()
  readonly texts = new TextStore()
  /** Beside `texts`: the number of the list in `keys` that the name of a field of `onces` is pushed to, or -1. */
  readonly lists: number[] = []
  #cells = 0
  #bytes = 0
  #groups = 0
  /** Null at first: no key is null, not even a wrong one. */
  #lastKey: string | null = null
  #lastHash: HashWrites | undefined

  /** Distinct (key, field) pairs, members, elements, entries and expiries: what the store pays for. */
  get cells(): number {
    return this.#cells + this.fields.size + this.expiries.size + this.windows.size
  }

  /** Length of their texts, about: what the write-set weighs. */
  get bytes(): number {
    return this.#bytes + this.keys.nameBytes + this.fields.nameBytes + this.texts.byteLength
  }

  /** Makes it the empty write-set of another epoch, with the room it has. */
  clear(): void {
    this.keys.clear()
    this.fields.clear()
    this.texts.clear()
    this.expiries.clear()
    this.windows.clear()
    this.ofKey.length = this.lists.length = 0
    this.#cells = this.#bytes = this.#groups = 0
    this.#lastKey = null
    this.#lastHash = undefined
  }

  /** Adds to a hash field. The hot path of every counter. */
  hashAdd(key: string, field: string, amount: number): void {
    const hash = this.#hash(key)
    if (typeof field !== 'string') {
      throw new MillraceError('MR_EMIT_INVALID', `a field of hash ${key} must be a string, got ${typeof field}`, { place: { at: `key ${key}` } })
    }
    const { fields } = this
    const found = hash.sums < 0 ? -1 : fields.find(hash.sums, field)
    const sum = found < 0 ? amount : fields.sums[found]! + amount
    if (!Number.isSafeInteger(amount) || !Number.isSafeInteger(sum)) throw notANumber(key, field, amount)
    // First: a new field may need a larger array.
    const entry = found < 0 ? this.#newField(hash, key, 'sums', field) : found
    fields.sums[entry] = sum
  }

  /**
   * Adds 1 to the field that each text names. Answers false, having done nothing, when the hash has fields
   * of other kinds, which each field must be held against.
   */
  hashCount(key: string, fields: Texts): boolean {
    const hash = this.#hash(key)
    if (hashKinds.some((kind) => kind !== 'sums' && hash[kind] >= 0)) return false
    if (hash.sums < 0) hash.sums = this.#groups++
    this.fields.countEach(hash.sums, fields)
    return true
  }

  hashSet(key: string, field: string, value: string): void {
    const hash = this.#hash(key)
    wellFormed(value, key)
    const found = hash.sets < 0 ? -1 : this.fields.find(hash.sets, field)
    if (found < 0) this.#setText(this.#newField(hash, key, 'sets', field), value)
    else this.texts.replace(this.fields.sums[found]!, value)
  }

  /**
   * Sets a hash field that is not there; if it was not, and `list` is given, pushes the field's name
   * to the head of that list. Right however often it is repeated or replayed.
   */
  hashSetOnce(key: string, field: string, value: string, list?: string): void {
    const hash = this.#hash(key)
    if (hash.onces >= 0 && this.fields.find(hash.onces, field) >= 0) return
    wellFormed(value, key)
    const pushTo = list === undefined ? -1 : this.#numberOf(list, 'list', newList)
    this.#setText(this.#newField(hash, key, 'onces', field), value, pushTo)
  }

  /** Keeps the largest number ever given. */
  hashMax(key: string, field: string, value: number): void {
    this.#extreme(key, field, value, 'maxima', Math.max)
  }

  hashMin(key: string, field: string, value: number): void {
    this.#extreme(key, field, value, 'minima', Math.min)
  }

  /** Number of the hash whose key is a text, for the methods that follow; -1 when the key is used as another type. */
  hashNamed(keys: Texts, row: number): number {
    const found = this.keys.findText(0, keys, row)
    if (found >= 0) return this.ofKey[found]!.type === 'hash' ? found : -1
    this.ofKey.push(newHash())
    return this.keys.addText(0, keys, row)
  }

  /** Number of a list, to push to. */
  listNamed(key: string): number {
    return this.#numberOf(key, 'list', newList)
  }

  /** As `hashAdd`, of a hash by its number and a field that is a text. */
  addIn(hash: number, fields: Texts, row: number, amount: number): void {
    const writes = this.ofKey[hash] as HashWrites
    const found = writes.sums < 0 ? -1 : this.fields.findText(writes.sums, fields, row)
    const sum = found < 0 ? amount : this.fields.sums[found]! + amount
    if (!Number.isSafeInteger(sum)) throw notANumber(this.keys.nameOf(hash), 'of a batch', amount)
    const entry = found < 0 ? this.#newFieldIn(writes, 'sums', hash, fields, row) : found
    this.fields.sums[entry] = sum
  }

  /** As `hashSet`. */
  setIn(hash: number, fields: Texts, row: number, value: string): void {
    const writes = this.ofKey[hash] as HashWrites
    const found = writes.sets < 0 ? -1 : this.fields.findText(writes.sets, fields, row)
    if (found < 0) this.#setText(this.#newFieldIn(writes, 'sets', hash, fields, row), value)
    else this.texts.replace(this.fields.sums[found]!, value)
  }

  /** As `hashSetOnce`; the value is `bytes[at … end)`, `list` a number or -1. */
  setOnceIn(hash: number, fields: Texts, row: number, bytes: Uint8Array, at: number, end: number, list: number): void {
    const writes = this.ofKey[hash] as HashWrites
    if (writes.onces >= 0 && this.fields.findText(writes.onces, fields, row) >= 0) return
    const entry = this.#newFieldIn(writes, 'onces', hash, fields, row)
    this.fields.sums[entry] = this.texts.addBytes(bytes, at, end)
    this.lists.push(list)
  }

  setAdd(key: string, member: string): void {
    const writes = this.#of(key, 'set', () => ({ type: 'set', members: new Set<string>() }))
    if (writes.members.has(member)) return
    writes.members.add(wellFormed(member, key))
    this.#grow(member)
  }

  /** Adds to a member's score; exact while scores stay whole and below 2^53. */
  sortedSetAdd(key: string, member: string, amount: number): void {
    const writes = this.#of(key, 'sorted-set', () => ({ type: 'sorted-set', adds: new Map<string, Cell>() }))
    const cell = writes.adds.get(member)
    const sum = (cell?.n ?? 0) + amount
    if (!Number.isFinite(sum)) throw notANumber(key, member, amount)
    if (cell !== undefined) cell.n = sum
    else {
      writes.adds.set(wellFormed(member, key), { n: amount })
      this.#grow(member)
    }
  }

  hyperLogLogAdd(key: string, element: string): void {
    const writes = this.#of(key, 'hyper-log-log', () => ({ type: 'hyper-log-log', elements: new Set<string>() }))
    if (writes.elements.has(element)) return
    writes.elements.add(wellFormed(element, key))
    this.#grow(element)
  }

  stringSet(key: string, value: string): void {
    wellFormed(value, key)
    const writes = this.#of(key, 'string', () => {
      this.#grow(value)
      return { type: 'string', value }
    })
    this.#bytes += value.length - writes.value.length
    writes.value = value
  }

  listPush(key: string, value: string, end: 'head' | 'tail' = 'tail'): void {
    this.#of(key, 'list', newList).pushes.push({ value: wellFormed(value, key), end })
    this.#grow(value)
  }

  /** `entry` is field, value, field, value … */
  streamAppend(key: string, entry: readonly string[]): void {
    checkStreamEntry(key, entry)
    for (const text of entry) wellFormed(text, key)
    const writes = this.#of(key, 'stream', () => ({ type: 'stream', entries: [] }))
    writes.entries.push(entry)
    this.#cells++
    for (const text of entry) this.#bytes += text.length
  }

  /** Absolute, so that a replay does not stretch it. A time in the past removes the key at the commit. */
  expireAt(key: string, atMs: number): void {
    if (!Number.isSafeInteger(atMs)) throw notANumber(key, 'expiry', atMs)
    const before = this.expiries.size
    this.expiries.set(wellFormed(key, key), atMs)
    if (this.expiries.size > before) this.#bytes += key.length
  }

  /** What was written to the key belongs to this window (see `isWindow`), always the same one: a replay may repair it alone. */
  window(key: string, startMs: number, sizeMs: number): void {
    const found = this.keys.find(0, key)
    if (found >= 0) this.windowIn(found, startMs, sizeMs)
  }

  /** As `window`, of a key by its number. */
  windowIn(key: number, startMs: number, sizeMs: number): void {
    const known = this.windows.get(key)
    const endMs = startMs + sizeMs
    if (known?.startMs === startMs && known.endMs === endMs) return
    if (known !== undefined) throw twoWindows(this.keys.nameOf(key))
    this.windows.set(key, { startMs, endMs })
  }

  get empty(): boolean {
    return this.cells === 0
  }

  #extreme(key: string, field: string, value: number, kind: 'maxima' | 'minima', better: (a: number, b: number) => number): void {
    if (!Number.isFinite(value)) throw notANumber(key, field, value)
    const hash = this.#hash(key)
    const found = hash[kind] < 0 ? -1 : this.fields.find(hash[kind], field)
    const entry = found < 0 ? this.#newField(hash, key, kind, field) : found
    const { sums } = this.fields
    sums[entry] = found < 0 ? value : better(sums[entry]!, value)
  }

  /** A field counted in one place and set in another has no defined result. */
  #newField(hash: HashWrites, key: string, kind: HashKind, field: string): number {
    for (const other of hashKinds) {
      if (other !== kind && hash[other] >= 0 && this.fields.find(hash[other], field) >= 0) throw twoWays(key)
    }
    wellFormed(field, key)
    if (hash[kind] < 0) hash[kind] = this.#groups++
    return this.fields.add(hash[kind], field)
  }

  #newFieldIn(writes: HashWrites, kind: HashKind, hash: number, fields: Texts, row: number): number {
    for (const other of hashKinds) {
      if (other !== kind && writes[other] >= 0 && this.fields.findText(writes[other], fields, row) >= 0) throw twoWays(this.keys.nameOf(hash))
    }
    if (writes[kind] < 0) writes[kind] = this.#groups++
    return this.fields.addText(writes[kind], fields, row)
  }

  #setText(entry: number, value: string, list = -1): void {
    this.fields.sums[entry] = this.texts.add(value)
    this.lists.push(list)
  }

  #grow(text: string): void {
    this.#cells++
    this.#bytes += text.length
  }

  #hash(key: string): HashWrites {
    if (key === this.#lastKey) return this.#lastHash!
    const hash = this.#of(key, 'hash', newHash)
    this.#lastKey = key
    this.#lastHash = hash
    return hash
  }

  #of<T extends KeyType>(key: string, type: T, make: () => Extract<KeyWrites, { type: T }>): Extract<KeyWrites, { type: T }> {
    return this.ofKey[this.#numberOf(key, type, make)] as Extract<KeyWrites, { type: T }>
  }

  /** Of a key, in `keys`. */
  #numberOf(key: string, type: KeyType, make: () => KeyWrites): number {
    const found = typeof key === 'string' ? this.keys.find(0, key) : -1
    if (found < 0) {
      const added = this.keys.add(0, wellFormed(key, key))
      this.ofKey.push(make())
      return added
    }
    const { type: other } = this.ofKey[found]!
    if (other !== type) throw twoTypes(key, other, type)
    return found
  }
}

function newHash(): HashWrites {
  return { type: 'hash', sums: -1, sets: -1, onces: -1, maxima: -1, minima: -1 }
}

function newList(): Extract<KeyWrites, { type: 'list' }> {
  return { type: 'list', pushes: [] }
}

function twoWays(key: string): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', `field of hash ${key} is written in two ways in one epoch`, {
    place: { at: `key ${key}` },
    remedy: 'use one kind of write for a field',
  })
}

function twoTypes(key: string, one: KeyType, other: KeyType): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', `key ${key} is used as ${one} and as ${other}`, { place: { at: `key ${key}` }, remedy: 'give each result its own key' })
}

/** Throws MR_EMIT_INVALID when this is no entry of a stream. */
export function checkStreamEntry(key: string, entry: readonly string[]): void {
  if (entry.length > 0 && entry.length % 2 === 0 && entry.length <= longestEntry) return
  throw new MillraceError('MR_EMIT_INVALID', `a stream entry needs 1 to ${longestEntry / 2} pairs of field and value, got ${entry.length} strings`, { place: { at: `key ${key}` } })
}

/** Lone surrogates would all become U+FFFD on the wire, and two keys one. */
export function wellFormed(text: string, key: string): string {
  if (typeof text !== 'string') {
    throw new MillraceError('MR_EMIT_INVALID', `a result needs strings, got ${typeof text}`, { place: { at: `key ${key}` } })
  }
  if (!text.isWellFormed()) {
    throw new MillraceError('MR_EMIT_INVALID', 'a result text holds a lone surrogate and cannot be written as UTF-8', {
      place: { at: `key ${key.toWellFormed()}` },
      remedy: 'clean the text in a bolt (String.prototype.toWellFormed), or skip such tuples with onError',
    })
  }
  return text
}

/** Whole milliseconds, and as many of them as a time can hold. */
export function isWindow(startMs: number, sizeMs: number): boolean {
  return Number.isSafeInteger(startMs) && Number.isSafeInteger(sizeMs) && sizeMs >= 1 && Number.isSafeInteger(startMs + sizeMs)
}

/** What was written to the key is in the epoch already: only dropping it undoes that. */
function twoWindows(key: string): MillraceError {
  return new MillraceError('MR_RESULTS_CONFLICT', `key ${key} is said to hold two windows in one epoch`, {
    place: { at: `key ${key}` },
    remedy: 'give each window a key of its own',
  })
}

function notANumber(key: string, field: string, value: unknown): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', `${String(value)} cannot be added or compared in ${key}`, {
    place: { at: `key ${key}, field ${field}` },
    remedy: 'give a finite number; counters need whole numbers below 2^53',
  })
}
