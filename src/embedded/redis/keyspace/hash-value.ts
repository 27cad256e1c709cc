import { Value } from './value.ts'

/** A number stands for its decimal text and is a safe integer. */
export type HashContent = string | number

const entryBytes = 64
/** Redis's defaults of hash-max-listpack-entries and hash-max-listpack-value. */
const mostCompactEntries = 128
const longestCompactText = 64
const fieldsPerCommand = 64

export class HashValue extends Value {
  readonly type = 'hash'
  readonly #fields: Map<string, HashContent>
  #bytes = 0
  /** Redis keeps to a table once it has made one. */
  #large = false

  constructor(fields?: ReadonlyMap<string, HashContent>) {
    super()
    this.#fields = new Map(fields)
  }

  get size(): number {
    return this.#fields.size
  }

  get empty(): boolean {
    return this.#fields.size === 0
  }

  get bytes(): number {
    return this.#bytes
  }

  get encoding(): string {
    return this.#large ? 'hashtable' : 'listpack'
  }

  get(field: string): HashContent | undefined {
    return this.#fields.get(field)
  }

  has(field: string): boolean {
    return this.#fields.has(field)
  }

  /** Whether the field is new. */
  set(field: string, content: HashContent): boolean {
    const before = this.#fields.get(field)
    this.#fields.set(field, content)
    const length = contentLength(content)
    if (!this.#large && (length > longestCompactText || field.length > longestCompactText || this.#fields.size > mostCompactEntries)) this.#large = true
    if (before === undefined) {
      this.#bytes += entryBytes + field.length + length
      return true
    }
    this.#bytes += length - contentLength(before)
    return false
  }

  delete(field: string): boolean {
    const content = this.#fields.get(field)
    if (content === undefined) return false
    this.#fields.delete(field)
    this.#bytes -= entryBytes + field.length + contentLength(content)
    return true
  }

  fields(): IterableIterator<string> {
    return this.#fields.keys()
  }

  entries(): IterableIterator<[string, HashContent]> {
    return this.#fields.entries()
  }

  copy(): HashValue {
    const copy = new HashValue(this.#fields)
    copy.#bytes = this.#bytes
    copy.#large = this.#large
    return copy
  }

  *rebuild(key: string): Iterable<readonly string[]> {
    let command = ['HSET', key]
    for (const [field, content] of this.#fields) {
      command.push(field, String(content))
      if (command.length < 2 + 2 * fieldsPerCommand) continue
      yield command
      command = ['HSET', key]
    }
    if (command.length > 2) yield command
  }
}

/** Numbers are counted as Redis's 8 bytes; how long their text is matters to nobody. */
function contentLength(content: HashContent): number {
  return typeof content === 'string' ? content.length : 8
}
