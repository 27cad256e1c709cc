import { WriteSet, type HashWrites, type KeyWrites } from './write-set.ts'

/**
 * A write-set as plain data, as it crosses from a worker to the main thread. Hashes, of which there may
 * be tens of thousands with a field or two, lie in a few flat arrays: cloning a map for each costs far
 * more. The rest goes as it is, for structured clone knows maps and sets.
 */
export interface PackedWriteSet {
  readonly hashes: readonly string[]
  /** Two per hash: how many fields are added to, how many are set. */
  readonly sizes: Uint32Array
  /** Per hash: the fields added to, then field and value of those set. */
  readonly texts: readonly string[]
  /** Increments in the order of their fields. */
  readonly amounts: Float64Array
  readonly others: readonly (readonly [string, KeyWrites])[]
  readonly expiries: ReadonlyMap<string, number>
}

export function packWriteSet(writes: WriteSet): PackedWriteSet {
  const hashes: string[] = []
  const sizes: number[] = []
  const texts: string[] = []
  const amounts: number[] = []
  const others: (readonly [string, KeyWrites])[] = []
  for (const [key, value] of writes.keys) {
    if (value.type !== 'hash') {
      others.push([key, value])
      continue
    }
    const { adds, sets, onces, maxima, minima } = value
    if (adds.size > 0 || sets !== undefined) {
      hashes.push(key)
      sizes.push(adds.size, sets?.size ?? 0)
      for (const [field, cell] of adds) {
        texts.push(field)
        amounts.push(cell.n)
      }
      if (sets !== undefined) for (const [field, text] of sets) texts.push(field, text)
    }
    if (onces !== undefined || maxima !== undefined || minima !== undefined) {
      others.push([key, { type: 'hash', adds: new Map(), ...(onces && { onces }), ...(maxima && { maxima }), ...(minima && { minima }) }])
    }
  }
  return { hashes, sizes: Uint32Array.from(sizes), texts, amounts: Float64Array.from(amounts), others, expiries: writes.expiries }
}

/** Adds what was packed to `into`; `packed` must not be used afterwards. */
export function absorbPacked(into: WriteSet, packed: PackedWriteSet): void {
  const writes = new WriteSet()
  let text = 0
  let amount = 0
  for (const [i, key] of packed.hashes.entries()) {
    const hash: HashWrites = { type: 'hash', adds: new Map() }
    for (let n = packed.sizes[2 * i]!; n > 0; n--) hash.adds.set(packed.texts[text++]!, { n: packed.amounts[amount++]! })
    const sets = packed.sizes[2 * i + 1]!
    if (sets > 0) {
      hash.sets = new Map()
      for (let n = sets; n > 0; n--) hash.sets.set(packed.texts[text++]!, packed.texts[text++]!)
    }
    writes.adopt(key, hash)
  }
  for (const [key, value] of packed.others) writes.adopt(key, value)
  for (const [key, atMs] of packed.expiries) writes.expiries.set(key, atMs)
  into.absorb(writes)
}
