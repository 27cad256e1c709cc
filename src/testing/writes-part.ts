import type { CounterTable } from '../state/counter-table.ts'
import type { KeyWrites, WriteSet } from '../state/write-set.ts'

/** Results of one epoch from one worker as plain data. */
export interface WritesPart {
  readonly keys: ReadonlyMap<string, KeyWrites>
  /** Of the hashes with increments: key → field and amount. */
  readonly increments: ReadonlyMap<string, readonly (readonly [string, number])[]>
  readonly expiries: ReadonlyMap<string, number>
}

export function partOf({ counts, expiries, keys }: WriteSet): WritesPart {
  const increments = Array.from(keys).flatMap(([key, writes]) => writes.type === 'hash' ? [[key, incrementsOf(counts, writes.group)] as const] : [])
  return { keys, increments: new Map(increments), expiries }
}

export function incrementsOf(counts: CounterTable, group: number): [string, number][] {
  const found: [string, number][] = []
  for (let entry = counts.lastOf(group); entry >= 0; entry = counts.earlierOf(entry)) found.push([counts.nameOf(entry), counts.sums[entry]!])
  return found.reverse()
}

/** Makes the writes of a part, in another write-set, once more. */
export function writeAgain({ expiries, increments, keys }: WritesPart, to: WriteSet): void {
  // Key by key, so that they keep their order: the first that is refused is the one that is named.
  for (const [key, writes] of keys) {
    for (const [field, n] of increments.get(key) ?? []) to.hashAdd(key, field, n)
    writeKey(key, writes, to)
  }
  for (const [key, atMs] of expiries) to.expireAt(key, atMs)
}

function writeKey(key: string, writes: KeyWrites, to: WriteSet): void {
  switch (writes.type) {
    case 'hash':
      for (const [field, value] of writes.sets ?? []) to.hashSet(key, field, value)
      for (const [field, once] of writes.onces ?? []) to.hashSetOnce(key, field, once.value, once.list)
      for (const [field, cell] of writes.maxima ?? []) to.hashMax(key, field, cell.n)
      for (const [field, cell] of writes.minima ?? []) to.hashMin(key, field, cell.n)
      return
    case 'set':
      for (const member of writes.members) to.setAdd(key, member)
      return
    case 'sorted-set':
      for (const [member, cell] of writes.adds) to.sortedSetAdd(key, member, cell.n)
      return
    case 'hyper-log-log':
      for (const element of writes.elements) to.hyperLogLogAdd(key, element)
      return
    case 'string':
      to.stringSet(key, writes.value)
      return
    case 'list':
      for (const push of writes.pushes) to.listPush(key, push.value, push.end)
      return
    case 'stream':
      for (const entry of writes.entries) to.streamAppend(key, entry)
  }
}
