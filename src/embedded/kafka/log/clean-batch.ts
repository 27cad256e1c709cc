import { codecs, compress } from '../../../wire/codec.ts'
import { attribute, batchAt, batchPrefixBytes } from '../../../wire/record-batch.ts'
import type { RecordColumns } from '../../../wire/record-columns.ts'
import { recordTimestamp } from '../../../wire/record-fields.ts'
import { writeInt64 } from './batch-header.ts'
import type { BatchHeader } from './batch-header.ts'
import { deleteHorizon, writeChecksum } from './client-batch.ts'

/** Until when the tombstones of a batch, or a marker, are kept; undefined when nobody has said so yet. It stands in place of the base timestamp. */
export function horizonOf({ attributes, baseTimestamp }: BatchHeader): number | undefined {
  return (attributes & deleteHorizon) === 0 ? undefined : baseTimestamp
}

/**
 * A batch with some of its records. They stay as they were, as do its offsets, its producer and its
 * codec. A new horizon becomes the base timestamp, to which the records' times are then relative.
 */
export function keepRecords(batch: Buffer, header: BatchHeader, columns: RecordColumns, kept: readonly number[], newHorizon: number | undefined): Buffer {
  const base = newHorizon ?? header.baseTimestamp
  const shift = header.baseTimestamp - base
  const parts: Buffer[] = []
  let maxTimestamp = -1
  for (const i of kept) {
    const at = columns.recordAt[i]!
    maxTimestamp = Math.max(maxTimestamp, recordTimestamp(columns.bytes, at, header.baseTimestamp))
    parts.push(recordBytes(columns.bytes, at, recordEnd(columns, i), shift))
  }
  const codec = codecs[header.attributes & attribute.codecMask]!
  const body = compress(codec, Buffer.concat(parts))
  const out = Buffer.concat([batch.subarray(0, batchAt.records), body])
  out.writeInt32BE(out.length - batchPrefixBytes, batchAt.length)
  writeInt64(out, base, batchAt.baseTimestamp)
  // The time of the append is that of all records, also of fewer.
  if ((header.attributes & attribute.appendTime) === 0) writeInt64(out, maxTimestamp, batchAt.maxTimestamp)
  if (newHorizon !== undefined) out.writeInt16BE(header.attributes | deleteHorizon, batchAt.attributes)
  out.writeInt32BE(kept.length, batchAt.count)
  writeChecksum(out)
  return out
}

/** A batch without records, which still says what its producer has sent. */
export function keepHeader(batch: Buffer, header: BatchHeader): Buffer {
  const out = Buffer.from(batch.subarray(0, batchAt.records))
  out.writeInt32BE(out.length - batchPrefixBytes, batchAt.length)
  out.writeInt16BE(header.attributes & ~(attribute.codecMask | deleteHorizon), batchAt.attributes)
  writeInt64(out, -1, batchAt.baseTimestamp)
  out.writeInt32BE(0, batchAt.count)
  writeChecksum(out)
  return out
}

function recordBytes(bytes: Buffer, at: number, end: number, shift: number): Buffer {
  const restAt = afterVarint(bytes, at + 1)
  const timestamp = shift === 0 ? bytes.subarray(at + 1, restAt) : varint(recordTimestamp(bytes, at, shift))
  return Buffer.concat([varint(1 + timestamp.length + end - restAt), bytes.subarray(at, at + 1), timestamp, bytes.subarray(restAt, end)])
}

/** The headers are the last part of a record: their number, then name and value of each. */
function recordEnd({ bytes, valueAt, valueLength }: RecordColumns, i: number): number {
  let at = valueAt[i]! + Math.max(0, valueLength[i]!)
  const headers = zigzag(bytes, at)
  at = afterVarint(bytes, at)
  for (let field = 0; field < 2 * headers; field++) {
    const length = zigzag(bytes, at)
    at = afterVarint(bytes, at) + Math.max(0, length)
  }
  return at
}

function zigzag(bytes: Buffer, at: number): number {
  let value = 0
  let scale = 1
  for (let p = at; p < at + 5; p++) {
    value += (bytes[p]! & 127) * scale
    if (bytes[p]! < 128) break
    scale *= 128
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function afterVarint(bytes: Buffer, at: number): number {
  let p = at
  while (bytes[p]! > 127) p++
  return p + 1
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest > 127) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
