import type { HashWrites, KeyWrites, WriteSet } from '../state/write-set.ts'
import type { SealedWrites } from '../topology/commit-store.ts'
import { MessagePackWriter } from './message-pack.ts'

/** The writes of one worker as the commit script reads them; keys are numbered from 1 in this part. */
export interface RedisPart {
  readonly keys: readonly string[]
  readonly packed: Uint8Array
}

let lastBytes = 0

/**
 * Packs the results of an epoch, in the worker, as one flat MessagePack array:
 * number of keys with increments (they come first in `keys`), for each: m, m fields, m amounts;
 * number of other writes, for each: code, number of its key, size, arguments.
 */
export function sealWrites(writes: WriteSet): SealedWrites {
  const packer = new Packer(Math.ceil(lastBytes * 1.25))
  packer.increments(writes)
  packer.others(writes.keys, writes.expiries)
  const data = packer.finish()
  lastBytes = data.packed.length
  return { data, transfer: [data.packed.buffer as ArrayBuffer] }
}

class Packer {
  readonly #keys: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #out: MessagePackWriter
  #length = 0

  constructor(sizeBytes: number) {
    this.#out = new MessagePackWriter(sizeBytes)
    this.#out.beginArray()
  }

  finish(): RedisPart {
    return { keys: this.#keys, packed: this.#out.finish(this.#length) }
  }

  text(text: string): void {
    this.#out.text(text)
    this.#length++
  }

  texts(texts: Iterable<string>): void {
    for (const text of texts) this.text(text)
  }

  count(n: number): void {
    this.#out.count(n)
    this.#length++
  }

  increments({ counts, keys }: WriteSet): void {
    const groups: number[] = []
    for (const [key, writes] of keys) {
      if (writes.type !== 'hash' || counts.sizeOf(writes.group) === 0) continue
      this.#number(key)
      groups.push(writes.group)
    }
    this.count(groups.length)
    for (const group of groups) {
      this.count(counts.sizeOf(group))
      for (let entry = counts.lastOf(group); entry >= 0; entry = counts.earlierOf(entry)) this.#out.utf8(counts.names, counts.nameAt(entry), counts.nameEnd(entry))
      for (let entry = counts.lastOf(group); entry >= 0; entry = counts.earlierOf(entry)) this.#out.decimal(counts.sums[entry]!)
      this.#length += 2 * counts.sizeOf(group)
    }
  }

  others(writes: ReadonlyMap<string, KeyWrites>, expiries: ReadonlyMap<string, number>): void {
    const calls: (() => void)[] = []
    for (const [key, value] of writes) this.#plan(key, value, calls)
    for (const [key, atMs] of expiries) calls.push(() => this.#write('pexpireat', key, 1, [String(atMs)]))
    this.count(calls.length)
    for (const call of calls) call()
  }

  #plan(key: string, writes: KeyWrites, calls: (() => void)[]): void {
    if (writes.type === 'hash' && countsOnly(writes)) return
    const plan = (code: string, size: number, args: () => Iterable<string>): void => {
      if (size > 0) calls.push(() => this.#write(code, key, size, args()))
    }
    switch (writes.type) {
      case 'hash': {
        const { sets, onces, maxima, minima } = writes
        if (sets !== undefined) plan('hset', sets.size * 2, () => Array.from(sets).flat())
        if (onces !== undefined && onces.size > 0) calls.push(() => this.#onces(key, onces))
        if (maxima !== undefined) plan('max', maxima.size * 2, () => columns(maxima))
        if (minima !== undefined) plan('min', minima.size * 2, () => columns(minima))
        return
      }
      case 'set':
        return plan('sadd', writes.members.size, () => writes.members)
      case 'sorted-set':
        return plan('zincrby', writes.adds.size * 2, () => Array.from(writes.adds, ([member, cell]) => [member, String(cell.n)]).flat())
      case 'hyper-log-log':
        return plan('pfadd', writes.elements.size, () => writes.elements)
      case 'string':
        return plan('set', 1, () => [writes.value])
      case 'list':
        for (const { end, values } of runs(writes.pushes)) plan(end === 'head' ? 'lpush' : 'rpush', values.length, () => values)
        return
      case 'stream':
        if (writes.entries.length > 0) calls.push(() => this.#entries(key, writes.entries))
    }
  }

  #write(code: string, key: string, size: number, args: Iterable<string>): void {
    this.#begin(code, key, size)
    this.texts(args)
  }

  #begin(code: string, key: string, size: number): void {
    this.text(code)
    this.count(this.#number(key))
    this.count(size)
  }

  #onces(key: string, onces: NonNullable<HashWrites['onces']>): void {
    this.#begin('hsetnx', key, onces.size * 3)
    for (const [field, { value, list }] of onces) {
      this.text(field)
      this.text(value)
      this.count(list === undefined ? 0 : this.#number(list))
    }
  }

  #entries(key: string, entries: readonly (readonly string[])[]): void {
    this.#begin('xadd', key, entries.reduce((size, entry) => size + 1 + entry.length, 0))
    for (const entry of entries) {
      this.count(entry.length)
      this.texts(entry)
    }
  }

  /** The key's number in KEYS, from 1; taken into KEYS at first use. */
  #number(key: string): number {
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#keys.push(key)
      this.#numbers.set(key, number)
    }
    return number
  }
}

function countsOnly({ sets, onces, maxima, minima }: HashWrites): boolean {
  return sets === undefined && onces === undefined && maxima === undefined && minima === undefined
}

function columns(cells: ReadonlyMap<string, { readonly n: number }>): string[] {
  return [...cells.keys(), ...Array.from(cells.values(), (cell) => String(cell.n))]
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
