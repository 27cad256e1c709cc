import { Value } from './value.ts'

const leastRoom = 8
/** An estimate: its place in the ring and the string's head. */
const bytesPerItem = 24
const itemsPerCommand = 500

/** A list: a ring of places, so both ends and every index are reached at once. */
export class ListValue extends Value {
  readonly type = 'list'
  readonly encoding = 'quicklist'
  /** Their number is a power of two. */
  #places: (string | undefined)[] = Array.from({ length: leastRoom })
  #first = 0
  #size = 0
  #itemBytes = 0

  get size(): number {
    return this.#size
  }

  get empty(): boolean {
    return this.#size === 0
  }

  get bytes(): number {
    return this.#itemBytes + this.#size * bytesPerItem
  }

  pushLeft(item: string): void {
    this.#makeRoom()
    this.#first = (this.#first - 1) & this.#mask
    this.#places[this.#first] = item
    this.#size++
    this.#itemBytes += item.length
  }

  pushRight(item: string): void {
    this.#makeRoom()
    this.#places[(this.#first + this.#size) & this.#mask] = item
    this.#size++
    this.#itemBytes += item.length
  }

  popLeft(): string | undefined {
    const item = this.at(0)
    if (item === undefined) return undefined
    this.#places[this.#first] = undefined
    this.#first = (this.#first + 1) & this.#mask
    this.#popped(item)
    return item
  }

  popRight(): string | undefined {
    const item = this.at(this.#size - 1)
    if (item === undefined) return undefined
    this.#places[(this.#first + this.#size - 1) & this.#mask] = undefined
    this.#popped(item)
    return item
  }

  /** The item at an index counted from the left, from 0. */
  at(index: number): string | undefined {
    return index < 0 || index >= this.#size ? undefined : this.#places[(this.#first + index) & this.#mask]
  }

  /** Replaces an item that is there. */
  set(index: number, item: string): void {
    const place = (this.#first + index) & this.#mask
    this.#itemBytes += item.length - this.#places[place]!.length
    this.#places[place] = item
  }

  /** Puts an item before the one at the index, or behind all when there is none. */
  insert(index: number, item: string): void {
    this.pushRight(item)
    const mask = this.#mask
    for (let i = this.#size - 1; i > index; i--) this.#places[(this.#first + i) & mask] = this.#places[(this.#first + i - 1) & mask]
    this.#places[(this.#first + index) & mask] = item
  }

  /** The items from `start` up to but without `end`. */
  slice(start: number, end: number): string[] {
    const items: string[] = []
    for (let i = start; i < end && i < this.#size; i++) items.push(this.#places[(this.#first + i) & this.#mask]!)
    return items
  }

  /** Keeps only the items from `start` up to but without `end`. */
  trim(start: number, end: number): void {
    while (this.#size > end) this.popRight()
    for (let left = Math.min(start, this.#size); left > 0; left--) this.popLeft()
  }

  /** Removes up to `limit` equal items, searched from the left or from the right; returns how many. */
  remove(item: string, limit: number, fromRight: boolean): number {
    const kept: string[] = []
    let removed = 0
    for (let i = 0; i < this.#size; i++) {
      const other = this.at(fromRight ? this.#size - 1 - i : i)!
      if (other === item && removed < limit) removed++
      else kept.push(other)
    }
    if (removed === 0) return 0
    this.trim(0, kept.length)
    for (const [i, other] of kept.entries()) this.set(fromRight ? kept.length - 1 - i : i, other)
    return removed
  }

  copy(): ListValue {
    const copy = new ListValue()
    for (let i = 0; i < this.#size; i++) copy.pushRight(this.at(i)!)
    return copy
  }

  *rebuild(key: string): Generator<string[]> {
    for (let start = 0; start < this.#size; start += itemsPerCommand) yield ['RPUSH', key, ...this.slice(start, start + itemsPerCommand)]
  }

  get #mask(): number {
    return this.#places.length - 1
  }

  #popped(item: string): void {
    this.#size--
    this.#itemBytes -= item.length
    if (this.#places.length > leastRoom && this.#size < this.#places.length / 4) this.#resize(this.#places.length / 2)
  }

  #makeRoom(): void {
    if (this.#size === this.#places.length) this.#resize(this.#size * 2)
  }

  #resize(room: number): void {
    const places: (string | undefined)[] = this.slice(0, this.#size)
    places.length = room
    this.#places = places
    this.#first = 0
  }
}
