import { WriteSet, type HashWrites, type KeyWrites } from './write-set.ts'

/** A write-set as plain data, as it crosses from a worker to the main thread. */
export interface PackedWriteSet {
  readonly keys: readonly (readonly [string, PackedKey])[]
  readonly expiries: ReadonlyMap<string, number>
}

/** Counters as columns; the rest as it is, for structured clone knows maps and sets. */
type PackedKey =
  | { readonly type: 'counters'; readonly fields: readonly string[]; readonly amounts: Float64Array; readonly hash: Omit<HashWrites, 'adds'> }
  | Exclude<KeyWrites, HashWrites>

export function packWriteSet(writes: WriteSet): PackedWriteSet {
  const keys: (readonly [string, PackedKey])[] = []
  for (const [key, value] of writes.keys) {
    if (value.type !== 'hash') {
      keys.push([key, value])
      continue
    }
    const { adds, ...hash } = value
    const fields = Array.from(adds.keys())
    const amounts = new Float64Array(fields.length)
    let i = 0
    for (const cell of adds.values()) amounts[i++] = cell.n
    keys.push([key, { type: 'counters', fields, amounts, hash }])
  }
  return { keys, expiries: writes.expiries }
}

/** Adds what was packed to `into`. */
export function absorbPacked(into: WriteSet, packed: PackedWriteSet): void {
  const writes = new WriteSet()
  for (const [key, value] of packed.keys) {
    if (value.type !== 'counters') {
      writes.keys.set(key, value)
      continue
    }
    for (let i = 0; i < value.fields.length; i++) into.hashAdd(key, value.fields[i]!, value.amounts[i]!)
    writes.keys.set(key, { ...value.hash, adds: new Map() })
  }
  for (const [key, atMs] of packed.expiries) writes.expiries.set(key, atMs)
  into.absorb(writes)
}
