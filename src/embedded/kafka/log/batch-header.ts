import { baseOffset, batchAt, batchPrefixBytes, readTime } from '../../../wire/record-batch.ts'

/** The header of a record batch of format 2, as numbers. */
export interface BatchHeader {
  readonly baseOffset: number
  readonly lastOffset: number
  /** Of the whole batch. */
  readonly sizeBytes: number
  readonly attributes: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1 when the producer is not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly count: number
}

export function readBatchHeader(bytes: Buffer, at: number): BatchHeader {
  const base = baseOffset(bytes, at)
  return {
    baseOffset: base,
    lastOffset: base + bytes.readInt32BE(at + batchAt.lastOffsetDelta),
    sizeBytes: batchPrefixBytes + bytes.readInt32BE(at + batchAt.length),
    attributes: bytes.readInt16BE(at + batchAt.attributes),
    baseTimestamp: readTime(bytes, at + batchAt.baseTimestamp),
    maxTimestamp: readTime(bytes, at + batchAt.maxTimestamp),
    producerId: readTime(bytes, at + batchAt.producerId),
    producerEpoch: bytes.readInt16BE(at + batchAt.producerEpoch),
    baseSequence: bytes.readInt32BE(at + batchAt.baseSequence),
    count: bytes.readInt32BE(at + batchAt.count),
  }
}

/** Where the next batch begins; trusts the length. */
export function nextBatchAt(bytes: Buffer, at: number): number {
  return at + batchPrefixBytes + bytes.readInt32BE(at + batchAt.length)
}

/** A whole number up to 2^53 either way, as 64 bits. */
export function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
  bytes.writeUInt32BE(value >>> 0, at + 4)
}
