import { crc32c } from '../../../base/crc32c.ts'
import { readTime } from '../../../wire/record-batch.ts'
import { writeInt64 } from './batch-header.ts'
import type { ProducerEntry, TakenBatch } from './producer-windows.ts'
import { sequenceAfter } from './producer-windows.ts'

const version = 1
const headerBytes = 10
const entryBytes = 46
const batchBytes = 32

/**
 * Kafka's snapshot of a partition's producers, version 1: i16 version, u32 CRC-32C of what follows,
 * then for each its id, epoch and last batch. Kafka keeps no more; behind its part, where its tools do
 * not look, stand the earlier batches of each window: i32 count, then per batch i32 first and last
 * sequence, i64 first and last offset, i64 timestamp. Without them a retry after a restart would be refused.
 */
export function encodeProducers(entries: Iterable<ProducerEntry>): Buffer {
  const producers = [...entries]
  const earlier = producers.reduce((sum, { batches }) => sum + Math.max(0, batches.length - 1), 0)
  const bytes = Buffer.alloc(headerBytes + producers.length * (entryBytes + 4) + earlier * batchBytes)
  bytes.writeInt16BE(version, 0)
  bytes.writeInt32BE(producers.length, 6)
  let at = headerBytes
  for (const entry of producers) {
    const last = entry.batches.at(-1)
    writeInt64(bytes, entry.id, at)
    bytes.writeInt16BE(entry.epoch, at + 8)
    bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
    writeInt64(bytes, last?.lastOffset ?? -1, at + 14)
    bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.firstOffset, at + 22)
    writeInt64(bytes, entry.lastTimestamp, at + 26)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    writeInt64(bytes, entry.transactionStart, at + 38)
    at += entryBytes
  }
  for (const { batches } of producers) {
    const before = batches.slice(0, -1)
    bytes.writeInt32BE(before.length, at)
    at += 4
    for (const batch of before) {
      bytes.writeInt32BE(batch.firstSequence, at)
      bytes.writeInt32BE(batch.lastSequence, at + 4)
      writeInt64(bytes, batch.firstOffset, at + 8)
      writeInt64(bytes, batch.lastOffset, at + 16)
      writeInt64(bytes, batch.timestamp, at + 24)
      at += batchBytes
    }
  }
  bytes.writeUInt32BE(crc32c(bytes.subarray(6)), 2)
  return bytes
}

/** Undefined when the bytes are no whole snapshot: the log is then read instead. */
export function decodeProducers(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < headerBytes || bytes.readInt16BE(0) !== version || crc32c(bytes.subarray(6)) !== bytes.readUInt32BE(2)) return undefined
  const count = bytes.readInt32BE(6)
  if (count < 0 || bytes.length < headerBytes + count * entryBytes) return undefined
  let earlierAt = headerBytes + count * entryBytes
  const entries: ProducerEntry[] = []
  for (let i = 0; i < count; i++) {
    const at = headerBytes + i * entryBytes
    const batches: TakenBatch[] = []
    // A snapshot that Kafka wrote ends here.
    const earlier = earlierAt === bytes.length ? 0 : bytes.readInt32BE(earlierAt)
    earlierAt += earlierAt === bytes.length ? 0 : 4
    for (let k = 0; k < earlier; k++, earlierAt += batchBytes) batches.push(readBatch(bytes, earlierAt))
    const lastSequence = bytes.readInt32BE(at + 10)
    const lastOffset = readTime(bytes, at + 14)
    const delta = bytes.readInt32BE(at + 22)
    const lastTimestamp = readTime(bytes, at + 26)
    if (lastOffset >= 0) batches.push({ firstSequence: sequenceBefore(lastSequence, delta), lastSequence, firstOffset: lastOffset - delta, lastOffset, timestamp: lastTimestamp })
    entries.push({
      id: readTime(bytes, at),
      epoch: bytes.readInt16BE(at + 8),
      batches,
      transactionStart: readTime(bytes, at + 38),
      coordinatorEpoch: bytes.readInt32BE(at + 34),
      lastTimestamp,
    })
  }
  return entries
}

function readBatch(bytes: Buffer, at: number): TakenBatch {
  return {
    firstSequence: bytes.readInt32BE(at),
    lastSequence: bytes.readInt32BE(at + 4),
    firstOffset: readTime(bytes, at + 8),
    lastOffset: readTime(bytes, at + 16),
    timestamp: readTime(bytes, at + 24),
  }
}

function sequenceBefore(sequence: number, count: number): number {
  return sequenceAfter(sequence + 2 ** 31, -count)
}
