import { attribute, batchAt, batchPrefixBytes, lastOffset } from './record-batch.ts'

/** A transaction of the fetched range that was rolled back, as the broker lists them. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/**
 * Which batches of a record set belong to aborted transactions, found as Java's client does: a
 * transaction opens when the batches reach its first offset and closes at its producer's abort marker.
 */
export class AbortedTransactions {
  readonly #coming: AbortedTransaction[]
  readonly #open = new Set<bigint>()

  constructor(listed: readonly AbortedTransaction[]) {
    this.#coming = listed.toSorted((a, b) => b.firstOffset - a.firstOffset)
  }

  /** Called with every whole batch, in order, control batches too. True: its records do not count. */
  covers(bytes: Buffer, at: number): boolean {
    const attributes = bytes[at + batchAt.attributes + 1]!
    if ((attributes & attribute.transactional) === 0) return false
    const last = lastOffset(bytes, at)
    for (let next = this.#coming.at(-1); next !== undefined && next.firstOffset <= last; next = this.#coming.at(-1)) {
      this.#open.add(next.producerId)
      this.#coming.pop()
    }
    const producerId = bytes.readBigInt64BE(at + batchAt.producerId)
    if ((attributes & attribute.control) !== 0 && isAbortMarker(bytes, at)) this.#open.delete(producerId)
    return this.#open.has(producerId)
  }
}

/** The key of a control record is i16 version, i16 type: 0 is an abort, 1 a commit. */
function isAbortMarker(bytes: Buffer, at: number): boolean {
  const end = at + batchPrefixBytes + bytes.readInt32BE(at + batchAt.length)
  // The record's length and attributes, then timestamp delta, offset delta and key length.
  let p = pastVarint(bytes, at + batchAt.records, end) + 1
  for (let i = 0; i < 3; i++) p = pastVarint(bytes, p, end)
  return p + 4 <= end && bytes.readInt16BE(p + 2) === 0
}

function pastVarint(bytes: Buffer, at: number, end: number): number {
  let p = at
  while (p < end && bytes[p]! > 127) p++
  return p + 1
}
