import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { MillraceError } from '../errors.ts'
import type { Position } from '../topology/source.ts'
import type { RecordColumns } from '../wire/record-columns.ts'
import { RecordSetReader } from '../wire/record-set-reader.ts'
import type { FetchedFrame } from './fetched-frame.ts'
import type { FetchPort } from './fetch-port.ts'
import { Fetcher } from './fetcher.ts'
import type { FetcherOptions } from './fetcher.ts'
import { splitPartition } from './partition-name.ts'
import { PartitionQueue } from './partition-queue.ts'

export interface RecordReaderOptions extends FetcherOptions {
  readonly checkCrcs: boolean
  readonly maxBatchBytes: number
}

export interface PartitionToRead extends Position {
  /** Nothing at or after this offset is read. Default: all there will be. */
  readonly limit?: number
}

/** Records of one partition. Holds until the next call of `next`. */
export interface RecordsRead {
  readonly topic: string
  readonly partition: number
  readonly columns: RecordColumns
  /** Rows of the columns that count; later ones are behind the partition's limit. 0 where only what is no record was passed over: marks of transactions, aborted and compacted records. */
  readonly count: number
  /** Where reading goes on when these are done. */
  readonly nextOffset: number
}

/** Reads partitions batch by batch: for whoever wants records as they are, and no topology. */
export class RecordReader {
  readonly #fetcher: Fetcher
  readonly #reader: RecordSetReader
  readonly #queues: readonly PartitionQueue[]
  #current: PartitionQueue | undefined
  #frame: FetchedFrame | undefined
  #turn = 0
  #failure: MillraceError | undefined
  #closed = false
  #arrived: PromiseWithResolvers<void> | undefined

  constructor(port: FetchPort, partitions: readonly PartitionToRead[], options: RecordReaderOptions, clock: Clock, log: Logger) {
    this.#reader = new RecordSetReader(options)
    this.#queues = partitions.map(({ partition: name, offset, limit = Number.MAX_SAFE_INTEGER }) => {
      const { topic, partition } = splitPartition(name)
      return new PartitionQueue({ topic, partition, offset, limit, highBytes: options.maxPartitionBytes, drained: () => this.#fetcher.drained() })
    })
    this.#fetcher = new Fetcher(port, options, clock, log, {
      arrived: () => this.#arrived?.resolve(),
      failed: (error) => {
        this.#failure = error
        this.#arrived?.resolve()
      },
    })
    this.#fetcher.start(this.#queues)
  }

  /** Waits for the next batch. Undefined when all limits are reached, or the reader was closed. */
  async next(): Promise<RecordsRead | undefined> {
    while (!this.#closed) {
      if (this.#failure !== undefined) throw this.#failure
      const records = this.arrived()
      if (records !== undefined) return records
      if (this.#queues.every((queue) => queue.complete && queue.empty)) return undefined
      this.#arrived = Promise.withResolvers<void>()
      await this.#arrived.promise
    }
    return undefined
  }

  /** Also ends a `next` that waits. */
  close(): void {
    this.#closed = true
    this.#fetcher.close()
    this.#arrived?.resolve()
  }

  /** The next batch if it need not be waited for. */
  arrived(): RecordsRead | undefined {
    for (;;) {
      if (this.#current !== undefined) {
        const { topic, partition, limit } = this.#current
        const before = this.#reader.nextOffset
        this.#reader.next()
        const { columns, nextOffset } = this.#reader
        let { count } = columns
        while (count > 0 && columns.baseOffset + columns.offsetDelta[count - 1]! >= limit) count--
        if (nextOffset > before) return { topic, partition, columns, count, nextOffset: Math.min(nextOffset, limit) }
      }
      if (!this.#nextChunk()) return undefined
    }
  }

  /** Partitions take turns. */
  #nextChunk(): boolean {
    this.#current = undefined
    // Whoever was given the records may still write them out.
    this.#frame?.pin()
    this.#frame?.letGo()
    this.#frame = undefined
    for (let tried = 0; tried < this.#queues.length; tried++) {
      const queue = this.#queues[this.#turn++ % this.#queues.length]!
      const chunk = queue.take()
      if (chunk === undefined) continue
      this.#current = queue
      this.#frame = chunk.frame
      this.#reader.begin({ partition: queue.name, ...chunk })
      return true
    }
    return false
  }
}
