import type { TextStore } from '../state/text-store.ts'
import type { HashWrites, KeyWrites, Window, WriteSet } from '../state/write-set.ts'
import type { SealedWrites } from '../topology/commit-store.ts'
import { MessagePackWriter } from './message-pack.ts'

/** The writes of one worker as the commit script reads them. */
export type RedisPart = Uint8Array

let lastBytes = 0

/**
 * Packs the results of an epoch, in the worker, as one flat MessagePack array:
 * number of hashes with increments or fields to set, for each: its key, how many of either, pairs of
 * field and amount, pairs of field and value;
 * number of other writes, for each: code, key, size, arguments.
 *
 * With `only`, results of windows inside it are packed, and no others.
 */
export function sealWrites(writes: WriteSet, only?: Window): SealedWrites {
  const packer = new Packer(writes, Math.ceil(lastBytes * 1.25), only)
  packer.hashes()
  packer.others()
  const data: RedisPart = packer.finish()
  lastBytes = data.length
  return { data, transfer: [data.buffer as ArrayBuffer] }
}

class Packer {
  readonly #writes: WriteSet
  readonly #out: MessagePackWriter
  readonly #only: Window | undefined
  #length = 0

  constructor(writes: WriteSet, sizeBytes: number, only: Window | undefined) {
    this.#writes = writes
    this.#only = only
    this.#out = new MessagePackWriter(sizeBytes)
    this.#out.beginArray()
  }

  finish(): RedisPart {
    return this.#out.finish(this.#length)
  }

  hashes(): void {
    const { fields, ofKey, texts } = this.#writes
    let hashes = 0
    for (const [key, writes] of ofKey.entries()) if (isWritten(writes) && this.#isPacked(key)) hashes++
    this.#count(hashes)
    for (const [key, writes] of ofKey.entries()) {
      if (!isWritten(writes) || !this.#isPacked(key)) continue
      this.#key(key)
      this.#count(this.#sizeOf(writes.sums))
      this.#count(this.#sizeOf(writes.sets))
      for (const entry of this.#entriesOf(writes.sums)) {
        this.#field(entry)
        this.#out.decimal(fields.sums[entry]!)
        this.#length++
      }
      for (const entry of this.#entriesOf(writes.sets)) {
        this.#field(entry)
        this.#utf8(texts, fields.sums[entry]!)
      }
    }
  }

  others(): void {
    const { expiries, keys, ofKey, windows } = this.#writes
    const calls: (() => void)[] = []
    for (const [key, value] of ofKey.entries()) if (this.#isPacked(key)) this.#plan(key, value, calls)
    for (const [key, { startMs, endMs }] of windows) if (this.#isPacked(key)) calls.push(() => this.#write('window', key, [String(startMs), String(endMs)]))
    for (const [key, atMs] of expiries) {
      if (this.#only !== undefined && !this.#isPacked(keys.find(0, key))) continue
      calls.push(() => {
        this.#text('pexpireat')
        this.#text(key)
        this.#count(1)
        this.#text(String(atMs))
      })
    }
    this.#count(calls.length)
    for (const call of calls) call()
  }

  #isPacked(key: number): boolean {
    if (this.#only === undefined) return true
    const window = this.#writes.windows.get(key)
    return window !== undefined && window.startMs >= this.#only.startMs && window.endMs <= this.#only.endMs
  }

  #plan(key: number, writes: KeyWrites, calls: (() => void)[]): void {
    const plan = (code: string, args: readonly string[]): void => {
      if (args.length > 0) calls.push(() => this.#write(code, key, args))
    }
    switch (writes.type) {
      case 'hash':
        if (writes.onces >= 0) calls.push(() => this.#onces(key, writes.onces))
        if (writes.maxima >= 0) calls.push(() => this.#extremes('max', key, writes.maxima))
        if (writes.minima >= 0) calls.push(() => this.#extremes('min', key, writes.minima))
        return
      case 'set':
        return plan('sadd', Array.from(writes.members))
      case 'sorted-set':
        return plan('zincrby', Array.from(writes.adds, ([member, cell]) => [member, String(cell.n)]).flat())
      case 'hyper-log-log':
        return plan('pfadd', Array.from(writes.elements))
      case 'string':
        return plan('set', [writes.value])
      case 'list':
        for (const { end, values } of runs(writes.pushes)) plan(end === 'head' ? 'lpush' : 'rpush', values)
        return
      case 'stream':
        if (writes.entries.length > 0) calls.push(() => this.#entries(key, writes.entries))
    }
  }

  #write(code: string, key: number, args: readonly string[]): void {
    this.#begin(code, key, args.length)
    for (const text of args) this.#text(text)
  }

  #begin(code: string, key: number, size: number): void {
    this.#text(code)
    this.#key(key)
    this.#count(size)
  }

  /** Number of lists, lists; fields, values, for each the number of its list from 1 or 0. */
  #onces(key: number, group: number): void {
    const { fields, lists, texts } = this.#writes
    const entries = this.#entriesOf(group)
    const numbers = new Map<number, number>()
    for (const entry of entries) {
      const list = lists[fields.sums[entry]!]!
      if (list >= 0 && !numbers.has(list)) numbers.set(list, numbers.size + 1)
    }
    this.#begin('hsetnx', key, 1 + numbers.size + 3 * entries.length)
    this.#count(numbers.size)
    for (const list of numbers.keys()) this.#key(list)
    for (const entry of entries) this.#field(entry)
    for (const entry of entries) this.#utf8(texts, fields.sums[entry]!)
    for (const entry of entries) this.#count(numbers.get(lists[fields.sums[entry]!]!) ?? 0)
  }

  /** Fields, numbers. */
  #extremes(code: string, key: number, group: number): void {
    const entries = this.#entriesOf(group)
    this.#begin(code, key, 2 * entries.length)
    for (const entry of entries) this.#field(entry)
    for (const entry of entries) this.#text(String(this.#writes.fields.sums[entry]!))
  }

  #entries(key: number, entries: readonly (readonly string[])[]): void {
    this.#begin('xadd', key, entries.reduce((size, entry) => size + 1 + entry.length, 0))
    for (const entry of entries) {
      this.#count(entry.length)
      for (const text of entry) this.#text(text)
    }
  }

  #sizeOf(group: number): number {
    return group < 0 ? 0 : this.#writes.fields.sizeOf(group)
  }

  /** In the order in which they came. */
  #entriesOf(group: number): number[] {
    const found: number[] = []
    if (group < 0) return found
    const { fields } = this.#writes
    for (let entry = fields.lastOf(group); entry >= 0; entry = fields.earlierOf(entry)) found.push(entry)
    return found.reverse()
  }

  #field(entry: number): void {
    const { fields } = this.#writes
    this.#out.utf8(fields.names, fields.nameAt(entry), fields.nameEnd(entry))
    this.#length++
  }

  #key(key: number): void {
    const { keys } = this.#writes
    this.#out.utf8(keys.names, keys.nameAt(key), keys.nameEnd(key))
    this.#length++
  }

  #utf8(texts: TextStore, index: number): void {
    this.#out.utf8(texts.bytes, texts.startOf(index), texts.endOf(index))
    this.#length++
  }

  #text(text: string): void {
    this.#out.text(text)
    this.#length++
  }

  #count(n: number): void {
    this.#out.count(n)
    this.#length++
  }
}

function isWritten(writes: KeyWrites): writes is HashWrites {
  return writes.type === 'hash' && (writes.sums >= 0 || writes.sets >= 0)
}

/** Neighbouring pushes to one end go in one call. */
function runs(pushes: readonly { readonly value: string; readonly end: 'head' | 'tail' }[]): { readonly end: 'head' | 'tail'; readonly values: string[] }[] {
  const result: { readonly end: 'head' | 'tail'; readonly values: string[] }[] = []
  for (const { value, end } of pushes) {
    const last = result.at(-1)
    if (last?.end === end) last.values.push(value)
    else result.push({ end, values: [value] })
  }
  return result
}
