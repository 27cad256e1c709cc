import { attribute, baseOffset, batchAt, minRecordBytes, readTime } from './record-batch.ts'

const noBytes = Buffer.alloc(0)
/** What one batch of very many records needed is not kept for all that follow. */
const mostKeptRecords = 65_536

/**
 * The records of one batch as positions in its bytes: no object per record. The arrays are reused by
 * the next `fill`, the bytes are not: whoever keeps `bytes` and a position can read them later.
 */
export class RecordColumns {
  /** The response, or what the batch decompressed to. */
  bytes: Buffer = noBytes
  /** Records in the columns; those before the wanted offset are left out. */
  count = 0
  baseOffset = 0
  baseTimestamp = 0
  /** Timestamp of all records when the broker wrote it, else -1. */
  appendTimestamp = -1
  offsetDelta: Int32Array = new Int32Array(0)
  /** Position of each record, after its length; where {@link recordTimestamp} and others begin. */
  recordAt: Int32Array = new Int32Array(0)
  keyAt: Int32Array = new Int32Array(0)
  /** -1 is null. */
  keyLength: Int32Array = new Int32Array(0)
  valueAt: Int32Array = new Int32Array(0)
  /** -1 is null. */
  valueLength: Int32Array = new Int32Array(0)

  /** Empties the columns and lets go of the bytes. */
  clear(): void {
    this.bytes = noBytes
    this.count = 0
  }

  /** Takes from the header at `at` what concerns all records. */
  readHeader(batch: Buffer, at: number): void {
    this.baseOffset = baseOffset(batch, at)
    this.baseTimestamp = readTime(batch, at + batchAt.baseTimestamp)
    const byAppend = (batch[at + batchAt.attributes + 1]! & attribute.appendTime) !== 0
    this.appendTimestamp = byAppend ? readTime(batch, at + batchAt.maxTimestamp) : -1
  }

  /**
   * Walks `declared` records in `[at, end)` and keeps those from delta `wanted` on. Answers what is
   * wrong with the bytes, or undefined; never reads a key or value outside its record.
   */
  fill(bytes: Buffer, at: number, end: number, declared: number, lastDelta: number, wanted: number): string | undefined {
    this.bytes = bytes
    this.count = 0
    if (declared < 0 || declared > (end - at) / minRecordBytes) return `${declared} records cannot be in ${end - at} bytes`
    this.#grow(declared)
    const { offsetDelta, recordAt, keyAt, keyLength, valueAt, valueLength } = this
    let p = at
    let n = 0
    let previous = -1
    for (let i = 0; i < declared; i++) {
      let v = bytes[p++]!
      if (v > 127) {
        v = longVarint(bytes, p, v)
        p = afterVarint
      }
      const recordEnd = p + (v >>> 1)
      if ((v & 1) !== 0 || recordEnd > end) return `record ${i} runs past its batch`
      const start = p
      p += 2 // attributes, and the first byte of the timestamp delta
      while (p <= recordEnd && bytes[p - 1]! > 127) p++
      v = bytes[p++]!
      if (v > 127) {
        v = longVarint(bytes, p, v)
        p = afterVarint
      }
      const offset = v >>> 1
      if ((v & 1) !== 0 || offset <= previous || offset > lastDelta) return `record ${i} has an offset out of order`
      previous = offset
      v = bytes[p++]!
      if (v > 127) {
        v = longVarint(bytes, p, v)
        p = afterVarint
      }
      if ((v & 1) !== 0 && v !== 1) return `record ${i} has a key of negative length`
      const key = p
      const keyBytes = v === 1 ? -1 : v >>> 1
      if (keyBytes > 0) p += keyBytes
      if (p >= recordEnd) return `record ${i} has a key that runs past it`
      v = bytes[p++]!
      if (v > 127) {
        v = longVarint(bytes, p, v)
        p = afterVarint
      }
      if ((v & 1) !== 0 && v !== 1) return `record ${i} has a value of negative length`
      const valueBytes = v === 1 ? -1 : v >>> 1
      // One byte at least, the number of headers, comes after the value.
      if (p + valueBytes >= recordEnd) return `record ${i} has a value that runs past it`
      if (offset >= wanted) {
        offsetDelta[n] = offset
        recordAt[n] = start
        keyAt[n] = key
        keyLength[n] = keyBytes
        valueAt[n] = p
        valueLength[n] = valueBytes
        n++
      }
      p = recordEnd
    }
    if (p !== end) return `${end - p} bytes follow the last record`
    this.count = n
    return undefined
  }

  #grow(size: number): void {
    const have = this.offsetDelta.length
    if (size <= have && (have <= mostKeptRecords || size > have >> 3)) return
    const room = Math.max(1_024, 1 << (32 - Math.clz32(size - 1)))
    this.offsetDelta = new Int32Array(room)
    this.recordAt = new Int32Array(room)
    this.keyAt = new Int32Array(room)
    this.keyLength = new Int32Array(room)
    this.valueAt = new Int32Array(room)
    this.valueLength = new Int32Array(room)
  }
}

/** Second result of {@link longVarint}: a tuple per varint would be the cost of the walk. */
let afterVarint = 0

/** The rest of a varint whose first byte was `first`. More than five bytes give an odd, so refused, value. */
function longVarint(bytes: Buffer, at: number, first: number): number {
  let p = at
  let x = bytes[p++]!
  let v = (first & 127) | ((x & 127) << 7)
  for (let shift = 14; x > 127; shift += 7) {
    if (shift > 28) {
      v = -1
      break
    }
    x = bytes[p++]!
    v |= (x & 127) << shift
  }
  afterVarint = p
  return v
}
