import { listpackBytes, listpackFrameBytes, listpackIntegerBytes } from './listpack-size.ts'
import { formatStreamId, leastStreamId, msOf, sequenceOf } from './stream-id.ts'
import type { StreamId } from './stream-id.ts'
import { Value } from './value.ts'

export interface StreamEntry {
  readonly id: StreamId
  /** Fields and values in turn. */
  readonly pairs: readonly string[]
}

/** What trimming leaves: the newest so many entries, or those from an id on. */
export type StreamTrim = { readonly keep: number } | { readonly from: StreamId }

/** Entries that Redis would hold in one listpack. It is never emptied but dropped. */
interface Block {
  /** Of its first entry, also once that is gone. */
  readonly firstId: StreamId
  readonly fields: readonly string[]
  lastId: StreamId
  readonly entries: StreamEntry[]
  deleted: number
  listpackBytes: number
}

const entriesPerBlock = 100
const bytesPerBlock = 4096
/** An estimate. */
const bytesPerEntry = 120

/** What XSETID takes. */
const mostAdded = 2n ** 63n - 1n

/**
 * A stream: entries in order of their ids, in blocks cut just where Redis cuts its own, because a trim
 * that may be inexact (`~`) removes whole blocks only.
 */
export class StreamValue extends Value {
  readonly type = 'stream'
  readonly encoding = 'stream'
  /** A stream stays when its last entry goes. */
  readonly empty = false
  lastId: StreamId = leastStreamId
  maxDeletedId: StreamId = leastStreamId
  /** How many entries were ever added. */
  added = 0n
  readonly #blocks: Block[] = []
  #size = 0
  #firstId: StreamId = leastStreamId
  #bytes = 0

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The id of the oldest entry, 0 when there is none. */
  get firstId(): StreamId {
    return this.#firstId
  }

  /** The id of the newest entry that is still there, 0 when there is none. */
  get newestId(): StreamId {
    return this.range(leastStreamId, this.lastId, 1, true)[0]?.id ?? leastStreamId
  }

  /** The first id of each block, in order. */
  get blockIds(): readonly StreamId[] {
    return this.#blocks.map((block) => block.firstId)
  }

  /** Appends an entry; its id must be above `lastId`. */
  append(id: StreamId, pairs: readonly string[]): void {
    let elementBytes = 0
    for (const element of pairs) elementBytes += element.length
    let block = this.#blocks.at(-1)
    if (block === undefined || block.listpackBytes + elementBytes >= bytesPerBlock || block.entries.length + block.deleted >= entriesPerBlock) {
      block = newBlock(id, pairs)
      this.#blocks.push(block)
      this.#bytes += block.listpackBytes
    }
    const grown = entryBytes(block, id, pairs)
    block.listpackBytes += grown
    block.entries.push({ id, pairs })
    block.lastId = id
    this.#bytes += grown + bytesPerEntry
    this.#size++
    this.added++
    this.lastId = id
    if (this.#size === 1) this.#firstId = id
  }

  /** The entries from `start` to `end`, both included, at most `limit`; backwards the newest come first. */
  range(start: StreamId, end: StreamId, limit: number, backwards = false): StreamEntry[] {
    const found: StreamEntry[] = []
    if (start > end) return found
    const step = backwards ? -1 : 1
    for (let b = backwards ? this.#lastBlockFrom(end) : Math.max(0, this.#lastBlockFrom(start)); b >= 0 && b < this.#blocks.length; b += step) {
      const { entries } = this.#blocks[b]!
      for (let i = backwards ? entries.length - 1 : 0; i >= 0 && i < entries.length; i += step) {
        const entry = entries[i]!
        if (backwards ? entry.id < start : entry.id > end) return found
        if (backwards ? entry.id > end : entry.id < start) continue
        if (found.length === limit) return found
        found.push(entry)
      }
    }
    return found
  }

  delete(id: StreamId): boolean {
    const b = this.#lastBlockFrom(id)
    const block = this.#blocks[b]
    const i = block?.entries.findIndex((entry) => entry.id === id) ?? -1
    if (block === undefined || i === -1) return false
    if (block.entries.length === 1) this.#dropBlocks(b, 1)
    else this.#dropEntries(block, i, 1)
    if (id > this.maxDeletedId) this.maxDeletedId = id
    if (this.#size === 0 || id === this.#firstId) this.#findFirstId()
    return true
  }

  /**
   * Removes the oldest entries; returns how many. Inexactly only whole blocks go, `limit` entries at
   * most (0 for any number).
   */
  trim(trim: StreamTrim, inexact: boolean, limit: number): number {
    const before = this.#size
    let whole = 0
    let gone = 0
    for (const block of this.#blocks) {
      const { length } = block.entries
      if (limit > 0 && gone + length > limit) break
      if ('keep' in trim ? before - gone <= trim.keep || before - gone - length < trim.keep : block.lastId >= trim.from) break
      whole++
      gone += length
    }
    if (whole > 0) this.#dropBlocks(0, whole)
    const block = this.#blocks[0]
    if (!inexact && block !== undefined) this.#dropEntries(block, 0, 'keep' in trim ? Math.max(0, this.#size - trim.keep) : countBefore(block, trim.from))
    if (this.#size < before) this.#findFirstId()
    return before - this.#size
  }

  copy(): StreamValue {
    const copy = new StreamValue()
    for (const block of this.#blocks) copy.#blocks.push({ ...block, entries: [...block.entries] })
    copy.lastId = this.lastId
    copy.maxDeletedId = this.maxDeletedId
    copy.added = this.added
    copy.#size = this.#size
    copy.#firstId = this.#firstId
    copy.#bytes = this.#bytes
    return copy
  }

  *rebuild(key: string): Generator<string[]> {
    for (const block of this.#blocks) for (const { id, pairs } of block.entries) yield ['XADD', key, formatStreamId(id), ...pairs]
    const last = formatStreamId(this.lastId)
    if (this.#size === 0) yield ['XADD', key, 'MAXLEN', '0', this.lastId === leastStreamId ? '0-1' : last, 'x', 'y']
    yield ['XSETID', key, last, 'ENTRIESADDED', String(this.added > mostAdded ? mostAdded : this.added), 'MAXDELETEDID', formatStreamId(this.maxDeletedId)]
  }

  /** The last block that begins at or before the id, -1 when all begin after it. */
  #lastBlockFrom(id: StreamId): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#blocks[middle]!.firstId <= id) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #dropBlocks(from: number, count: number): void {
    for (const block of this.#blocks.splice(from, count)) {
      this.#size -= block.entries.length
      this.#bytes -= block.listpackBytes + block.entries.length * bytesPerEntry
    }
  }

  #dropEntries(block: Block, from: number, count: number): void {
    block.entries.splice(from, count)
    block.deleted += count
    this.#size -= count
    this.#bytes -= count * bytesPerEntry
  }

  #findFirstId(): void {
    this.#firstId = this.#blocks.find((block) => block.entries.length > 0)?.entries[0]!.id ?? leastStreamId
  }
}

function countBefore({ entries }: Block, id: StreamId): number {
  const at = entries.findIndex((entry) => entry.id >= id)
  return at === -1 ? entries.length : at
}

function newBlock(id: StreamId, pairs: readonly string[]): Block {
  const fields = pairs.filter((_, i) => i % 2 === 0)
  let bytes = listpackFrameBytes + listpackIntegerBytes(1n) + 2 * listpackIntegerBytes(0n) + listpackIntegerBytes(BigInt(fields.length))
  for (const field of fields) bytes += listpackBytes(field)
  return { firstId: id, fields, lastId: id, entries: [], deleted: 0, listpackBytes: bytes }
}

/** Flags, both parts of the id as differences, values, the count of elements; the fields only when they are not the block's. */
function entryBytes(block: Block, id: StreamId, pairs: readonly string[]): number {
  const count = pairs.length / 2
  const sameFields = count === block.fields.length && block.fields.every((field, i) => pairs[2 * i] === field)
  const sequence = BigInt.asIntN(64, sequenceOf(id) - sequenceOf(block.firstId))
  let bytes = listpackIntegerBytes(0n) + listpackIntegerBytes(BigInt.asIntN(64, msOf(id) - msOf(block.firstId))) + listpackIntegerBytes(sequence)
  bytes += listpackIntegerBytes(BigInt(sameFields ? count + 3 : 2 * count + 4))
  if (!sameFields) bytes += listpackIntegerBytes(BigInt(count))
  for (let i = 0; i < pairs.length; i++) if (!sameFields || i % 2 === 1) bytes += listpackBytes(pairs[i]!)
  return bytes
}
