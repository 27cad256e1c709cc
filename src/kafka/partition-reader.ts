import { failing, failpointNow } from '../base/failpoint.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { SpoutCollector } from '../topology/spout.ts'
import type { ColumnPool } from '../tuple/column-pool.ts'
import type { Tuple } from '../tuple/fields.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { RecordSetReader, type ReaderOptions } from '../wire/record-set-reader.ts'
import type { ByteRoom } from './byte-room.ts'
import type { FieldDecoder, RecordMeta } from './decoder.ts'
import { isText, noValue } from './decoder.ts'
import type { FetchedFrame } from './fetched-frame.ts'
import { KafkaBatch } from './kafka-batch.ts'
import { KeyedKafkaTuple, PlainKafkaTuple } from './kafka-tuple.ts'
import type { RecordBatchOrigin } from './kafka-tuple.ts'
import type { PartitionQueue } from './partition-queue.ts'

export interface PartitionReaderOptions extends ReaderOptions {
  readonly decodeValue: FieldDecoder
  /** Undefined: keys are read when asked for. */
  readonly decodeKey: FieldDecoder | undefined
  /** Values are UTF-8 text, which can be left where it is. */
  readonly text: boolean
  /** Deliver null values as null; otherwise they are rejected. */
  readonly nullable: boolean
  readonly maxRecordBytes: number
}

/** Arrays of the columns of a batch: starts, ends, offset deltas, places of the records. */
export const columnsOfBatch = 4

/** Between chunks: what a batch decompressed to is not held while nothing is read. */
const noOrigin: RecordBatchOrigin = { topic: '', partition: 0, bytes: Buffer.alloc(0), baseTimestamp: 0, appendTimestamp: -1 }

/** Makes tuples, or batches, of what was fetched of one partition. */
export class PartitionReader {
  readonly queue: PartitionQueue
  /** The next offset: behind all that was handed over or refused. */
  position: number
  readonly #options: PartitionReaderOptions
  /** Of the partition among those of its task, and in lineages. */
  readonly #index: number
  readonly #lineage: number
  readonly #pool: ColumnPool
  readonly #unpackedRoom: ByteRoom
  /** Bytes that the batch at hand was decompressed to, 0 where it was not. */
  #unpacked = 0
  readonly #reader: RecordSetReader
  #origin = noOrigin
  #row = 0
  /** A chunk is being read, with its bytes and its end, which counts as read when its last batch is. */
  #open = false
  #frame: FetchedFrame | undefined
  #bytes: Buffer | undefined
  #end = 0
  /** The frame where the records are read from it, undefined where they were compressed. */
  #plainFrame: FetchedFrame | undefined

  constructor(queue: PartitionQueue, options: PartitionReaderOptions, index: number, lineage: number, pool: ColumnPool, unpackedRoom: ByteRoom) {
    this.queue = queue
    this.position = queue.fetchOffset
    this.#options = options
    this.#index = index
    this.#lineage = lineage
    this.#pool = pool
    this.#unpackedRoom = unpackedRoom
    this.#reader = new RecordSetReader(options)
  }

  /** Whether a record is there to be read; goes to the next batch for it, unless the others have decompressed too much. Throws what is wrong with a batch. */
  ready(): boolean {
    const { columns } = this.#reader
    for (;;) {
      if (this.#row < columns.count) {
        if (columns.baseOffset + columns.offsetDelta[this.#row]! < this.queue.limit) return true
        // What follows in the chunk is beyond the end.
        this.#reader.end()
        this.#row = 0
      }
      this.#giveUnpacked()
      if (this.#unpackedRoom.full) return false
      if (this.#open && this.#reader.next()) this.#beginBatch()
      else {
        this.#endChunk()
        if (!this.#beginChunk()) return false
      }
    }
  }

  /** Hands over, or rejects, the record that is ready. */
  nextTuple(out: SpoutCollector): void {
    const { columns } = this.#reader
    const row = this.#row++
    const offset = columns.baseOffset + columns.offsetDelta[row]!
    // Before the emit: a position counts once its record has been handed over or refused.
    this.position = offset + 1
    let tuple: Tuple
    try {
      tuple = this.#tuple(row, offset)
    } catch (thrown) {
      out.reject(asMillraceError(thrown, 'MR_RECORD_INVALID', { place: { partition: this.queue.name, offset } }), this.#index, offset)
      return
    }
    out.emit(tuple, this.#index, offset)
  }

  /** Hands over up to so many records as a batch, from the one that is ready on; or that one alone. Answers how many. */
  nextBatch(rows: number, out: SpoutCollector): number {
    const { columns } = this.#reader
    const taken = this.#cleanRows(Math.min(rows, columns.count - this.#row))
    if (taken === 0) {
      // What is to be rejected is decided record by record.
      this.nextTuple(out)
      return 1
    }
    const from = this.#row
    this.#row += taken
    const { baseOffset, bytes, offsetDelta, recordAt, valueAt, valueLength } = columns
    this.position = baseOffset + offsetDelta[from + taken - 1]! + 1
    // Copied, for the reader's own columns serve its next batch.
    const arrays = this.#pool.take(rows)
    const [starts, ends, deltas, at] = arrays as [Int32Array, Int32Array, Int32Array, Int32Array]
    for (let i = 0; i < taken; i++) {
      const start = valueAt[from + i]!
      starts[i] = start
      ends[i] = start + valueLength[from + i]!
      deltas[i] = offsetDelta[from + i]!
      at[i] = recordAt[from + i]!
    }
    const frame = this.#plainFrame
    frame?.hold()
    const place = { baseOffset, deltas, at, origin: this.#origin, frame, number: this.#lineage, recycle: () => this.#pool.give(arrays) }
    out.emitBatch(new KafkaBatch(new TextColumn(bytes, starts, ends, {}, taken), place))
    return taken
  }

  /** How many of the next rows can go in a batch: within the limit, of a size that is allowed, and readable. */
  #cleanRows(rows: number): number {
    const { columns } = this.#reader
    const { decodeKey, maxRecordBytes, text } = this.#options
    if (!text || decodeKey !== undefined) return 0
    const { baseOffset, bytes, keyLength, offsetDelta, valueAt, valueLength } = columns
    const { limit } = this.queue
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < rows; i++) {
      const row = this.#row + i
      const length = valueLength[row]!
      if (baseOffset + offsetDelta[row]! >= limit || length < 0 || length + Math.max(0, keyLength[row]!) > maxRecordBytes) return i
      if (!isText(bytes, view, valueAt[row]!, valueAt[row]! + length)) return i
    }
    return rows
  }

  #tuple(row: number, offset: number): Tuple {
    const { columns } = this.#reader
    const { decodeKey, decodeValue, maxRecordBytes, nullable } = this.#options
    const { bytes } = columns
    const keyAt = columns.keyAt[row]!
    const keyLength = columns.keyLength[row]!
    const valueAt = columns.valueAt[row]!
    const valueLength = columns.valueLength[row]!
    // A tuple may be kept, and so may what a decoder was given.
    this.#plainFrame?.pin()
    const recordBytes = Math.max(0, keyLength) + Math.max(0, valueLength)
    if (recordBytes > maxRecordBytes) throw tooLarge(recordBytes, maxRecordBytes)
    const origin = this.#origin
    const record: RecordMeta = { topic: origin.topic, partition: origin.partition, offset }
    let value: unknown = null
    if (valueLength >= 0) value = decodeValue(bytes, valueAt, valueAt + valueLength, record)
    else if (!nullable) throw noValue()
    const at = columns.recordAt[row]!
    const tuple = decodeKey === undefined
      ? new PlainKafkaTuple(value, offset, origin, at)
      : new KeyedKafkaTuple(keyLength < 0 ? null : decodeKey(bytes, keyAt, keyAt + keyLength, record), value, offset, origin, at)
    return tuple as unknown as Tuple
  }

  #beginBatch(): void {
    const { columns } = this.#reader
    const { topic, partition } = this.queue
    this.#row = 0
    const plain = columns.bytes === this.#bytes
    this.#plainFrame = plain ? this.#frame : undefined
    this.#unpacked = plain ? 0 : columns.bytes.length
    this.#unpackedRoom.take(this.#unpacked)
    this.#origin = { topic, partition, bytes: columns.bytes, baseTimestamp: columns.baseTimestamp, appendTimestamp: columns.appendTimestamp }
  }

  /** All of the batch at hand was read. */
  #giveUnpacked(): void {
    if (this.#unpacked === 0) return
    this.#reader.columns.clear()
    this.#row = 0
    this.#origin = noOrigin
    this.#unpackedRoom.give(this.#unpacked)
    this.#unpacked = 0
  }

  #beginChunk(): boolean {
    const chunk = this.queue.take()
    if (chunk === undefined) return false
    if (failing) failpointNow('fetch.decode')
    this.#open = true
    this.#end = chunk.nextOffset
    this.#frame = chunk.frame
    this.#bytes = chunk.bytes
    this.#reader.begin({ partition: this.queue.name, ...chunk })
    return true
  }

  #endChunk(): void {
    if (!this.#open) return
    const { limit } = this.queue
    this.position = Math.max(this.position, Math.min(this.#end, limit))
    if (this.#end > limit) this.queue.cut(this.position)
    this.#open = false
    this.#frame?.letGo()
    this.#frame = this.#plainFrame = this.#bytes = undefined
    this.#origin = noOrigin
  }
}

function tooLarge(bytes: number, maxBytes: number): MillraceError {
  return new MillraceError('MR_RECORD_TOO_LARGE', `a record has ${bytes} bytes, more than the ${maxBytes} allowed`, { remedy: 'raise fetch.maxRecordBytes of the spout, or correct the producer' })
}
