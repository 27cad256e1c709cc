import type { Position } from '../topology/source.ts'
import type { SpoutCollector, SpoutContext, SpoutTask } from '../topology/spout.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { ByteRoom } from './byte-room.ts'
import type { FetchPort } from './fetch-port.ts'
import { Fetcher } from './fetcher.ts'
import type { FetcherOptions } from './fetcher.ts'
import { splitPartition } from './partition-name.ts'
import { PartitionQueue } from './partition-queue.ts'
import { columnsOfBatch, PartitionReader, type PartitionReaderOptions } from './partition-reader.ts'

export interface SpoutTaskOptions extends FetcherOptions, PartitionReaderOptions {}

/** A port to fetch through, given back with `release` when the task closes. */
export interface BorrowedPort {
  readonly port: FetchPort
  release(): void
}

/** Records of a partition before another has its turn: their times go on side by side, and so do windows. */
const turnRows = 256
/** Records that a partition may come behind the others, for want of data, and be read first afterwards to catch up. */
const mostBehind = 2 ** 14

/** Reads the partitions of one task in turns. */
export class KafkaSpoutTask implements SpoutTask {
  readonly #context: SpoutContext
  readonly #options: SpoutTaskOptions
  readonly #borrow: () => BorrowedPort
  readonly #readers: readonly PartitionReader[]
  #borrowed: BorrowedPort | undefined
  #fetcher: Fetcher | undefined
  #waiting = false
  #closed = false
  /** The reader whose turn it is, and what is left of it. */
  #current = -1
  #left = 0
  /** By reader: records of its turns. The one with the fewest is next, whatever came when. */
  readonly #read: number[]
  /** A partition may have something to read that had not a moment ago, for want of room to decompress it. */
  #unpackedLess = false

  constructor(context: SpoutContext, options: SpoutTaskOptions, borrow: () => BorrowedPort) {
    this.#context = context
    this.#options = options
    this.#borrow = borrow
    this.#read = context.positions.map(() => 0)
    const pool = new ColumnPool(columnsOfBatch)
    const unpacked = new ByteRoom(options.maxHeldBytes, () => (this.#unpackedLess = true))
    this.#readers = context.positions.map(({ partition: name, offset }, index) => {
      const { topic, partition } = splitPartition(name)
      const limit = context.limits.get(name) ?? Number.MAX_SAFE_INTEGER
      const queue = new PartitionQueue({ topic, partition, offset, limit, highBytes: options.maxPartitionBytes, drained: () => this.#fetcher?.drained() })
      return new PartitionReader(queue, options, index, context.lineage[index]!, pool, unpacked)
    })
  }

  open(): void {
    const borrowed = this.#borrowed = this.#borrow()
    const { clock, log } = this.#context
    this.#fetcher = new Fetcher(borrowed.port, this.#options, clock, log, {
      arrived: () => {
        if (!this.#waiting) return
        this.#waiting = false
        this.#context.wake()
      },
      failed: (error) => this.#context.fail(error),
    })
    this.#fetcher.start(this.#readers.map(({ queue }) => queue))
  }

  nextTuple(out: SpoutCollector): boolean {
    const reader = this.#readable()
    if (reader === undefined) return false
    this.#left--
    reader.nextTuple(out)
    return true
  }

  nextBatch(rows: number, out: SpoutCollector): boolean {
    const reader = this.#readable()
    if (reader === undefined) return false
    this.#left -= reader.nextBatch(Math.min(rows, this.#left), out)
    return true
  }

  positions(): readonly Position[] {
    return this.#readers.map(({ position, queue }) => ({ partition: queue.name, offset: position }))
  }

  lag(): number {
    let lag = 0
    for (const { position, queue } of this.#readers) lag += Math.max(0, Math.min(queue.endOffset, queue.limit) - position)
    return lag
  }

  finished(): boolean {
    return this.#readers.every(({ position, queue }) => position >= queue.limit)
  }

  limit(limits: ReadonlyMap<string, number>): void {
    for (const { queue } of this.#readers) queue.limit = limits.get(queue.name) ?? Number.MAX_SAFE_INTEGER
    this.#fetcher?.start(this.#readers.map(({ queue }) => queue))
  }

  close(): void {
    this.#closed = true
    this.#fetcher?.close()
    this.#borrowed?.release()
    this.#fetcher = this.#borrowed = undefined
  }

  /** The reader whose turn it is and that has a record. */
  #readable(): PartitionReader | undefined {
    if (this.#closed) return undefined
    const readers = this.#readers
    try {
      if (this.#left > 0 && readers[this.#current]!.ready()) return readers[this.#current]!
      do {
        this.#unpackedLess = false
        if (this.#choose()) return readers[this.#current]!
      } while (this.#unpackedLess)
    } catch (thrown) {
      // Of a partition with a broken batch nothing more may be read; the others wait for the stop as well.
      this.close()
      this.#context.fail(thrown)
      return undefined
    }
    this.#waiting = true
    return undefined
  }

  #choose(): boolean {
    const read = this.#read
    if (this.#current >= 0) read[this.#current]! -= this.#left
    const least = Math.max(...read) - mostBehind
    let chosen = -1
    for (let i = 1; i <= read.length; i++) {
      const next = (this.#current + i) % read.length
      if (read[next]! < least) read[next] = least
      if ((chosen < 0 || read[next]! < read[chosen]!) && this.#readers[next]!.ready()) chosen = next
    }
    this.#left = 0
    if (chosen < 0) return false
    this.#current = chosen
    this.#left = turnRows
    read[chosen]! += turnRows
    return true
  }
}
