import type { AbortedTransactions } from '../wire/aborted-transactions.ts'
import type { FetchedFrame } from './fetched-frame.ts'

/** What one answer held of one partition: whole batches, not yet looked into. */
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
  /** Called when it is full no more. */
  drained(): void
}

/**
 * What was fetched of one partition and not read yet. Answers enter as a chain: each begins at the
 * offset where the one before it ended, anything else is dropped, so that nothing is lost or doubled
 * whatever happens to connections and leaders.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  /** May be moved. */
  limit: number
  readonly name: string
  /** The offset to ask for next. */
  fetchOffset: number
  /** End of what can be read, as the broker last said; -1 before its first answer. */
  endOffset = -1
  readonly #highBytes: number
  readonly #drained: () => void
  readonly #chunks: Chunk[] = []
  #bytes = 0

  constructor({ topic, partition, offset, limit, highBytes, drained }: PartitionQueueOptions) {
    this.topic = topic
    this.partition = partition
    this.limit = limit
    this.name = `${topic}/${partition}`
    this.fetchOffset = offset
    this.#highBytes = highBytes
    this.#drained = drained
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

  /** Drops what is queued: when the limit is moved, records are asked for again from this offset on. */
  cut(offset: number): void {
    for (const { frame } of this.#chunks.splice(0)) frame?.letGo()
    this.#bytes = 0
    this.fetchOffset = offset
  }

  take(): Chunk | undefined {
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return undefined
    const wasFull = this.full
    this.#bytes -= chunk.end - chunk.at
    if (wasFull && !this.full) this.#drained()
    return chunk
  }
}
