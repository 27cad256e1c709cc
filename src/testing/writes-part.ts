import { hashKinds, type HashKind, type KeyWrites, type WriteSet } from '../state/write-set.ts'

/** What one epoch writes to a hash: of each kind the fields in their order. */
export interface HashPart {
  readonly type: 'hash'
  readonly sums: readonly (readonly [string, number])[]
  readonly sets: readonly (readonly [string, string])[]
  readonly onces: readonly (readonly [string, { readonly value: string; readonly list: string | undefined }])[]
  readonly maxima: readonly (readonly [string, number])[]
  readonly minima: readonly (readonly [string, number])[]
}

export type KeyPart = Exclude<KeyWrites, { readonly type: 'hash' }> | HashPart

/** Results of one epoch from one worker as plain data. */
export interface WritesPart {
  readonly keys: ReadonlyMap<string, KeyPart>
  readonly expiries: ReadonlyMap<string, number>
}

export function partOf(writes: WriteSet): WritesPart {
  const { expiries, keys, ofKey } = writes
  return { keys: new Map(ofKey.map((one, key) => [keys.nameOf(key), one.type === 'hash' ? hashPart(one, writes) : one])), expiries: new Map(expiries) }
}

function hashPart(groups: Readonly<Record<HashKind, number>>, { fields, keys, lists, texts }: WriteSet): HashPart {
  const [sums, sets, onces, maxima, minima] = hashKinds.map((kind) => numbersOf(fields, groups[kind])) as [Numbers, Numbers, Numbers, Numbers, Numbers]
  return {
    type: 'hash',
    sums,
    sets: sets.map(([field, at]) => [field, texts.text(at)]),
    onces: onces.map(([field, at]) => [field, { value: texts.text(at), list: lists[at] === -1 ? undefined : keys.nameOf(lists[at]!) }]),
    maxima,
    minima,
  }
}

type Numbers = [string, number][]

function numbersOf(fields: WriteSet['fields'], group: number): Numbers {
  const found: Numbers = []
  for (let entry = fields.lastOf(group); entry >= 0; entry = fields.earlierOf(entry)) found.push([fields.nameOf(entry), fields.sums[entry]!])
  return found.reverse()
}

/** Makes the writes of a part, in another write-set, once more. */
export function writeAgain({ expiries, keys }: WritesPart, to: WriteSet): void {
  // Key by key, so that they keep their order: the first that is refused is the one that is named.
  for (const [key, writes] of keys) writeKey(key, writes, to)
  for (const [key, atMs] of expiries) to.expireAt(key, atMs)
}

function writeKey(key: string, writes: KeyPart, to: WriteSet): void {
  switch (writes.type) {
    case 'hash':
      for (const [field, n] of writes.sums) to.hashAdd(key, field, n)
      for (const [field, value] of writes.sets) to.hashSet(key, field, value)
      for (const [field, once] of writes.onces) to.hashSetOnce(key, field, once.value, once.list)
      for (const [field, n] of writes.maxima) to.hashMax(key, field, n)
      for (const [field, n] of writes.minima) to.hashMin(key, field, n)
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
