import { hashString } from './hash.ts'

const fewestSlots = 256
const fewestNameBytes = 4_096
const utf8 = new TextEncoder()

/**
 * Numbers names, in groups, from 0 in the order they come: open addressing with linear probing over
 * their UTF-8 bytes, which are copied once, when a name is added. A text and its bytes are one name.
 * Groups are whole numbers from 0 without large gaps.
 */
export class NameTable {
  /** Names in all groups. */
  size = 0
  /** Entry + 1, or 0. */
  #slots = new Int32Array(fewestSlots)
  #mask = fewestSlots - 1
  #hashes = new Int32Array(fewestSlots / 2)
  #groups = new Int32Array(fewestSlots / 2)
  #at = new Int32Array(fewestSlots / 2)
  #lengths = new Int32Array(fewestSlots / 2)
  /** The entry of the same group that came before, or -1. */
  #earlier = new Int32Array(fewestSlots / 2)
  #names = Buffer.allocUnsafeSlow(fewestNameBytes)
  #nameBytes = 0
  /** By group: its last entry, and how many it has. */
  readonly #last: number[] = []
  readonly #sizes: number[] = []

  /** UTF-8 bytes of all names. */
  get nameBytes(): number {
    return this.#nameBytes
  }

  /** The entry of a name, or -1; also of what cannot be written as UTF-8. */
  find(group: number, name: string): number {
    const hash = spread(hashString(name), group)
    const slots = this.#slots
    let slot = hash & this.#mask
    for (;;) {
      const entry = slots[slot]! - 1
      if (entry < 0) return -1
      if (this.#hashes[entry] === hash && this.#groups[entry] === group && this.#isCalled(entry, name)) return entry
      slot = (slot + 1) & this.#mask
    }
  }

  /** As `find`, of `bytes[at … end)` in UTF-8, whose hash is that of `hashRange`. */
  findBytes(group: number, bytes: Uint8Array, at: number, end: number, nameHash: number): number {
    const hash = spread(nameHash, group)
    const slots = this.#slots
    let slot = hash & this.#mask
    for (;;) {
      const entry = slots[slot]! - 1
      if (entry < 0) return -1
      if (this.#hashes[entry] === hash && this.#groups[entry] === group && this.#isNamed(entry, bytes, at, end)) return entry
      slot = (slot + 1) & this.#mask
    }
  }

  /** A new entry for a well-formed name that has none. */
  add(group: number, name: string): number {
    this.#reserve(3 * name.length)
    const { written } = utf8.encodeInto(name, this.#names.subarray(this.#nameBytes))
    return this.#insert(group, spread(hashString(name), group), written)
  }

  /** As `add`. */
  addBytes(group: number, bytes: Uint8Array, at: number, end: number, nameHash: number): number {
    const length = end - at
    this.#reserve(length)
    const names = this.#names
    for (let i = 0, to = this.#nameBytes; i < length; i++) names[to + i] = bytes[at + i]!
    return this.#insert(group, spread(nameHash, group), length)
  }

  /** How many names a group has. */
  sizeOf(group: number): number {
    return this.#sizes[group] ?? 0
  }

  /** The entries of a group: the last one, then `earlierOf` until -1. */
  lastOf(group: number): number {
    return this.#last[group] ?? -1
  }

  earlierOf(entry: number): number {
    return this.#earlier[entry]!
  }

  groupOf(entry: number): number {
    return this.#groups[entry]!
  }

  /** Of the name alone, as by `hashRange`. */
  hashOf(entry: number): number {
    return spread(this.#hashes[entry]!, this.#groups[entry]!)
  }

  nameOf(entry: number): string {
    return this.#names.toString('utf8', this.nameAt(entry), this.nameEnd(entry))
  }

  /** All names in UTF-8, one after another; another buffer when there are many more. */
  get names(): Buffer {
    return this.#names
  }

  nameAt(entry: number): number {
    return this.#at[entry]!
  }

  nameEnd(entry: number): number {
    return this.#at[entry]! + this.#lengths[entry]!
  }

  #isCalled(entry: number, name: string): boolean {
    const length = this.#lengths[entry]!
    const at = this.#at[entry]!
    const names = this.#names
    if (length === name.length) {
      let i = 0
      while (i < length && names[at + i] === name.charCodeAt(i)) i++
      return i === length
    }
    // Only a text beyond ASCII has more bytes than units.
    return length > name.length && this.nameOf(entry) === name
  }

  #isNamed(entry: number, bytes: Uint8Array, at: number, end: number): boolean {
    const length = end - at
    if (this.#lengths[entry] !== length) return false
    const names = this.#names
    const from = this.#at[entry]!
    for (let i = 0; i < length; i++) if (names[from + i] !== bytes[at + i]) return false
    return true
  }

  /** Of the `length` bytes that stand behind the names. */
  #insert(group: number, hash: number, length: number): number {
    const entry = this.size++
    if (entry === this.#hashes.length) this.#grow()
    this.#hashes[entry] = hash
    this.#groups[entry] = group
    this.#at[entry] = this.#nameBytes
    this.#lengths[entry] = length
    this.#nameBytes += length
    this.#earlier[entry] = this.lastOf(group)
    this.#last[group] = entry
    this.#sizes[group] = this.sizeOf(group) + 1
    if (2 * this.size > this.#slots.length) this.#rehash()
    else this.#place(entry)
    return entry
  }

  #reserve(bytes: number): void {
    const needed = this.#nameBytes + bytes
    if (needed <= this.#names.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#names.length, needed))
    this.#names.copy(larger, 0, 0, this.#nameBytes)
    this.#names = larger
  }

  #grow(): void {
    const room = 2 * this.#hashes.length
    const larger = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(room)
      copy.set(column)
      return copy
    }
    this.#hashes = larger(this.#hashes)
    this.#groups = larger(this.#groups)
    this.#at = larger(this.#at)
    this.#lengths = larger(this.#lengths)
    this.#earlier = larger(this.#earlier)
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    this.#mask = this.#slots.length - 1
    for (let entry = 0; entry < this.size; entry++) this.#place(entry)
  }

  #place(entry: number): void {
    let slot = this.#hashes[entry]! & this.#mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = entry + 1
  }
}

/** The same name in many groups must not fall into one run of slots. Its own inverse. */
function spread(hash: number, group: number): number {
  return hash ^ Math.imul(group, 0x9e3779b1)
}
