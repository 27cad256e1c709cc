import { crc32c } from '@platformatic/wasm-utils'
import { codecs, compress } from './codec.ts'
import type { Codec } from './codec.ts'
import { attribute, batchAt, batchPrefixBytes } from './record-batch.ts'

export interface RecordToWrite {
  /** Ascending in a batch; gaps are those of a compacted topic. */
  readonly offset: number
  /** Ms since 1970. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[]
}

export interface BatchToWrite {
  /** Default: the first record's. */
  readonly baseOffset?: number
  /** Default: the last record's. */
  readonly lastOffset?: number
  readonly records: readonly RecordToWrite[]
  readonly codec?: Codec
  /** The broker's time of the append, which then holds for every record. */
  readonly appendTimestamp?: number
  readonly leaderEpoch?: number
  /** Of an idempotent or transactional producer. */
  readonly producer?: { readonly id: bigint; readonly epoch: number; readonly baseSequence: number }
  readonly transactional?: boolean
  readonly control?: boolean
}

/** A record batch of format 2. */
export function encodeRecordBatch(batch: BatchToWrite): Buffer {
  const { records, codec = 'none' } = batch
  const base = batch.baseOffset ?? records[0]?.offset ?? 0
  const last = batch.lastOffset ?? records.at(-1)?.offset ?? base
  const baseTimestamp = records[0]?.timestamp ?? -1
  const out = new BytesWriter()
  for (const record of records) writeRecord(out, record, base, baseTimestamp)
  const body = compress(codec, out.bytes())

  const bytes = Buffer.alloc(batchAt.records + body.length)
  writeLong(bytes, base, batchAt.baseOffset)
  bytes.writeInt32BE(bytes.length - batchPrefixBytes, batchAt.length)
  bytes.writeInt32BE(batch.leaderEpoch ?? 0, batchAt.leaderEpoch)
  bytes.writeInt8(2, batchAt.magic)
  const attributes = codecs.indexOf(codec)
    | (batch.appendTimestamp === undefined ? 0 : attribute.appendTime)
    | (batch.transactional === true ? attribute.transactional : 0)
    | (batch.control === true ? attribute.control : 0)
  bytes.writeInt16BE(attributes, batchAt.attributes)
  bytes.writeInt32BE(last - base, batchAt.lastOffsetDelta)
  writeLong(bytes, baseTimestamp, batchAt.baseTimestamp)
  writeLong(bytes, batch.appendTimestamp ?? records.reduce((max, record) => Math.max(max, record.timestamp), -1), batchAt.maxTimestamp)
  bytes.writeBigInt64BE(batch.producer?.id ?? -1n, batchAt.producerId)
  bytes.writeInt16BE(batch.producer?.epoch ?? -1, batchAt.producerEpoch)
  bytes.writeInt32BE(batch.producer?.baseSequence ?? -1, batchAt.baseSequence)
  bytes.writeInt32BE(records.length, batchAt.count)
  body.copy(bytes, batchAt.records)
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchAt.attributes)), batchAt.crc)
  return bytes
}

/** The marker that ends a producer's transaction in a partition. */
export function encodeTransactionMarker(outcome: 'abort' | 'commit', offset: number, timestamp: number, producer: { readonly id: bigint; readonly epoch: number }): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(outcome === 'abort' ? 0 : 1, 2)
  // Version, then the coordinator's epoch.
  const value = Buffer.alloc(6)
  return encodeRecordBatch({ records: [{ offset, timestamp, key, value }], producer: { ...producer, baseSequence: -1 }, transactional: true, control: true })
}

function writeRecord(out: BytesWriter, record: RecordToWrite, baseOffset: number, baseTimestamp: number): void {
  const body = new BytesWriter()
  body.byte(0)
  body.varint(record.timestamp - baseTimestamp)
  body.varint(record.offset - baseOffset)
  body.nullable(record.key)
  body.nullable(record.value)
  const headers = record.headers ?? []
  body.varint(headers.length)
  for (const [name, value] of headers) {
    body.nullable(Buffer.from(name))
    body.nullable(value)
  }
  const bytes = body.bytes()
  out.varint(bytes.length)
  out.append(bytes)
}

function writeLong(bytes: Buffer, value: number, at: number): void {
  bytes.writeBigInt64BE(BigInt(value), at)
}

class BytesWriter {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  /** Zigzag, up to 2^52 either way. */
  varint(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    this.#room(10)
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  nullable(bytes: Uint8Array | null): void {
    this.varint(bytes === null ? -1 : bytes.length)
    if (bytes !== null) this.append(bytes)
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + bytes))
    this.#bytes.copy(grown)
    this.#bytes = grown
  }
}
