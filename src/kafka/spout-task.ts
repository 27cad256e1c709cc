import { asMillraceError, MillraceError } from '../errors.ts'
import type { Position } from '../topology/source.ts'
import type { SpoutCollector, SpoutContext, SpoutTask } from '../topology/spout.ts'
import type { Tuple } from '../tuple/fields.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { RecordSetReader } from '../wire/record-set-reader.ts'
import type { FieldDecoder, RecordMeta } from './decoder.ts'
import { isText, noValue } from './decoder.ts'
import type { FetchPort } from './fetch-port.ts'
import type { FetchedFrame } from './fetched-frame.ts'
import { Fetcher } from './fetcher.ts'
import type { FetcherOptions } from './fetcher.ts'
import { KafkaBatch } from './kafka-batch.ts'
import { KeyedKafkaTuple, PlainKafkaTuple } from './kafka-tuple.ts'
import type { RecordBatchOrigin } from './kafka-tuple.ts'
import { splitPartition } from './partition-name.ts'
import { PartitionQueue } from './partition-queue.ts'

export interface SpoutTaskOptions extends FetcherOptions {
  readonly decodeValue: FieldDecoder
  /** Undefined: keys are read when asked for. */
  readonly decodeKey: FieldDecoder | undefined
  /** Values are UTF-8 text, which can be left where it is. */
  readonly text: boolean
  /** Deliver null values as null; otherwise they are rejected. */
  readonly nullable: boolean
  readonly checkCrcs: boolean
  readonly maxRecordBytes: number
  readonly maxBatchBytes: number
}

/** A port to fetch through, given back with `release` when the task closes. */
export interface BorrowedPort {
  readonly port: FetchPort
  release(): void
}

/** Reads the partitions of one task, a fetched chunk of one after a chunk of another. */
export class KafkaSpoutTask implements SpoutTask {
  readonly #context: SpoutContext
  readonly #options: SpoutTaskOptions
  readonly #borrow: () => Promise<BorrowedPort>
  readonly #reader: RecordSetReader
  readonly #queues: readonly PartitionQueue[]
  /** The next offset of each partition. */
  readonly #positions: number[]
  #borrowed: BorrowedPort | undefined
  #fetcher: Fetcher | undefined
  #waiting = false
  #closed = false

  // The partition being read, its batch, and the place in it.
  #current = -1
  #origin: RecordBatchOrigin = { topic: '', partition: 0, bytes: Buffer.alloc(0), baseTimestamp: 0, appendTimestamp: -1 }
  #row = 0
  /** For the columns of batches: starts, ends, offset deltas, places of the records. */
  readonly #pool = new ColumnPool(4)
  /** Of the chunk. */
  #frame: FetchedFrame | undefined
  #bytes: Buffer | undefined
  /** The same where its records are read from it, undefined where they were compressed. */
  #plainFrame: FetchedFrame | undefined
  /** The chunk's end, which counts as read when its last batch is. */
  #chunkEnd = 0

  constructor(context: SpoutContext, options: SpoutTaskOptions, borrow: () => Promise<BorrowedPort>) {
    this.#context = context
    this.#options = options
    this.#borrow = borrow
    this.#reader = new RecordSetReader(options)
    this.#positions = context.positions.map((position) => position.offset)
    this.#queues = context.positions.map(({ partition: name, offset }) => {
      const { topic, partition } = splitPartition(name)
      return new PartitionQueue({ topic, partition, offset, limit: context.limits.get(name) ?? Number.MAX_SAFE_INTEGER, highBytes: options.maxPartitionBytes })
    })
  }

  async open(): Promise<void> {
    const borrowed = await this.#borrow()
    if (this.#closed) {
      borrowed.release()
      return
    }
    this.#borrowed = borrowed
    const { clock, log } = this.#context
    this.#fetcher = new Fetcher(borrowed.port, this.#options, clock, log, {
      arrived: () => {
        if (!this.#waiting) return
        this.#waiting = false
        this.#context.wake()
      },
      failed: (error) => this.#context.fail(error),
    })
    this.#fetcher.start(this.#queues)
  }

  nextTuple(out: SpoutCollector): boolean {
    const { columns } = this.#reader
    if (this.#row >= columns.count && !this.#advance()) {
      this.#waiting = true
      return false
    }
    const row = this.#row++
    const current = this.#current
    const offset = columns.baseOffset + columns.offsetDelta[row]!
    const queue = this.#queues[current]!
    if (offset >= queue.limit) {
      this.#stopAtLimit(queue)
      return this.nextTuple(out)
    }
    // Before the emit: a position counts once its record has been handed over or refused.
    this.#positions[current] = offset + 1
    let tuple: Tuple
    try {
      tuple = this.#tuple(row, offset)
    } catch (thrown) {
      out.reject(asMillraceError(thrown, 'MR_RECORD_INVALID', { place: { partition: queue.name, offset } }), current, offset)
      return true
    }
    out.emit(tuple, current, offset)
    return true
  }

  nextBatch(rows: number, out: SpoutCollector): boolean {
    const { columns } = this.#reader
    if (this.#row >= columns.count && !this.#advance()) {
      this.#waiting = true
      return false
    }
    const taken = this.#cleanRows(Math.min(rows, columns.count - this.#row))
    // What is to be rejected, and where to stop, is decided record by record.
    if (taken === 0) return this.nextTuple(out)
    const from = this.#row
    this.#row += taken
    const current = this.#current
    const { baseOffset, bytes, offsetDelta, recordAt, valueAt, valueLength } = columns
    this.#positions[current] = baseOffset + offsetDelta[from + taken - 1]! + 1
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
    const place = { baseOffset, deltas, at, origin: this.#origin, frame, number: this.#context.lineage[current]!, recycle: () => this.#pool.give(arrays) }
    out.emitBatch(new KafkaBatch(new TextColumn(bytes, starts, ends, {}, taken), place))
    return true
  }

  /** How many of the next rows can go in a batch: within the limit, of a size that is allowed, and readable. */
  #cleanRows(rows: number): number {
    const { columns } = this.#reader
    const { decodeKey, maxRecordBytes, text } = this.#options
    if (!text || decodeKey !== undefined) return 0
    const { baseOffset, bytes, keyLength, offsetDelta, valueAt, valueLength } = columns
    const { limit } = this.#queues[this.#current]!
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < rows; i++) {
      const row = this.#row + i
      const length = valueLength[row]!
      if (baseOffset + offsetDelta[row]! >= limit || length < 0 || length + keyLength[row]! > maxRecordBytes) return i
      if (!isText(bytes, view, valueAt[row]!, valueAt[row]! + length)) return i
    }
    return rows
  }

  positions(): readonly Position[] {
    return this.#queues.map((queue, i) => ({ partition: queue.name, offset: this.#positions[i]! }))
  }

  lag(): number {
    let lag = 0
    for (let i = 0; i < this.#queues.length; i++) {
      const { endOffset, limit } = this.#queues[i]!
      lag += Math.max(0, Math.min(endOffset, limit) - this.#positions[i]!)
    }
    return lag
  }

  finished(): boolean {
    return this.#queues.every((queue, i) => this.#positions[i]! >= queue.limit)
  }

  close(): void {
    this.#closed = true
    this.#fetcher?.close()
    this.#borrowed?.release()
    this.#fetcher = this.#borrowed = undefined
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
    if (keyLength + valueLength > maxRecordBytes) throw tooLarge(keyLength + valueLength, maxRecordBytes)
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

  /** Goes to the next batch with records, of this chunk or of the next partition that has one. */
  #advance(): boolean {
    while (!this.#closed) {
      try {
        if (this.#current >= 0 && this.#reader.next()) {
          const { columns } = this.#reader
          const { topic, partition } = this.#queues[this.#current]!
          this.#row = 0
          this.#plainFrame = columns.bytes === this.#bytes ? this.#frame : undefined
          this.#origin = { topic, partition, bytes: columns.bytes, baseTimestamp: columns.baseTimestamp, appendTimestamp: columns.appendTimestamp }
          return true
        }
      } catch (thrown) {
        // Of a partition with a broken batch nothing more may be read; the others wait for the stop as well.
        this.close()
        this.#context.fail(thrown)
        return false
      }
      this.#endChunk()
      if (!this.#beginChunk()) return false
    }
    return false
  }

  #endChunk(): void {
    const current = this.#current
    if (current < 0) return
    this.#frame?.letGo()
    this.#frame = this.#plainFrame = undefined
    const { limit } = this.#queues[current]!
    this.#positions[current] = Math.max(this.#positions[current]!, Math.min(this.#chunkEnd, limit))
  }

  #beginChunk(): boolean {
    const count = this.#queues.length
    for (let i = 1; i <= count; i++) {
      const next = (this.#current + i) % count
      const queue = this.#queues[next]!
      const wasFull = queue.full
      const chunk = queue.take()
      if (chunk === undefined) continue
      if (wasFull && !queue.full) this.#fetcher?.drained()
      this.#current = next
      this.#chunkEnd = chunk.nextOffset
      this.#frame = chunk.frame
      this.#bytes = chunk.bytes
      this.#reader.begin({ partition: queue.name, ...chunk })
      return true
    }
    return false
  }

  /** What follows in the chunk is beyond the end of this run. */
  #stopAtLimit(queue: PartitionQueue): void {
    this.#chunkEnd = queue.limit
    this.#reader.end()
    this.#row = 0
  }
}

function tooLarge(bytes: number, maxBytes: number): MillraceError {
  return new MillraceError('MR_RECORD_TOO_LARGE', `a record has ${bytes} bytes, more than the ${maxBytes} allowed`, { remedy: 'raise fetch.maxRecordBytes of the spout, or correct the producer' })
}
