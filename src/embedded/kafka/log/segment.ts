import { renameSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Disk } from '../../journal/disk.ts'
import { batchAt, lastOffset } from '../../../wire/record-batch.ts'
import { Refusal } from '../refusal.ts'
import type { AbortedRange } from './aborted-index.ts'
import { encodeAborted } from './aborted-index.ts'
import type { BatchHeader } from './batch-header.ts'
import { nextBatchAt, readBatchHeader } from './batch-header.ts'
import { SegmentFile } from './segment-file.ts'
import { SegmentIndex } from './segment-index.ts'
import { cleanedSuffix, deletedSuffix, segmentPath, segmentSuffixes } from './segment-names.ts'
import type { SegmentSuffix } from './segment-names.ts'
import { SegmentTail } from './tail-memory.ts'
import type { TailMemory } from './tail-memory.ts'
import { writeFileDurably } from './write-file-durably.ts'

export interface SegmentPlace {
  readonly directory: string
  readonly baseOffset: number
  readonly disk: Disk
  readonly memory: TailMemory
}

/** Between two entries of an index there are some 4 KiB. */
const fewHeadersBytes = 16_384
const manyHeadersBytes = 1 << 20
const rebuiltIntervalBytes = 4_096

/** Tells apart files that had the same name one after the other. */
let retired = 0

/** One file of a log: batches back to back, with its indexes. */
export class Segment {
  readonly baseOffset: number
  readonly file: SegmentFile
  readonly tail: SegmentTail
  /** What readers may see; bytes being written lie behind it. */
  sizeBytes = 0
  /** Greatest timestamp of its first batch. */
  firstTimestamp: number | undefined
  /** When it was last appended to, ms since 1970. */
  lastWriteMs = 0
  /** Transactions whose abort marker is in this segment, in the order of their markers. */
  readonly aborted: AbortedRange[] = []
  readonly #place: SegmentPlace
  /** Kept for a full segment while it is used: it can be read back or built anew. */
  #index: SegmentIndex | undefined = new SegmentIndex()
  #loading: Promise<SegmentIndex> | undefined
  #maxTimestamp = -1
  #maxTimestampOffset: number
  #usedSinceTick = true
  #retired = false
  /** Behind its files' names until it takes the place of others. */
  #suffix: string

  constructor(place: SegmentPlace, isCleaned = false) {
    this.#place = place
    this.#suffix = isCleaned ? cleanedSuffix : ''
    this.baseOffset = place.baseOffset
    this.#maxTimestampOffset = place.baseOffset
    this.file = new SegmentFile(place.disk, this.pathOf('.log'))
    this.tail = new SegmentTail(place.memory)
  }

  pathOf(suffix: SegmentSuffix): string {
    return `${segmentPath(this.#place.directory, this.baseOffset, suffix)}${this.#suffix}`
  }

  /** Greatest timestamp of its records, -1 when none has one. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** Last offset of the first batch with the greatest timestamp. */
  get maxTimestampOffset(): number {
    return this.#maxTimestampOffset
  }

  /** Notes a batch that now lies behind all others. */
  add(batch: BatchHeader, intervalBytes: number): void {
    this.#index?.add(batch.lastOffset - this.baseOffset, this.sizeBytes, batch.sizeBytes, batch.maxTimestamp, intervalBytes)
    this.firstTimestamp ??= batch.maxTimestamp
    this.sizeBytes += batch.sizeBytes
    if (batch.maxTimestamp > this.#maxTimestamp) {
      this.#maxTimestamp = batch.maxTimestamp
      this.#maxTimestampOffset = batch.lastOffset
    }
  }

  /** Whether another batch would need an index larger than allowed. */
  indexIsFull(maxBytes: number): boolean {
    return this.#index?.isFull(maxBytes) ?? false
  }

  /** Takes an index that was written when the segment was whole. False when it does not fit the segment. */
  async openIndex(sizeBytes: number): Promise<boolean> {
    const index = await this.#readIndex(sizeBytes)
    if (index === undefined) return false
    this.#index = index
    this.sizeBytes = sizeBytes
    this.#maxTimestamp = index.maxTimestamp
    this.#maxTimestampOffset = index.maxTimestampOffset + this.baseOffset
    return true
  }

  /** Writes the indexes next to the log. */
  async writeIndexes(): Promise<void> {
    const { disk } = this.#place
    const index = await this.#loadedIndex()
    await writeFileDurably(disk, this.pathOf('.index'), index.encodeOffsets())
    await writeFileDurably(disk, this.pathOf('.timeindex'), index.encodeTimes())
    if (this.aborted.length > 0 || this.#suffix !== '') await this.writeAborted()
  }

  /** The part of its indexes that does not follow from its bytes alone. */
  async writeAborted(): Promise<void> {
    await writeFileDurably(this.#place.disk, this.pathOf('.txnindex'), encodeAborted(this.aborted))
  }

  /** Lets go of index and file when nobody has asked for them since the last call. */
  async releaseIdle(): Promise<void> {
    if (this.#usedSinceTick) {
      this.#usedSinceTick = false
      return
    }
    this.#index = undefined
    await this.file.closeWhenIdle()
  }

  /** Out of force: its names now belong to another, or to nobody. Who reads it may go on. */
  retire(): void {
    this.#retired = true
    this.tail.clear()
    retired++
    this.file.rename(`${this.pathOf('.log')}.${retired}${deletedSuffix}`)
  }

  /** Drops the ending that a cleaned segment's files have until it is in force; the log goes last. */
  takeNames(): void {
    for (const suffix of segmentSuffixes.toReversed()) {
      const path = this.pathOf(suffix)
      if (suffix !== '.log') renameSync(path, path.slice(0, -this.#suffix.length))
    }
    this.file.rename(this.file.path.slice(0, -this.#suffix.length))
    this.#suffix = ''
  }

  /** An estimate that needs no disk, never less than what is there and exact in the tail. */
  bytesFrom(offset: number): number {
    const from = this.#index?.positionBefore(offset - this.baseOffset) ?? 0
    const start = from < this.tail.start ? from : this.tail.locate(offset, from, this.sizeBytes)
    return this.sizeBytes - start
  }

  /** Position of the first batch whose last offset is not less than `offset`; the size when there is none. */
  async locate(offset: number): Promise<number> {
    const index = await this.#loadedIndex()
    const from = index.positionBefore(offset - this.baseOffset)
    if (from >= this.tail.start) return this.tail.locate(offset, from, this.sizeBytes)
    return this.#find(from, fewHeadersBytes, (bytes, at) => lastOffset(bytes, at) >= offset)
  }

  /** The first batch at or behind an offset, and fit for the purpose: a copy, with its header. */
  async findBatch(offset: number, fits: (batch: BatchHeader) => boolean): Promise<{ readonly bytes: Buffer; readonly header: BatchHeader } | undefined> {
    const at = await this.#find(await this.locate(offset), manyHeadersBytes, (bytes, at) => fits(readBatchHeader(bytes, at)))
    if (at >= this.sizeBytes) return undefined
    const [bytes] = await this.readAt(at, this.sizeBytes, 0, true)
    return { bytes: bytes!, header: readBatchHeader(bytes!, 0) }
  }

  /** An offset before which all records are older than the time. */
  async offsetBeforeTime(time: number): Promise<number> {
    return this.baseOffset + (await this.#loadedIndex()).offsetBeforeTime(time)
  }

  /** Last offset of a batch that begins at or behind the position, near to it; undefined when the index knows none. */
  async offsetFrom(position: number): Promise<number | undefined> {
    const offset = (await this.#loadedIndex()).offsetFrom(position)
    return offset === undefined ? undefined : this.baseOffset + offset
  }

  /**
   * Whole batches of `[start, limit)`, both where a batch begins, in as few pieces as may be and of at
   * most `maxBytes`; the first one whatever its size when `minOneBatch`.
   */
  async readAt(start: number, limit: number, maxBytes: number, minOneBatch: boolean): Promise<Buffer[]> {
    const index = await this.#loadedIndex()
    // The tail may have shrunk while the index was loaded.
    if (start >= this.tail.start) return this.tail.slices(start, limit, maxBytes, minOneBatch, index)
    const wanted = Math.min(limit - start, Math.max(maxBytes, batchAt.records))
    const bytes = await this.#readBytes(start, wanted)
    const stop = Math.min(start + Math.max(0, maxBytes), start + bytes.length)
    let end = Math.max(start, index.batchBefore(stop))
    for (let at = end - start; bytes.length - at >= batchAt.records; at = end - start) {
      const next = start + this.#checkedNext(bytes, at, limit - start)
      if (next > stop) break
      end = next
    }
    if (end > start) return [bytes.subarray(0, end - start)]
    if (!minOneBatch) return []
    const first = this.#checkedNext(bytes, 0, limit - start)
    return [first <= bytes.length ? bytes.subarray(0, first) : await this.#readBytes(start, first)]
  }

  /** Position of the first batch from `from` on that is found by its header; the size when there is none. */
  async #find(from: number, windowBytes: number, found: (bytes: Buffer, at: number, position: number) => boolean): Promise<number> {
    const { sizeBytes } = this
    let position = from
    while (position < sizeBytes) {
      const bytes = await this.#readBytes(position, Math.min(windowBytes, sizeBytes - position))
      let at = 0
      while (bytes.length - at >= batchAt.records) {
        if (found(bytes, at, position + at)) return position + at
        at = this.#checkedNext(bytes, at, sizeBytes - position)
      }
      if (at === 0) throw this.#damaged(position)
      position += at
    }
    return sizeBytes
  }

  async #readBytes(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length)
    const read = await this.file.use((file) => file.read(bytes, position))
    if (read < length) throw this.#damaged(position + read)
    return bytes
  }

  /** Bytes rot after they were checked: a length that leads outside must not be followed. */
  #checkedNext(bytes: Buffer, at: number, limit: number): number {
    const next = nextBatchAt(bytes, at)
    if (next < at + batchAt.records || next > limit) throw this.#damaged(at)
    return next
  }

  #damaged(position: number): Refusal {
    return new Refusal('KAFKA_STORAGE_ERROR', `${this.file.path} is damaged near byte ${position}; restore it from a copy`)
  }

  async #loadedIndex(): Promise<SegmentIndex> {
    this.#usedSinceTick = true
    if (this.#index !== undefined) return this.#index
    this.#loading ??= this.#readIndex(this.sizeBytes).then(async (read) => read ?? await this.#buildIndex()).finally(() => (this.#loading = undefined))
    this.#index = await this.#loading
    return this.#index
  }

  async #readIndex(sizeBytes: number): Promise<SegmentIndex | undefined> {
    if (this.#retired) return undefined
    try {
      return SegmentIndex.decode(await readFile(this.pathOf('.index')), await readFile(this.pathOf('.timeindex')), sizeBytes)
    } catch {
      return undefined
    }
  }

  async #buildIndex(): Promise<SegmentIndex> {
    const index = new SegmentIndex()
    await this.#find(0, manyHeadersBytes, (bytes, at, position) => {
      const batch = readBatchHeader(bytes, at)
      index.add(batch.lastOffset - this.baseOffset, position, batch.sizeBytes, batch.maxTimestamp, rebuiltIntervalBytes)
      return false
    })
    return index
  }
}
