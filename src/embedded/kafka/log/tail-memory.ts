import { nextBatchAt } from './batch-header.ts'
import { lastOffset } from '../../../wire/record-batch.ts'
import type { SegmentIndex } from './segment-index.ts'

const smallestChunkBytes = 16 * 1_024
const largestChunkBytes = 1_024 * 1_024

/** Whole batches that lie one behind the other in a segment. */
interface Chunk {
  /** In the segment. */
  readonly position: number
  readonly bytes: Buffer
  length: number
}

/** How much of all logs' ends is kept in memory; the chunk made first goes first. */
export class TailMemory {
  readonly #limitBytes: number
  readonly #chunks = new Map<Chunk, SegmentTail>()
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  add(chunk: Chunk, owner: SegmentTail): void {
    this.#chunks.set(chunk, owner)
    this.#usedBytes += chunk.bytes.length
    for (const [oldest, tail] of this.#chunks) {
      if (this.#usedBytes <= this.#limitBytes || oldest === chunk) break
      this.remove(oldest)
      tail.forget(oldest)
    }
  }

  remove(chunk: Chunk): void {
    if (this.#chunks.delete(chunk)) this.#usedBytes -= chunk.bytes.length
  }
}

/**
 * The end of a segment in memory: appended batches are copied in, written to disk from here and served
 * from here, many at a time. What is served stays valid when its chunk is given up.
 */
export class SegmentTail {
  readonly #memory: TailMemory
  #chunks: Chunk[] = []

  constructor(memory: TailMemory) {
    this.#memory = memory
  }

  /** From this position on the segment is in memory; Infinity when nothing is. */
  get start(): number {
    return this.#chunks[0]?.position ?? Infinity
  }

  /** Copies a batch in behind the last; answers the copy. */
  append(batch: Buffer, position: number): Buffer {
    let chunk = this.#chunks.at(-1)
    if (chunk !== undefined && chunk.position + chunk.length !== position) {
      this.clear()
      chunk = undefined
    }
    if (chunk === undefined || chunk.bytes.length - chunk.length < batch.length) {
      const wanted = chunk === undefined ? smallestChunkBytes : Math.min(largestChunkBytes, 2 * chunk.bytes.length)
      chunk = { position, bytes: Buffer.allocUnsafeSlow(Math.max(wanted, batch.length)), length: 0 }
      this.#chunks.push(chunk)
      this.#memory.add(chunk, this)
    }
    const copy = chunk.bytes.subarray(chunk.length, chunk.length + batch.length)
    copy.set(batch)
    chunk.length += batch.length
    return copy
  }

  /** Cuts off what lies at the position and behind. */
  truncate(position: number): void {
    while (this.#chunks.length > 0 && this.#chunks.at(-1)!.position >= position) this.#memory.remove(this.#chunks.pop()!)
    const last = this.#chunks.at(-1)
    if (last !== undefined) last.length = Math.min(last.length, position - last.position)
  }

  forget(chunk: Chunk): void {
    this.#chunks = this.#chunks.filter((other) => other !== chunk)
  }

  clear(): void {
    for (const chunk of this.#chunks) this.#memory.remove(chunk)
    this.#chunks = []
  }

  /** Position of the first batch whose last offset is not less, looking from a batch's position in memory on; `limit` when there is none before it. */
  locate(offset: number, from: number, limit: number): number {
    for (let i = this.#chunkAt(from); i < this.#chunks.length; i++) {
      const { bytes, position, length } = this.#chunks[i]!
      for (let at = Math.max(0, from - position); at < length && position + at < limit; at = nextBatchAt(bytes, at)) {
        if (lastOffset(bytes, at) >= offset) return position + at
      }
    }
    return limit
  }

  /** Whole batches from `start` on, as many as fit in `maxBytes`, the first one in any case if so wanted. */
  slices(start: number, limit: number, maxBytes: number, minOneBatch: boolean, index: SegmentIndex): Buffer[] {
    const stop = Math.min(limit, start + maxBytes)
    const found: Buffer[] = []
    for (let i = this.#chunkAt(start); i < this.#chunks.length; i++) {
      const { bytes, position, length } = this.#chunks[i]!
      if (position >= limit) break
      const from = Math.max(0, start - position)
      let to = length
      if (position + length > stop) {
        to = Math.max(from, index.batchBefore(stop) - position)
        for (let next = nextBatchAt(bytes, to); position + next <= stop; next = nextBatchAt(bytes, to)) {
          to = next
          if (to >= length) break
        }
      }
      if (to === from && found.length === 0 && minOneBatch) to = nextBatchAt(bytes, from)
      if (to > from) found.push(bytes.subarray(from, to))
      if (position + to >= stop || to < length) break
    }
    return found
  }

  #chunkAt(position: number): number {
    let i = this.#chunks.length - 1
    while (i > 0 && this.#chunks[i]!.position > position) i--
    return Math.max(0, i)
  }
}
