import { hashKinds, type KeyType } from '../state/write-set.ts'
import type { KeyPart } from './writes-part.ts'

/** What a key holds in memory. */
export type StoredValue = StoredContent & { expiresAtMs?: number | undefined }

export type StoredContent =
  | { readonly type: 'hash'; readonly fields: Map<string, string> }
  | { readonly type: 'set'; readonly members: Set<string> }
  | { readonly type: 'sorted-set'; readonly scores: Map<string, number> }
  | { readonly type: 'hyper-log-log'; readonly elements: Set<string> }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'list'; readonly items: string[] }
  | { readonly type: 'stream'; readonly entries: (readonly string[])[] }

/** Redis keeps a HyperLogLog in a string: a text may overwrite it, but text cannot be added to as one. */
export function accepts(type: KeyType, stored: StoredValue | undefined): boolean {
  return stored === undefined || stored.type === type || (type === 'string' && stored.type === 'hyper-log-log')
}

const empty: Readonly<Record<Exclude<KeyType, 'string'>, () => StoredValue>> = {
  hash: () => ({ type: 'hash', fields: new Map() }),
  set: () => ({ type: 'set', members: new Set() }),
  'sorted-set': () => ({ type: 'sorted-set', scores: new Map() }),
  'hyper-log-log': () => ({ type: 'hyper-log-log', elements: new Set() }),
  list: () => ({ type: 'list', items: [] }),
  stream: () => ({ type: 'stream', entries: [] }),
}

export function emptyValue(type: Exclude<KeyType, 'string'>): StoredValue {
  return empty[type]()
}

/** A key may be named without anything being written: as the list of a field that is set once. */
export function writesNothing(writes: KeyPart): boolean {
  switch (writes.type) {
    case 'hash':
      return hashKinds.every((kind) => writes[kind].length === 0)
    case 'set':
      return writes.members.size === 0
    case 'sorted-set':
      return writes.adds.size === 0
    case 'hyper-log-log':
      return writes.elements.size === 0
    case 'string':
      return false
    case 'list':
      return writes.pushes.length === 0
    case 'stream':
      return writes.entries.length === 0
    default:
      return true
  }
}

const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n

/** The sum as Redis makes it, or undefined where HINCRBY refuses: no integer, or out of 64 bits. */
export function incremented(stored: string | undefined, amount: number): string | undefined {
  if (stored !== undefined && !/^(0|-?[1-9]\d{0,18})$/.test(stored)) return undefined
  const old = BigInt(stored ?? 0)
  const sum = old + BigInt(amount)
  return [old, sum].every((n) => n >= smallest && n <= largest) ? String(sum) : undefined
}

/** A stored text as the number to compare with, or undefined when it is none. */
export function compared(stored: string): number | undefined {
  const number = /^-?\d+\.?\d*[eE]?[+-]?\d*$/.test(stored) ? Number(stored) : Number.NaN
  return Number.isNaN(number) ? undefined : number
}

/** Adds what cannot fail any more: everything but the increments of hashes. */
export function applyWrites(value: StoredValue, writes: KeyPart): void {
  switch (writes.type) {
    case 'set':
      if (value.type === 'set') for (const member of writes.members) value.members.add(member)
      return
    case 'sorted-set':
      if (value.type === 'sorted-set') for (const [member, { n }] of writes.adds) value.scores.set(member, (value.scores.get(member) ?? 0) + n)
      return
    case 'hyper-log-log':
      if (value.type === 'hyper-log-log') for (const element of writes.elements) value.elements.add(element)
      return
    case 'list':
      if (value.type === 'list') for (const push of writes.pushes) value.items[push.end === 'head' ? 'unshift' : 'push'](push.value)
      return
    case 'stream':
      if (value.type === 'stream') value.entries.push(...writes.entries)
  }
}
