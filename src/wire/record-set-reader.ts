import { crc32c } from '../base/crc32c.ts'
import { MillraceError } from '../errors.ts'
import type { AbortedTransactions } from './aborted-transactions.ts'
import { codecs, decompress, OversizeError } from './codec.ts'
import { attribute, batchAt, batchEnd, corrupt, followingOffset } from './record-batch.ts'
import { RecordColumns } from './record-columns.ts'

/** The record batches of one partition in one answer. */
export interface RecordSet {
  /** `topic/partition`, for errors. */
  readonly partition: string
  readonly bytes: Buffer
  readonly at: number
  readonly end: number
  /** Records before this offset are passed over: a broker sends whole batches. */
  readonly wanted: number
  /** With read_committed; undefined leaves aborted records in. */
  readonly aborted: AbortedTransactions | undefined
}

export interface ReaderOptions {
  readonly checkCrcs: boolean
  /** What one batch may decompress to. */
  readonly maxBatchBytes: number
}

/**
 * Walks the batches of record sets, one at a time, into {@link RecordSetReader.columns}. Nothing is
 * decompressed or walked before it is asked for. A fault throws MillraceError, and `nextOffset` stays in front of it.
 */
export class RecordSetReader {
  readonly columns = new RecordColumns()
  /** The offset after every batch read so far. */
  nextOffset = 0
  readonly #options: ReaderOptions
  #set: RecordSet | undefined
  #at = 0
  #previousEnd = -1

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  begin(set: RecordSet): void {
    this.#set = set
    this.#at = set.at
    this.#previousEnd = -1
    this.nextOffset = set.wanted
    this.columns.count = 0
  }

  /**
   * Goes to the next batch with records that count; false when the set has no more. Batches without
   * (control, aborted, below the wanted offset, emptied by compaction) are passed over.
   */
  next(): boolean {
    const set = this.#set
    if (set === undefined) return false
    const { bytes, partition } = set
    while (this.#at < set.end) {
      const at = this.#at
      const end = batchEnd(bytes, at, set.end, partition)
      if (end < 0) break
      const last = followingOffset(bytes, at, this.#previousEnd, partition)
      const read = last >= set.wanted && this.#read(set, at, end)
      this.#at = end
      this.#previousEnd = last + 1
      if (last + 1 > this.nextOffset) this.nextOffset = last + 1
      if (read) return true
    }
    this.end()
    return false
  }

  /** Lets go of the set, and of what its last batch decompressed to. */
  end(): void {
    this.#set = undefined
    this.columns.clear()
  }

  /** False when the batch has no record that counts. */
  #read(set: RecordSet, at: number, end: number): boolean {
    const { bytes, partition } = set
    const { columns } = this
    columns.readHeader(bytes, at)
    const offset = columns.baseOffset
    if (this.#options.checkCrcs && crc32c(bytes.subarray(at + batchAt.attributes, end)) !== bytes.readUInt32BE(at + batchAt.crc)) {
      throw corrupt('a batch has another checksum than its bytes', { partition, offset })
    }
    const attributes = bytes[at + batchAt.attributes + 1]!
    const aborted = set.aborted?.covers(bytes, at) ?? false
    const count = bytes.readInt32BE(at + batchAt.count)
    if (count === 0 && end > at + batchAt.records) throw corrupt('a batch says it has no records, but has bytes of some', { partition, offset })
    if (aborted || count === 0 || (attributes & attribute.control) !== 0) return false

    const number = attributes & attribute.codecMask
    const plain = number === 0
    const records = plain ? bytes : this.#decompress(set, number, at, end, offset)
    const from = plain ? at + batchAt.records : 0
    const to = plain ? end : records.length
    const fault = columns.fill(records, from, to, count, bytes.readInt32BE(at + batchAt.lastOffsetDelta), set.wanted - offset)
    if (fault !== undefined) throw corrupt(fault, { partition, offset })
    return columns.count > 0
  }

  #decompress(set: RecordSet, number: number, at: number, end: number, offset: number): Buffer {
    const { partition } = set
    const codec = codecs[number]
    if (codec === undefined) {
      throw new MillraceError('MR_KAFKA_CODEC', `a batch is compressed with codec ${number}`, {
        place: { partition, offset },
        remedy: `use one of ${codecs.join(', ')} in the producer (compression.type)`,
      })
    }
    const { maxBatchBytes } = this.#options
    let records: Buffer
    try {
      records = decompress(codec, set.bytes.subarray(at + batchAt.records, end), maxBatchBytes)
    } catch (thrown) {
      if (!(thrown instanceof OversizeError)) throw corrupt(`a batch cannot be decompressed (${codec})`, { partition, offset }, thrown)
      throw new MillraceError('MR_RECORD_TOO_LARGE', `a batch decompresses (${codec}) to more than ${maxBatchBytes} bytes`, {
        place: { partition, offset },
        remedy: 'raise fetch.maxBatchBytes of the spout',
      })
    }
    return records
  }
}
