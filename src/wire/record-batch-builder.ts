import { crc32c } from '../base/crc32c.ts'
import { codecs, compress } from './codec.ts'
import type { Codec } from './codec.ts'
import { attribute, batchAt, batchPrefixBytes } from './record-batch.ts'

/** Text is written as UTF-8. */
export type Bytes = Uint8Array | string

export type HeadersToWrite = readonly (readonly [name: Bytes, value: Bytes | null])[]

/** What stands in a batch's header beside its records. */
export interface BatchHeader {
  readonly baseOffset: number
  /** Default: the offset of the last record. */
  readonly lastOffset?: number | undefined
  readonly codec: Codec
  readonly leaderEpoch?: number | undefined
  /** The broker's time of the append, which then holds for every record. */
  readonly appendTimestamp?: number | undefined
  readonly producer?: ProducerStamp | undefined
  readonly transactional?: boolean | undefined
  readonly control?: boolean | undefined
}

/** Whose batch it is, and which of theirs: what makes a broker know a repeated batch. */
export interface ProducerStamp {
  readonly id: number | bigint
  readonly epoch: number
  readonly baseSequence: number
}

const none: HeadersToWrite = []

/** -1 for null. */
export function byteLength(bytes: Bytes | null): number {
  if (bytes === null) return -1
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

/** The most a record takes in a batch, given the lengths of its key and value (-1 for null). */
export function recordBound(keyLength: number, valueLength: number, headers: HeadersToWrite = none): number {
  // Lengths of record, key and value, and the count of headers: 5 bytes each; attributes 1, offset 5, time 10.
  let bound = 36 + Math.max(0, keyLength) + Math.max(0, valueLength)
  for (const [name, value] of headers) bound += 10 + byteLength(name) + Math.max(0, byteLength(value))
  return bound
}

/**
 * A record batch of format 2 in the making. Records are written behind a gap for the header, so the
 * finished batch is the very buffer they were written to, unless it is compressed.
 */
export class RecordBatchBuilder {
  #bytes: Buffer
  #end: number = batchAt.records
  #count = 0
  #lastDelta = 0
  #baseTimestamp = -1
  #maxTimestamp = -1

  /** `capacity` is what is taken at first; it doubles as needed. */
  constructor(capacity = 512) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(capacity, batchAt.records))
  }

  get count(): number {
    return this.#count
  }

  /** Of the batch as it would be without compression. */
  get sizeBytes(): number {
    return this.#end
  }

  /** `offsetDelta` is the distance from the batch's base offset and ascends; lengths are those of {@link byteLength}. */
  append(offsetDelta: number, timestamp: number, key: Bytes | null, keyLength: number, value: Bytes | null, valueLength: number, headers: HeadersToWrite = none): void {
    if (this.#count === 0) this.#baseTimestamp = timestamp
    const timestampDelta = timestamp - this.#baseTimestamp
    let bodyBytes = 1 + longVarintBytes(timestampDelta) + varintBytes(offsetDelta) + varintBytes(keyLength) + varintBytes(valueLength) + varintBytes(headers.length)
    if (keyLength > 0) bodyBytes += keyLength
    if (valueLength > 0) bodyBytes += valueLength
    if (headers.length > 0) bodyBytes += headersBytes(headers)
    this.#room(5 + bodyBytes)

    const bytes = this.#bytes
    let p = writeVarint(bytes, this.#end, bodyBytes)
    bytes[p++] = 0
    p = timestampDelta >= 0 && timestampDelta < 0x4000_0000 ? writeVarint(bytes, p, timestampDelta) : writeLongVarint(bytes, p, timestampDelta)
    p = writeVarint(bytes, p, offsetDelta)
    p = writeBlock(bytes, p, key, keyLength)
    p = writeBlock(bytes, p, value, valueLength)
    p = writeVarint(bytes, p, headers.length)
    for (const [name, content] of headers) {
      p = writeBlock(bytes, p, name, byteLength(name))
      p = writeBlock(bytes, p, content, byteLength(content))
    }
    this.#appended(p, offsetDelta, timestamp)
  }

  /** The first and the second half of the records, for two batches; also after `finish`. Needs two records at least. */
  halves(): readonly [RecordBatchBuilder, RecordBatchBuilder] {
    const first = new RecordBatchBuilder(this.#end)
    const second = new RecordBatchBuilder(this.#end)
    const bytes = this.#bytes
    const middle = Math.floor(this.#count / 2)
    let base = 0
    for (let p: number = batchAt.records, i = 0; i < this.#count; i++) {
      const body = readVarint(bytes, p)
      const end = afterVarint(bytes, p) + body
      // Attributes come first; they are always 0.
      const timestampAt = afterVarint(bytes, p) + 1
      const deltaAt = afterVarint(bytes, timestampAt)
      const delta = readVarint(bytes, deltaAt)
      if (i === middle) base = delta
      const half = i < middle ? first : second
      half.#appendRest(delta - (i < middle ? 0 : base), this.#baseTimestamp + readVarint(bytes, timestampAt), bytes.subarray(afterVarint(bytes, deltaAt), end))
      p = end
    }
    return [first, second]
  }

  /** A record of which all behind the offset is written already. */
  #appendRest(offsetDelta: number, timestamp: number, rest: Uint8Array): void {
    if (this.#count === 0) this.#baseTimestamp = timestamp
    const timestampDelta = timestamp - this.#baseTimestamp
    const bodyBytes = 1 + longVarintBytes(timestampDelta) + varintBytes(offsetDelta) + rest.length
    this.#room(5 + bodyBytes)
    let p = writeVarint(this.#bytes, this.#end, bodyBytes)
    this.#bytes[p++] = 0
    p = writeLongVarint(this.#bytes, p, timestampDelta)
    p = writeVarint(this.#bytes, p, offsetDelta)
    this.#bytes.set(rest, p)
    this.#appended(p + rest.length, offsetDelta, timestamp)
  }

  #appended(end: number, offsetDelta: number, timestamp: number): void {
    this.#end = end
    this.#count++
    this.#lastDelta = offsetDelta
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /** The batch; nothing may be appended afterwards. */
  finish(header: BatchHeader): Buffer {
    const { codec, baseOffset } = header
    const bytes = codec === 'none' ? this.#bytes.subarray(0, this.#end) : this.#compressed(codec)
    writeLong(bytes, batchAt.baseOffset, baseOffset)
    bytes.writeInt32BE(bytes.length - batchPrefixBytes, batchAt.length)
    bytes.writeInt32BE(header.leaderEpoch ?? 0, batchAt.leaderEpoch)
    bytes[batchAt.magic] = 2
    const attributes = codecs.indexOf(codec)
      | (header.appendTimestamp === undefined ? 0 : attribute.appendTime)
      | (header.transactional === true ? attribute.transactional : 0)
      | (header.control === true ? attribute.control : 0)
    bytes.writeInt16BE(attributes, batchAt.attributes)
    bytes.writeInt32BE(header.lastOffset === undefined ? this.#lastDelta : header.lastOffset - baseOffset, batchAt.lastOffsetDelta)
    writeLong(bytes, batchAt.baseTimestamp, this.#baseTimestamp)
    writeLong(bytes, batchAt.maxTimestamp, header.appendTimestamp ?? this.#maxTimestamp)
    bytes.writeInt32BE(this.#count, batchAt.count)
    stampBatch(bytes, header.producer ?? nobody)
    return bytes
  }

  #compressed(codec: Codec): Buffer {
    const body = compress(codec, this.#bytes.subarray(batchAt.records, this.#end))
    const bytes = Buffer.allocUnsafeSlow(batchAt.records + body.length)
    bytes.set(body, batchAt.records)
    return bytes
  }

  #room(needed: number): void {
    if (this.#end + needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end + needed))
    this.#bytes.copy(grown, 0, 0, this.#end)
    this.#bytes = grown
  }
}

const nobody: ProducerStamp = { id: -1n, epoch: -1, baseSequence: -1 }

/** Writes the producer into a finished batch, and the checksum that then holds. */
export function stampBatch(batch: Buffer, { id, epoch, baseSequence }: ProducerStamp): void {
  batch.writeBigInt64BE(BigInt(id), batchAt.producerId)
  batch.writeInt16BE(epoch, batchAt.producerEpoch)
  batch.writeInt32BE(baseSequence, batchAt.baseSequence)
  batch.writeUInt32BE(crc32c(batch.subarray(batchAt.attributes)), batchAt.crc)
}

function writeLong(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  bytes.writeInt32BE(high, at)
  bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}

function headersBytes(headers: HeadersToWrite): number {
  let size = 0
  for (const [name, value] of headers) {
    const nameBytes = byteLength(name)
    const valueBytes = byteLength(value)
    size += varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + Math.max(0, valueBytes)
  }
  return size
}

/** Of a zigzag varint from -1 to 2^30. */
function varintBytes(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x2000) return 2
  if (value < 0x10_0000) return 3
  return value < 0x800_0000 ? 4 : 5
}

/** -1 or 0 to 2^30. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value < 0 ? 1 : value << 1
  let p = at
  while (rest > 127) {
    bytes[p++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[p++] = rest
  return p
}

/** Up to 2^52 either way. */
function longVarintBytes(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let size = 1
  for (; rest > 127; size++) rest = Math.floor(rest / 128)
  return size
}

function writeLongVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let p = at
  while (rest > 127) {
    bytes[p++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[p++] = rest
  return p
}

function readVarint(bytes: Buffer, at: number): number {
  let p = at
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[p++]!
    value += (byte & 127) * scale
    if (byte < 128) break
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function afterVarint(bytes: Buffer, at: number): number {
  let p = at
  while (bytes[p]! > 127) p++
  return p + 1
}

/** Below this many bytes a loop is quicker than a call into the runtime. */
const loopBytes = 48

function writeBlock(bytes: Buffer, at: number, block: Bytes | null, length: number): number {
  const p = writeVarint(bytes, at, length)
  if (block === null) return p
  if (typeof block === 'string') bytes.write(block, p, length, 'utf8')
  else if (length > loopBytes) bytes.set(block, p)
  else for (let i = 0; i < length; i++) bytes[p + i] = block[i]!
  return p + length
}
