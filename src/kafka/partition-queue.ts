import type { AbortedTransactions } from '../wire/aborted-transactions.ts'
import { batchEnd, lastOffset } from '../wire/record-batch.ts'
import type { FetchedFrame } from './fetched-frame.ts'

/** At least so much of a partition is read before another has its turn. */
const turnBytes = 2 ** 16

/** What one answer held of one partition, or a part of it: whole batches, not yet looked into. */
export interface Chunk {
  /** Held as long as the chunk is not read. */
  readonly frame: FetchedFrame | undefined
  readonly bytes: Buffer
  readonly at: number
  readonly end: number
  /** The offset that was asked for. */
  readonly wanted: number
  /** The offset after the last batch. */
  readonly nextOffset: number
  readonly aborted: AbortedTransactions | undefined
}

export interface PartitionQueueOptions {
  readonly topic: string
  readonly partition: number
  /** First offset to ask for. */
  readonly offset: number
  /** Nothing at or after it is asked for. */
  readonly limit: number
  /** With this much queued nothing more is asked for. */
  readonly highBytes: number
}

/**
 * What was fetched of one partition and not read yet. Answers enter as a chain: each begins at the
 * offset where the one before it ended, anything else is dropped, so that nothing is lost or doubled
 * whatever happens to connections and leaders.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly limit: number
  readonly name: string
  /** The offset to ask for next. */
  fetchOffset: number
  /** End of what can be read, as the broker last said; -1 before its first answer. */
  endOffset = -1
  readonly #highBytes: number
  readonly #chunks: Chunk[] = []
  #bytes = 0

  constructor({ topic, partition, offset, limit, highBytes }: PartitionQueueOptions) {
    this.topic = topic
    this.partition = partition
    this.limit = limit
    this.name = `${topic}/${partition}`
    this.fetchOffset = offset
    this.#highBytes = highBytes
  }

  /** True when all that is wanted was fetched. */
  get complete(): boolean {
    return this.fetchOffset >= this.limit
  }

  /** True when more is wanted but enough is queued. */
  get full(): boolean {
    return this.#bytes >= this.#highBytes
  }

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  /** False, and nothing done, when the chunk does not continue the chain. */
  offer(chunk: Chunk): boolean {
    if (chunk.wanted !== this.fetchOffset || chunk.nextOffset <= chunk.wanted) return false
    this.#chunks.push(chunk)
    this.#bytes += chunk.end - chunk.at
    this.fetchOffset = chunk.nextOffset
    return true
  }

  /** The next whole batches, not more than a few: partitions take turns often, so that their times go on side by side. */
  take(): Chunk | undefined {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return undefined
    const taken = this.#cut(chunk)
    if (taken === chunk) this.#chunks.shift()
    else {
      chunk.frame?.hold()
      this.#chunks[0] = { ...chunk, at: taken.end, wanted: taken.nextOffset }
    }
    this.#bytes -= taken.end - taken.at
    return taken
  }

  #cut(chunk: Chunk): Chunk {
    const { at, bytes } = chunk
    let end = at
    let last = -1
    while (end - at < turnBytes) {
      const next = batchEnd(bytes, end, chunk.end, this.name)
      if (next < 0) return chunk
      last = lastOffset(bytes, end)
      end = next
    }
    return end === chunk.end ? chunk : { ...chunk, end, nextOffset: Math.max(last + 1, chunk.wanted) }
  }
}
