import { crc32c } from '../../../base/crc32c.ts'
import { codecs, compress, decompress, OversizeError } from '../../../wire/codec.ts'
import type { Codec } from '../../../wire/codec.ts'
import { attribute, batchAt, batchPrefixBytes, minRecordBytes } from '../../../wire/record-batch.ts'
import { RecordColumns } from '../../../wire/record-columns.ts'
import { areWholeHeaders, recordLength, recordTimestamp } from '../../../wire/record-fields.ts'
import { Refusal } from '../refusal.ts'
import { readBatchHeader, writeInt64 } from './batch-header.ts'
import type { BatchHeader } from './batch-header.ts'
import type { LogSettings } from './log-settings.ts'

/** Attribute of a batch whose base timestamp says until when its tombstones are kept. */
export const deleteHorizon = 0x40
/** Later times than a Date can hold are no times. */
const latestTime = 8.64e15
/** What a batch may unpack to when the broker has to look inside. */
const unpackedLimit = 1 << 26
/** Most batches have fewer records; their columns are used again. */
const fewRecords = 1 << 14
const columnsOfFew = new RecordColumns()

/**
 * Whether the bytes are one whole batch of format 2 with its checksum; throws Refusal. Every bound is
 * checked before it is relied on.
 */
export function checkBatch(bytes: Buffer): BatchHeader {
  if (bytes.length < batchAt.records) {
    // An older format is shorter, and is to be told so.
    if (bytes.length > batchAt.magic && bytes[batchAt.magic]! < 2) throw oldFormat(bytes[batchAt.magic]!)
    throw new Refusal('CORRUPT_MESSAGE', `a batch of ${bytes.length} bytes is too short`)
  }
  const magic = bytes[batchAt.magic]!
  if (magic < 2) throw oldFormat(magic)
  if (magic > 2) throw new Refusal('CORRUPT_MESSAGE', `record format ${magic} is not known, 2 is`)
  const header = readBatchHeader(bytes, 0)
  if (header.sizeBytes < batchAt.records || header.sizeBytes > bytes.length) throw new Refusal('CORRUPT_MESSAGE', `a batch declares ${header.sizeBytes} bytes, and ${bytes.length} came`)
  if (header.sizeBytes < bytes.length) throw new Refusal('INVALID_RECORD', 'exactly one batch for a partition can be produced at a time')
  if (crc32c(bytes.subarray(batchAt.attributes)) !== bytes.readUInt32BE(batchAt.crc)) throw new Refusal('CORRUPT_MESSAGE', 'a batch has another checksum than its bytes')
  return header
}

/**
 * What a batch of a client must be besides whole; throws Refusal. Records that are not packed are looked
 * at, as a broken one would hold up every reader; packed ones only where a setting of the topic has the
 * broker unpack them. Answers them unpacked when it did.
 */
export function checkClientBatch(bytes: Buffer, header: BatchHeader, settings: LogSettings, nowMs: number): Buffer | undefined {
  const { attributes, count } = header
  if (bytes.length > settings.maxMessageBytes) {
    throw new Refusal('MESSAGE_TOO_LARGE', `a batch of ${bytes.length} bytes is larger than max.message.bytes, ${settings.maxMessageBytes}`)
  }
  if ((attributes & (attribute.control | deleteHorizon)) !== 0) throw new Refusal('INVALID_RECORD', 'clients do not write control batches')
  if (count < 1) throw new Refusal('INVALID_RECORD', 'a batch has no record')
  if (header.lastOffset - header.baseOffset + 1 !== count) {
    throw new Refusal('INVALID_RECORD', `a batch declares ${count} records and a last offset delta of ${header.lastOffset - header.baseOffset}`)
  }
  const codec = codecs[attributes & attribute.codecMask]
  if (codec === undefined) throw new Refusal('UNSUPPORTED_COMPRESSION_TYPE', `codec ${attributes & attribute.codecMask} is not known`)
  if (codec === 'none' && count * minRecordBytes > bytes.length - batchAt.records) throw new Refusal('INVALID_RECORD', `${count} records cannot be in ${bytes.length} bytes`)
  checkProducer(header)
  checkTimes(header, settings, nowMs)
  const limitsAge = settings.messageTimestampType === 'CreateTime' && settings.messageTimestampBeforeMaxMs <= latestTime
  if (codec !== 'none' && settings.compressionType === 'producer' && !settings.cleanupPolicy.compact && !limitsAge) return undefined
  const columns = openRecords(bytes, header, count <= fewRecords ? columnsOfFew : undefined)
  checkHeaders(columns)
  if (limitsAge) checkAge(columns, settings, nowMs)
  if (settings.cleanupPolicy.compact) checkKeys(columns)
  return columns.bytes
}

function checkProducer({ attributes, producerId, producerEpoch, baseSequence }: BatchHeader): void {
  if (producerId < 0) {
    if ((attributes & attribute.transactional) !== 0) throw new Refusal('INVALID_RECORD', 'a transactional batch has no producer id')
    return
  }
  if (producerId > Number.MAX_SAFE_INTEGER || producerEpoch < 0 || baseSequence < 0) {
    throw new Refusal('INVALID_RECORD', `a batch of producer ${producerId} has epoch ${producerEpoch} and sequence ${baseSequence}`)
  }
}

function checkTimes({ attributes, baseTimestamp, maxTimestamp }: BatchHeader, settings: LogSettings, nowMs: number): void {
  if (settings.messageTimestampType === 'LogAppendTime') return
  if ((attributes & attribute.appendTime) !== 0) throw new Refusal('INVALID_TIMESTAMP', 'a producer does not set the append time')
  const { messageTimestampAfterMaxMs: after } = settings
  if (maxTimestamp > latestTime || baseTimestamp > latestTime || maxTimestamp < -1) throw new Refusal('INVALID_TIMESTAMP', `${maxTimestamp} is no time`)
  if (maxTimestamp - nowMs > after) {
    throw new Refusal('INVALID_TIMESTAMP', `a record's time, ${maxTimestamp}, is ${maxTimestamp - nowMs} ms after the broker's; message.timestamp.after.max.ms is ${after}`)
  }
}

function checkAge(columns: RecordColumns, { messageTimestampBeforeMaxMs: before }: LogSettings, nowMs: number): void {
  let oldest = Infinity
  for (let i = 0; i < columns.count; i++) oldest = Math.min(oldest, recordTimestamp(columns.bytes, columns.recordAt[i]!, columns.baseTimestamp))
  if (oldest >= 0 && nowMs - oldest > before) {
    throw new Refusal('INVALID_TIMESTAMP', `a record's time, ${oldest}, is ${nowMs - oldest} ms before the broker's; message.timestamp.before.max.ms is ${before}`)
  }
}

function checkHeaders({ bytes, count, recordAt, valueAt, valueLength }: RecordColumns): void {
  let end = 0
  for (let i = 0; i < count; i++) {
    end = recordAt[i]! + recordLength(bytes, end)
    const headersAt = valueAt[i]! + Math.max(0, valueLength[i]!)
    const hasNone = bytes[headersAt] === 0 && headersAt + 1 === end
    if (!hasNone && !areWholeHeaders(bytes, headersAt, end)) throw new Refusal('INVALID_RECORD', `record ${i} has headers that do not end where it does`)
  }
}

function checkKeys(columns: RecordColumns): void {
  for (let i = 0; i < columns.count; i++) {
    if (columns.keyLength[i]! < 0) throw new Refusal('INVALID_RECORD', 'a record of a compacted topic has no key')
  }
}

/** The records of a batch that came from outside; throws Refusal when they are not what the header says. */
export function openRecords(bytes: Buffer, header: BatchHeader, columns = new RecordColumns()): RecordColumns {
  columns.readHeader(bytes, 0)
  const records = unpacked(bytes, header)
  const fault = columns.fill(records, 0, records.length, header.count, header.lastOffset - header.baseOffset, 0)
  if (fault !== undefined) throw new Refusal('INVALID_RECORD', fault)
  return columns
}

function unpacked(bytes: Buffer, { attributes }: BatchHeader): Buffer {
  try {
    return decompress(codecs[attributes & attribute.codecMask]!, bytes.subarray(batchAt.records), unpackedLimit)
  } catch (thrown) {
    if (thrown instanceof OversizeError) throw new Refusal('MESSAGE_TOO_LARGE', `a batch unpacks to more than ${unpackedLimit} bytes`)
    throw new Refusal('CORRUPT_MESSAGE', `a batch cannot be decompressed (${codecs[attributes & attribute.codecMask]})`)
  }
}

/** The batch packed as the topic wants it; the same bytes when it is already. `records` are its own, unpacked. */
export function repacked(bytes: Buffer, records: Buffer, header: BatchHeader, wanted: LogSettings['compressionType']): Buffer {
  const codec: Codec | 'producer' = wanted === 'uncompressed' ? 'none' : wanted
  if (codec === 'producer' || codecs.indexOf(codec) === (header.attributes & attribute.codecMask)) return bytes
  const body = compress(codec, records)
  const packed = Buffer.concat([bytes.subarray(0, batchAt.records), body])
  packed.writeInt32BE(packed.length - batchPrefixBytes, batchAt.length)
  packed.writeInt16BE((header.attributes & ~attribute.codecMask) | codecs.indexOf(codec), batchAt.attributes)
  writeChecksum(packed)
  return packed
}

/** Makes the time of the append that of all records. */
export function stampAppendTime(bytes: Buffer, nowMs: number): void {
  bytes.writeInt16BE(bytes.readInt16BE(batchAt.attributes) | attribute.appendTime, batchAt.attributes)
  writeInt64(bytes, nowMs, batchAt.maxTimestamp)
  writeChecksum(bytes)
}

export function writeChecksum(bytes: Buffer): void {
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchAt.attributes)), batchAt.crc)
}

function oldFormat(magic: number): Refusal {
  return new Refusal('INVALID_RECORD', `record format ${magic} is older than Kafka 0.11; 2 is wanted`)
}
