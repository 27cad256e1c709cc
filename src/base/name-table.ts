import { hashHead, hashString } from './hash.ts'
import { writeUtf8 } from './utf8.ts'

const fewestSlots = 256
const fewestNameBytes = 4_096
/** Bytes of a name that stand in its slot: most names are not longer. */
export const headBytes = 8
/** Lengths from here on look alike in a slot. */
const longBytes = 14
/** What one large use needed is not kept for all that follow. */
const mostKeptBytes = 2 ** 22

/** Texts as places in bytes that hold UTF-8. */
export interface Texts {
  /** How many; the arrays may be longer. */
  readonly rows: number
  /** Over the bytes. */
  readonly view: DataView
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Of each by `hashRange`. */
  readonly hashes: Int32Array
  /** First and second four bytes of each, little-endian, with zeros behind a short one. */
  readonly lows: Int32Array
  readonly highs: Int32Array
  /** Set as long as all this is not known yet, because these are pieces of other texts. */
  readonly uncut: Uncut | undefined
}

/** Texts whose pieces, between bytes of one kind, are texts too; empty pieces are none. */
export interface Uncut {
  readonly texts: Pick<Texts, 'rows' | 'view' | 'starts' | 'ends'>
  readonly separator: number
  /** The pieces of one of them. */
  cut(row: number): Texts
  /** Told by who has found them all: how many they are. */
  counted(pieces: number): void
}

/**
 * Numbers names, in groups, from 0 in the order they come: open addressing with linear probing over
 * their UTF-8 bytes, which are copied once, when a name is added. A text and its bytes are one name.
 * Groups are whole numbers from 0 without large gaps, below 2^27.
 */
export class NameTable {
  /** Names in all groups. */
  size = 0
  /** Of each name: its first and second four bytes, its `tag`, and its entry. Room for twice the names at least. */
  protected slots: Int32Array = new Int32Array(4 * fewestSlots)
  /** Of each entry: group, place and length of the name, and the entry of the same group that came before, or -1. */
  #entries = new Int32Array(2 * fewestSlots)
  #hashes = new Int32Array(fewestSlots / 2)
  #names = Buffer.allocUnsafeSlow(fewestNameBytes)
  #view = viewOf(this.#names)
  #nameBytes = 0
  #found = new Int32Array(0)
  /** By group: its last entry, and how many it has. */
  readonly #last: number[] = []
  readonly #sizes: number[] = []

  /** UTF-8 bytes of all names. */
  get nameBytes(): number {
    return this.#nameBytes
  }

  /** The entry of a name, or -1; also of what cannot be written as UTF-8. */
  find(group: number, name: string): number {
    const { length } = name
    if (length > headBytes) return this.#findAny(group, name)
    let low = 0
    let high = 0
    let seen = 0
    for (let i = 0, shift = 0; i < length; i++, shift += 8) {
      const unit = name.charCodeAt(i)
      seen |= unit
      // A shift counts modulo 32.
      if (i < 4) low |= unit << shift
      else high |= unit << shift
    }
    if (seen >= 0x80) return this.#findAny(group, name)
    const { slots } = this
    const mask = slotMask(slots)
    const tag = tagOf(group, length)
    for (let at = (spread(hashHead(low, high, length), group) << 2) & mask; ; at = (at + 4) & mask) {
      if (slots[at] === low && slots[at + 1] === high && slots[at + 2] === tag) return slots[at + 3]!
      if (slots[at + 2] === 0) return -1
    }
  }

  #findAny(group: number, name: string): number {
    const hash = spread(hashString(name), group)
    const { slots } = this
    const mask = slotMask(slots)
    for (let at = (hash << 2) & mask; ; at = (at + 4) & mask) {
      if (slots[at + 2] === 0) return -1
      const entry = slots[at + 3]!
      if (this.#hashes[entry] === hash && this.#entries[4 * entry] === group && this.#isCalled(entry, name)) return entry
    }
  }

  /** As `find`, of one text of many. */
  findText(group: number, texts: Texts, row: number): number {
    const { slots } = this
    const mask = slotMask(slots)
    const start = texts.starts[row]!
    const length = texts.ends[row]! - start
    const low = texts.lows[row]!
    const high = texts.highs[row]!
    const tag = tagOf(group, length)
    for (let at = (spread(texts.hashes[row]!, group) << 2) & mask; ; at = (at + 4) & mask) {
      if (slots[at] === low && slots[at + 1] === high && slots[at + 2] === tag && (length <= headBytes || this.restIs(slots[at + 3]!, texts.view, start, length))) return slots[at + 3]!
      if (slots[at + 2] === 0) return -1
    }
  }

  /** A new entry for a well-formed name that has none. */
  add(group: number, name: string): number {
    this.#reserve(3 * name.length)
    const length = writeUtf8(name, this.#names, this.#nameBytes) - this.#nameBytes
    return this.#insert(group, spread(hashString(name), group), length)
  }

  /** As `add`, of one text of many. */
  addText(group: number, { ends, hashes, starts, view }: Texts, row: number): number {
    return this.addBytes(group, view, starts[row]!, ends[row]!, hashes[row]!)
  }

  /** The entry of each text, added where there is none. Valid until the next call. */
  entriesOf(group: number, texts: Texts): Int32Array {
    const { ends, hashes, rows, starts, view } = texts
    if (this.#found.length < rows) this.#found = new Int32Array(2 * rows)
    const result = this.#found.subarray(0, rows)
    let { slots } = this
    for (let row = 0; row < rows; row++) {
      const mask = slotMask(slots)
      const start = starts[row]!
      const end = ends[row]!
      const length = end - start
      const low = headWord(view, start, end)
      const high = headWord(view, start + 4, end)
      const tag = tagOf(group, length)
      let at = (spread(hashes[row]!, group) << 2) & mask
      for (; slots[at + 2] !== 0; at = (at + 4) & mask) {
        if (slots[at] === low && slots[at + 1] === high && slots[at + 2] === tag && (length <= headBytes || this.restIs(slots[at + 3]!, view, start, length))) break
      }
      if (slots[at + 2] !== 0) result[row] = slots[at + 3]!
      else {
        result[row] = this.addText(group, texts, row)
        slots = this.slots
      }
    }
    return result
  }

  /** As `add`, of bytes that hold UTF-8, and their hash by `hashRange`. */
  protected addBytes(group: number, view: DataView, start: number, end: number, hash: number): number {
    this.#reserve(end - start)
    const names = this.#names
    for (let i = start, to = this.#nameBytes; i < end; i++, to++) names[to] = view.getUint8(i)
    return this.#insert(group, spread(hash, group), end - start)
  }

  /** Forgets all names and keeps the room for about as many. */
  clear(): void {
    // Emptying costs what the room is, so it follows what is used.
    if (this.slots.length > 64 * Math.max(fewestSlots, this.size)) this.slots = new Int32Array(this.slots.length / 4)
    else this.slots.fill(0)
    if (this.#names.length > mostKeptBytes) {
      this.#names = Buffer.allocUnsafeSlow(fewestNameBytes)
      this.#view = viewOf(this.#names)
    }
    this.size = this.#nameBytes = this.#last.length = this.#sizes.length = 0
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
    return this.#entries[4 * entry + 3]!
  }

  groupOf(entry: number): number {
    return this.#entries[4 * entry]!
  }

  /** Of the name alone, as by `hashRange`. */
  hashOf(entry: number): number {
    return spread(this.#hashes[entry]!, this.groupOf(entry))
  }

  nameOf(entry: number): string {
    return this.#names.toString('utf8', this.nameAt(entry), this.nameEnd(entry))
  }

  /** All names in UTF-8, one after another; another buffer when there are many more. */
  get names(): Buffer {
    return this.#names
  }

  nameAt(entry: number): number {
    return this.#entries[4 * entry + 1]!
  }

  nameEnd(entry: number): number {
    return this.#entries[4 * entry + 1]! + this.#entries[4 * entry + 2]!
  }

  /** Whether a name with this head and tag is as long, and what stands behind its head the same. */
  protected restIs(entry: number, view: DataView, start: number, length: number): boolean {
    if (this.#entries[4 * entry + 2] !== length) return false
    const own = this.#view
    const at = this.nameAt(entry)
    let i = headBytes
    for (const whole = length - 3; i < whole; i += 4) if (own.getInt32(at + i, true) !== view.getInt32(start + i, true)) return false
    for (; i < length; i++) if (own.getUint8(at + i) !== view.getUint8(start + i)) return false
    return true
  }

  #isCalled(entry: number, name: string): boolean {
    const at = this.nameAt(entry)
    const length = this.nameEnd(entry) - at
    const names = this.#names
    if (length === name.length) {
      let i = 0
      while (i < length && names[at + i] === name.charCodeAt(i)) i++
      return i === length
    }
    // Only a text beyond ASCII has more bytes than units.
    return length > name.length && this.nameOf(entry) === name
  }

  /** Of the `length` bytes that stand behind the names. */
  #insert(group: number, hash: number, length: number): number {
    const entry = this.size++
    if (entry === this.#hashes.length) this.#grow()
    this.#hashes[entry] = hash
    this.#entries[4 * entry] = group
    this.#entries[4 * entry + 1] = this.#nameBytes
    this.#entries[4 * entry + 2] = length
    this.#entries[4 * entry + 3] = this.lastOf(group)
    this.#nameBytes += length
    this.#last[group] = entry
    this.#sizes[group] = this.sizeOf(group) + 1
    if (8 * this.size > this.slots.length) this.#rehash()
    else this.#place(entry)
    return entry
  }

  #reserve(bytes: number): void {
    const needed = this.#nameBytes + bytes
    if (needed <= this.#names.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#names.length, needed))
    this.#names.copy(larger, 0, 0, this.#nameBytes)
    this.#names = larger
    this.#view = viewOf(larger)
  }

  #grow(): void {
    this.#hashes = doubled(this.#hashes)
    this.#entries = doubled(this.#entries)
  }

  #rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length)
    for (let entry = 0; entry < this.size; entry++) this.#place(entry)
  }

  #place(entry: number): void {
    const { slots } = this
    const mask = slotMask(slots)
    let slot = (this.#hashes[entry]! << 2) & mask
    while (slots[slot + 2] !== 0) slot = (slot + 4) & mask
    const at = this.nameAt(entry)
    const end = this.nameEnd(entry)
    slots[slot] = headWord(this.#view, at, end)
    slots[slot + 1] = headWord(this.#view, at + 4, end)
    slots[slot + 2] = tagOf(this.groupOf(entry), end - at)
    slots[slot + 3] = entry
  }
}

/** Keeps a place in slots in range, and at the begin of one. */
export function slotMask(slots: Int32Array): number {
  return slots.length - 4
}

/** Never 0, which marks an empty slot. Names with equal tags are of one group and, up to `headBytes` at least, of one length. */
export function tagOf(group: number, length: number): number {
  return (group << 4) | (length < longBytes ? length + 1 : longBytes + 1)
}

/** Up to four bytes from `at` on as a little-endian word, with zeros from `end` on. */
export function headWord(view: DataView, at: number, end: number): number {
  if (at + 4 <= end) return view.getInt32(at, true)
  let word = 0
  for (let i = at, shift = 0; i < end; i++, shift += 8) word |= view.getUint8(i) << shift
  return word
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * column.length)
  larger.set(column)
  return larger
}

/** The same name in many groups must not fall into one run of slots. Its own inverse. */
export function spread(hash: number, group: number): number {
  return hash ^ Math.imul(group, 0x9e3779b1)
}
