import { Value } from './value.ts'

/** A number stands for its decimal text and is a safe integer. */
export type HashContent = string | number

export interface HashEntry {
  readonly field: string
  readonly content: HashContent
}

/** Redis's defaults of hash-max-listpack-entries and hash-max-listpack-value. */
const mostCompactEntries = 128
const longestCompactText = 64
const entryBytes = 96
const fieldsPerCommand = 64

class Entry implements HashEntry {
  readonly field: string
  content: HashContent
  slot: number

  constructor(field: string, content: HashContent, slot: number) {
    this.field = field
    this.content = content
    this.slot = slot
  }
}

export class HashValue extends Value {
  readonly type = 'hash'
  /** In the order in which the fields came. */
  readonly #entries = new Map<string, Entry>()
  /** All entries without gaps. */
  readonly #slots: Entry[] = []
  #bytes = 0
  /** Redis keeps to a table once it has made one. */
  #large = false

  get size(): number {
    return this.#entries.size
  }

  get empty(): boolean {
    return this.#entries.size === 0
  }

  get bytes(): number {
    return this.#bytes
  }

  get encoding(): string {
    return this.#large ? 'hashtable' : 'listpack'
  }

  /** Whether it is so small that Redis answers scans of it in one go. */
  get compact(): boolean {
    return !this.#large
  }

  get(field: string): HashContent | undefined {
    return this.#entries.get(field)?.content
  }

  has(field: string): boolean {
    return this.#entries.has(field)
  }

  /** Whether the field is new. */
  set(field: string, content: HashContent): boolean {
    const entry = this.#entries.get(field)
    if (entry !== undefined) {
      this.#bytes += contentLength(content) - contentLength(entry.content)
      entry.content = content
      this.#note('', content)
      return false
    }
    const added = new Entry(field, content, this.#slots.length)
    this.#entries.set(field, added)
    this.#slots.push(added)
    this.#bytes += entryBytes + field.length + contentLength(content)
    this.#note(field, content)
    return true
  }

  /** Adds to a field that holds a number; undefined when it does not, or the sum is no safe integer. */
  increment(field: string, amount: number): number | undefined {
    const entry = this.#entries.get(field)
    if (typeof entry?.content !== 'number') return undefined
    const sum = entry.content + amount
    return Number.isSafeInteger(sum) ? (entry.content = sum) : undefined
  }

  delete(field: string): boolean {
    const entry = this.#entries.get(field)
    if (entry === undefined) return false
    this.#entries.delete(field)
    const last = this.#slots.pop()!
    if (last !== entry) {
      this.#slots[entry.slot] = last
      last.slot = entry.slot
    }
    this.#bytes -= entryBytes + field.length + contentLength(entry.content)
    return true
  }

  entries(): IterableIterator<HashEntry> {
    return this.#entries.values()
  }

  /** The entry at a place from 0 to `size - 1`; places change as in `Database.atSlot`. */
  atSlot(slot: number): HashEntry | undefined {
    return this.#slots[slot]
  }

  copy(): HashValue {
    const copy = new HashValue()
    for (const { field, content } of this.#entries.values()) copy.set(field, content)
    copy.#large = this.#large
    return copy
  }

  *rebuild(key: string): Iterable<readonly string[]> {
    let command = ['HSET', key]
    for (const { field, content } of this.#entries.values()) {
      command.push(field, String(content))
      if (command.length < 2 + 2 * fieldsPerCommand) continue
      yield command
      command = ['HSET', key]
    }
    if (command.length > 2) yield command
  }

  #note(field: string, content: HashContent): void {
    if (this.#large) return
    this.#large = field.length > longestCompactText || contentLength(content) > longestCompactText || this.#entries.size > mostCompactEntries
  }
}

/** Numbers are counted as 8 bytes; how long their text is matters to nobody. */
function contentLength(content: HashContent): number {
  return typeof content === 'string' ? content.length : 8
}
