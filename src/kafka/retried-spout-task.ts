import { MillraceError } from '../errors.ts'
import type { Position } from '../topology/source.ts'
import type { SpoutCollector, SpoutContext, SpoutTask } from '../topology/spout.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { byteLength, RecordBatchBuilder } from '../wire/record-batch-builder.ts'
import { ByteRoom } from './byte-room.ts'
import { readDeadLetterHeaders, type DeadLetterFacts } from './dead-letter-headers.ts'
import { originalRecords, type OriginalRecord } from './original-records.ts'
import { splitPartition } from './partition-name.ts'
import { PartitionQueue } from './partition-queue.ts'
import { columnsOfBatch, PartitionReader } from './partition-reader.ts'
import { letterOf } from './retried-letters.ts'
import type { BorrowedPort, SpoutTaskOptions } from './spout-task.ts'

/** Emits records again from their dead letters, as they were: a partition of the task is one of them, from 0 to 1. */
export class RetriedSpoutTask implements SpoutTask {
  readonly #context: SpoutContext
  readonly #options: SpoutTaskOptions
  readonly #borrow: () => BorrowedPort
  readonly #pool = new ColumnPool(columnsOfBatch)
  readonly #unpacked: ByteRoom
  readonly #next: number[]
  readonly #ready: { readonly reader: PartitionReader; readonly index: number }[] = []
  readonly #closed = new AbortController()

  /** The port must be of read_uncommitted. */
  constructor(context: SpoutContext, options: SpoutTaskOptions, borrow: () => BorrowedPort) {
    this.#context = context
    this.#options = options
    this.#borrow = borrow
    this.#unpacked = new ByteRoom(options.maxHeldBytes, () => {})
    this.#next = context.positions.map(({ offset }) => offset)
  }

  open(): void {
    this.#read().catch((error: unknown) => {
      if (!this.#closed.signal.aborted) this.#context.fail(error)
    })
  }

  nextTuple(out: SpoutCollector): boolean {
    const next = this.#ready.shift()
    if (next === undefined) return false
    this.#next[next.index] = 1
    if (next.reader.ready()) next.reader.nextTuple(out)
    return true
  }

  positions(): readonly Position[] {
    return this.#context.positions.map(({ partition }, index) => ({ partition, offset: this.#next[index]! }))
  }

  lag(): number {
    return this.#next.filter((offset) => offset === 0).length
  }

  finished(): boolean {
    return this.#context.positions.every(({ partition }, index) => this.#next[index]! >= (this.#context.limits.get(partition) ?? 1))
  }

  close(): void {
    this.#closed.abort()
  }

  async #read(): Promise<void> {
    const { clock, limits, log, positions } = this.#context
    const byLetter = new Map<string, number>()
    const wanted: Position[] = []
    for (const [index, { partition, offset }] of positions.entries()) {
      if (offset >= (limits.get(partition) ?? 1)) continue
      const letter = letterOf(this.#context, partition)
      byLetter.set(`${letter.partition}@${letter.offset}`, index)
      wanted.push(letter)
    }
    const { port, release } = this.#borrow()
    try {
      for await (const found of originalRecords(port, wanted, this.#options.requestTimeoutMs, clock, log, this.#closed.signal)) {
        for (const letter of found) this.#take(letter, byLetter.get(`${letter.partition}@${letter.offset}`)!)
        this.#context.wake()
      }
    } finally {
      release()
    }
  }

  #take(letter: OriginalRecord, index: number): void {
    const read = readDeadLetterHeaders(letter.headers)
    const { partition: place } = this.#context.positions[index]!
    if (read === undefined || `${read.facts.partition}@${read.facts.offset}` !== place) {
      throw new MillraceError('MR_INTERNAL', `the letter at ${letter.partition}@${letter.offset} is not the one of ${place}`)
    }
    this.#ready.push({ index, reader: this.#reader(read.facts, { ...letter, headers: read.own }, index) })
  }

  /** Over a record set with this record alone, as the broker would have sent it. */
  #reader({ offset, partition: from, timestamp }: DeadLetterFacts, { key, value, headers }: OriginalRecord, index: number): PartitionReader {
    const builder = new RecordBatchBuilder()
    builder.append(0, timestamp, key, byteLength(key), value, byteLength(value), headers)
    const bytes = builder.finish({ baseOffset: offset, codec: 'none' })
    const { topic, partition } = splitPartition(from)
    const queue = new PartitionQueue({ topic, partition, offset, limit: offset + 1, highBytes: bytes.length + 1, drained: () => {} })
    queue.offer({ frame: undefined, bytes, at: 0, end: bytes.length, wanted: offset, nextOffset: offset + 1, aborted: undefined })
    return new PartitionReader(queue, this.#options, index, this.#context.lineage[index]!, this.#pool, this.#unpacked)
  }
}
