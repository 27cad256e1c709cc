import { MillraceError } from '../errors.ts'
import type { Place } from '../errors.ts'

/**
 * Record batch v2, big-endian, by position from its start:
 *
 *     0 base offset i64          27 base timestamp i64
 *     8 length i32, after this   35 max timestamp i64
 *    12 leader epoch i32         43 producer id i64
 *    16 magic i8                 51 producer epoch i16
 *    17 CRC-32C of 21 … end      53 base sequence i32
 *    21 attributes i16           57 record count i32
 *    23 last offset delta i32    61 records, compressed as one block
 *
 * Attributes: bits 0–2 codec, 3 timestamp is the append time, 4 transactional, 5 control.
 */
export const batchAt = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const

/** Bytes in front of what the length field counts. */
export const batchPrefixBytes = 12

export const attribute = { codecMask: 0x07, appendTime: 0x08, transactional: 0x10, control: 0x20 } as const

/** The smallest record: length, attributes, timestamp, offset, no key, no value, no headers. */
export const minRecordBytes = 7

/**
 * Where the batch at `at` ends, or -1 when the set is cut off inside it, as brokers do with the last
 * batch of an answer. Throws MR_RECORD_BATCH_CORRUPT when it is no batch of format 2.
 */
export function batchEnd(bytes: Buffer, at: number, end: number, partition: string): number {
  if (end - at < batchPrefixBytes + 5) return -1
  const length = bytes.readInt32BE(at + batchAt.length)
  const magic = bytes[at + batchAt.magic]!
  if (magic !== 2) {
    throw corrupt(magic < 2 ? `message format ${magic} is older than Kafka 0.11 and not read` : `message format ${magic} is not known`, { partition })
  }
  if (length < batchAt.records - batchPrefixBytes) throw corrupt(`a batch of ${length} bytes is too short`, { partition })
  const batchEnd = at + batchPrefixBytes + length
  return batchEnd > end ? -1 : batchEnd
}

/** Offset of the batch's first record as its producer wrote it; compaction may have taken that record away. */
export function baseOffset(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + batchAt.baseOffset) * 0x1_0000_0000 + bytes.readUInt32BE(at + batchAt.baseOffset + 4)
}

export function lastOffset(bytes: Buffer, at: number): number {
  return baseOffset(bytes, at) + bytes.readInt32BE(at + batchAt.lastOffsetDelta)
}

/** A 64-bit time as a number; Kafka's are ms since 1970, or -1. */
export function readTime(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

export interface BatchesEnd {
  /** Offset after the last whole batch, `wanted` when there is none. */
  readonly nextOffset: number
  /** Whether the set holds at least one whole batch. */
  readonly whole: boolean
}

/**
 * From headers alone, what to ask for after this record set, so that the next request can leave
 * before the first record is read.
 */
export function scanBatches(bytes: Buffer, at: number, end: number, wanted: number, partition: string): BatchesEnd {
  let next = -1
  for (let start = at; start < end;) {
    const stop = batchEnd(bytes, start, end, partition)
    if (stop < 0) break
    next = followingOffset(bytes, start, next, partition) + 1
    start = stop
  }
  return { nextOffset: Math.max(next, wanted), whole: next >= 0 }
}

/** The last offset of the batch at `at`, checked against the end of the batch before it. */
export function followingOffset(bytes: Buffer, at: number, previousEnd: number, partition: string): number {
  const base = baseOffset(bytes, at)
  const last = lastOffset(bytes, at)
  if (base < 0 || last < base || last >= Number.MAX_SAFE_INTEGER) throw corrupt(`offsets ${base} to ${last} are no range`, { partition })
  if (base < previousEnd) throw corrupt(`a batch begins at ${base}, before the end of the one in front of it, ${previousEnd}`, { partition, offset: base })
  return last
}

export function corrupt(what: string, place: Place, cause?: unknown): MillraceError {
  return new MillraceError('MR_RECORD_BATCH_CORRUPT', what, {
    place,
    remedy: 'check the disk of the broker (kafka-dump-log) and the network; seek past the batch if it cannot be saved',
    ...(cause === undefined ? {} : { cause }),
  })
}
