import { readTime } from '../../../wire/record-batch.ts'
import { writeInt64 } from './batch-header.ts'

/** A transaction that was rolled back in one partition. */
export interface AbortedRange {
  readonly producerId: number
  readonly firstOffset: number
  /** Of its abort marker. */
  readonly lastOffset: number
  /** Below it all transactions had ended when this one did. */
  readonly lastStableOffset: number
}

const entryBytes = 34

/** Kafka's `.txnindex`: for each i16 version 0, then i64 producer id, first, last and last stable offset. */
export function encodeAborted(ranges: readonly AbortedRange[]): Buffer {
  const bytes = Buffer.alloc(ranges.length * entryBytes)
  for (const [i, range] of ranges.entries()) {
    const at = i * entryBytes + 2
    writeInt64(bytes, range.producerId, at)
    writeInt64(bytes, range.firstOffset, at + 8)
    writeInt64(bytes, range.lastOffset, at + 16)
    writeInt64(bytes, range.lastStableOffset, at + 24)
  }
  return bytes
}

/** Undefined when the bytes are no such index: it is then built anew from the log. */
export function decodeAborted(bytes: Buffer): AbortedRange[] | undefined {
  if (bytes.length % entryBytes !== 0) return undefined
  const ranges: AbortedRange[] = []
  for (let at = 0; at < bytes.length; at += entryBytes) {
    const range = {
      producerId: readTime(bytes, at + 2),
      firstOffset: readTime(bytes, at + 10),
      lastOffset: readTime(bytes, at + 18),
      lastStableOffset: readTime(bytes, at + 26),
    }
    if (bytes.readInt16BE(at) !== 0 || range.firstOffset < 0 || range.lastOffset < range.firstOffset) return undefined
    ranges.push(range)
  }
  return ranges
}
