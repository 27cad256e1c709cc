import { readTime } from '../../../wire/record-batch.ts'
import { writeInt64 } from './batch-header.ts'

const offsetEntryBytes = 8
const timeEntryBytes = 12

/**
 * Where batches of a segment lie, one entry for each so many bytes of log, in memory and in Kafka's
 * format on disk:
 *
 * - `.index`: i32 last offset of a batch less the segment's base, i32 position of that batch;
 * - `.timeindex`: i64 greatest timestamp so far, i32 last offset, less the base, of the batch that has it.
 */
export class SegmentIndex {
  /** Of the segment's batches; -1 when none has a time. */
  maxTimestamp = -1
  #maxTimestampOffset = 0
  #count = 0
  #offsets = new Int32Array(16)
  #positions = new Int32Array(16)
  #timeCount = 0
  #times = new Float64Array(16)
  #timeOffsets = new Int32Array(16)
  #bytesSinceEntry = 0

  /** Takes note of the batch behind all others. `lastOffset` is less the segment's base. */
  add(lastOffset: number, position: number, sizeBytes: number, maxTimestamp: number, intervalBytes: number): void {
    if (maxTimestamp > this.maxTimestamp) {
      this.maxTimestamp = maxTimestamp
      this.#maxTimestampOffset = lastOffset
    }
    if (this.#bytesSinceEntry > intervalBytes) {
      this.#pushOffset(lastOffset, position)
      this.#pushTime(this.maxTimestamp, this.#maxTimestampOffset)
      this.#bytesSinceEntry = 0
    }
    this.#bytesSinceEntry += sizeBytes
  }

  /** Whether files of so many bytes have no room for another entry, the closing one of the times included. */
  isFull(maxBytes: number): boolean {
    return (this.#count + 1) * offsetEntryBytes > maxBytes || (this.#timeCount + 2) * timeEntryBytes > maxBytes
  }

  /** Position of a batch at or before the one that holds this offset. */
  positionBefore(offset: number): number {
    const entry = floor(this.#offsets, this.#count, offset)
    return entry < 0 ? 0 : this.#positions[entry]!
  }

  /** The last batch known to begin at or before the position. */
  batchBefore(position: number): number {
    const entry = floor(this.#positions, this.#count, position)
    return entry < 0 ? 0 : this.#positions[entry]!
  }

  /** Last offset of a batch at or behind the position, or undefined when none is known. */
  offsetFrom(position: number): number | undefined {
    const entry = floor(this.#positions, this.#count, position - 1) + 1
    return entry < this.#count ? this.#offsets[entry]! : undefined
  }

  /** An offset before which all records are older than the time. */
  offsetBeforeTime(time: number): number {
    const entry = floor(this.#times, this.#timeCount, time)
    return entry < 0 ? 0 : this.#timeOffsets[entry]!
  }

  /** Last offset of the first batch that has the greatest timestamp. */
  get maxTimestampOffset(): number {
    return this.#maxTimestampOffset
  }

  encodeOffsets(): Buffer {
    const bytes = Buffer.alloc(this.#count * offsetEntryBytes)
    for (let i = 0; i < this.#count; i++) {
      bytes.writeInt32BE(this.#offsets[i]!, i * offsetEntryBytes)
      bytes.writeInt32BE(this.#positions[i]!, i * offsetEntryBytes + 4)
    }
    return bytes
  }

  /** Ends with the greatest timestamp of all, as Kafka closes the index of a full segment. */
  encodeTimes(): Buffer {
    const closing = this.maxTimestamp > (this.#timeCount === 0 ? -1 : this.#times[this.#timeCount - 1]!)
    const bytes = Buffer.alloc((this.#timeCount + (closing ? 1 : 0)) * timeEntryBytes)
    for (let i = 0; i < this.#timeCount; i++) {
      writeInt64(bytes, this.#times[i]!, i * timeEntryBytes)
      bytes.writeInt32BE(this.#timeOffsets[i]!, i * timeEntryBytes + 8)
    }
    if (closing) {
      writeInt64(bytes, this.maxTimestamp, this.#timeCount * timeEntryBytes)
      bytes.writeInt32BE(this.#maxTimestampOffset, this.#timeCount * timeEntryBytes + 8)
    }
    return bytes
  }

  /** The index in the two files, or undefined when they cannot belong to a segment of this size: it is then built anew. */
  static decode(offsets: Buffer, times: Buffer, segmentBytes: number): SegmentIndex | undefined {
    if (offsets.length % offsetEntryBytes !== 0 || times.length % timeEntryBytes !== 0) return undefined
    const index = new SegmentIndex()
    let lastOffset = -1
    let lastPosition = -1
    for (let at = 0; at < offsets.length; at += offsetEntryBytes) {
      const offset = offsets.readInt32BE(at)
      const position = offsets.readInt32BE(at + 4)
      if (offset <= lastOffset || position <= lastPosition || position >= segmentBytes) return undefined
      index.#pushOffset(offset, position)
      lastOffset = offset
      lastPosition = position
    }
    for (let at = 0; at < times.length; at += timeEntryBytes) {
      const time = readTime(times, at)
      const offset = times.readInt32BE(at + 8)
      if (time <= index.maxTimestamp || offset < index.#maxTimestampOffset) return undefined
      index.#pushTime(time, offset)
      index.maxTimestamp = time
      index.#maxTimestampOffset = offset
    }
    // Without its distance from the last batch, the next entry may come a little early.
    index.#bytesSinceEntry = segmentBytes - Math.max(0, lastPosition)
    return index
  }

  #pushOffset(offset: number, position: number): void {
    if (this.#count === this.#offsets.length) {
      this.#offsets = grown(this.#offsets, new Int32Array(2 * this.#count))
      this.#positions = grown(this.#positions, new Int32Array(2 * this.#count))
    }
    this.#offsets[this.#count] = offset
    this.#positions[this.#count] = position
    this.#count++
  }

  #pushTime(time: number, offset: number): void {
    if (time < 0 || (this.#timeCount > 0 && time <= this.#times[this.#timeCount - 1]!)) return
    if (this.#timeCount === this.#times.length) {
      this.#times = grown(this.#times, new Float64Array(2 * this.#timeCount))
      this.#timeOffsets = grown(this.#timeOffsets, new Int32Array(2 * this.#timeCount))
    }
    this.#times[this.#timeCount] = time
    this.#timeOffsets[this.#timeCount] = offset
    this.#timeCount++
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

/** Place of the last of the first `count` values that is not greater, or -1. */
function floor(values: Int32Array | Float64Array, count: number, value: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
