import type { AbortedTransaction } from '../../src/wire/aborted-transactions.ts'
import { encodeRecordBatch, encodeTransactionMarker } from '../../src/wire/encode-record-batch.ts'
import { mixed } from './chance.ts'

/** What a record says, as far as anybody counts it. */
export interface SimulatedRecord {
  readonly words: readonly string[]
  /** Has a field of its own in one of the results. */
  readonly rare: boolean
}

interface LoggedBatch {
  readonly base: number
  readonly next: number
  readonly bytes: Buffer
}

const vocabulary = ['whale', 'sea', 'ship', '数据流', 'constructor', '__proto__', 'ahab', 'x'.repeat(40)]
const timestamp = 1_700_000_000_000
/** Of the one producer there is. */
const producer = { id: 7n, epoch: 0 }

/**
 * The log of one partition. What it holds follows from the seed alone; it has offsets where no record
 * is, as compaction and transactions leave them, and records of transactions that were given up.
 */
export class LogModel {
  readonly topic: string
  readonly partition: number
  readonly name: string
  /** The first offset that is still there. */
  start = 0
  readonly #seed: number
  /** By offset. */
  readonly #records: (SimulatedRecord | undefined)[] = []
  readonly #batches: LoggedBatch[] = []
  readonly #aborted: (AbortedTransaction & { readonly marker: number })[] = []

  constructor(seed: number, topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.name = `${topic}/${partition}`
    this.#seed = mixed(seed, partition, topic.length)
  }

  /** Behind the last offset. */
  get end(): number {
    return this.#records.length
  }

  /** What counts at this offset, if anything ever did. */
  record(offset: number): SimulatedRecord | undefined {
    return this.#records[offset]
  }

  /** Of all records below an offset. */
  offsets(below: number): number[] {
    return this.#records.slice(0, below).flatMap((record, offset) => (record === undefined ? [] : [offset]))
  }

  /** A batch of up to so many offsets, or a transaction that comes to nothing. */
  append(most: number): void {
    const base = this.end
    const kind = mixed(this.#seed, base)
    const size = 1 + (kind >>> 8) % most
    const made = Array.from({ length: size }, (_, i) => this.#recordAt(base + i))
    if (kind % 13 === 0) {
      // Compaction has left nothing of it, as it never does at the end of a log.
      this.#records.push(...made.map(() => undefined))
      this.append(most)
    } else if (kind % 11 === 0) {
      this.#records.push(...made.map(() => undefined), undefined)
      this.#aborted.push({ producerId: producer.id, firstOffset: base, marker: base + size })
      this.#put(base, base + size, encodeRecordBatch({ ...this.#content(base, made), producer: { ...producer, baseSequence: 0 }, transactional: true }))
      this.#put(base + size, base + size + 1, encodeTransactionMarker('abort', base + size, timestamp, producer))
    } else {
      this.#records.push(...made)
      this.#put(base, base + size, encodeRecordBatch(this.#content(base, made)))
    }
  }

  /** Whole batches, from the one that holds the offset or is the first behind it. */
  fetch(offset: number, mostBatches: number): Buffer {
    const from = this.#batches.findIndex(({ next }) => next > offset)
    return from < 0 ? Buffer.alloc(0) : Buffer.concat(this.#batches.slice(from, from + mostBatches).map(({ bytes }) => bytes))
  }

  /** Of the transactions that were given up, those that end at the offset or later. */
  abortedFrom(offset: number): readonly AbortedTransaction[] {
    return this.#aborted.filter(({ marker }) => marker >= offset)
  }

  #content(baseOffset: number, made: readonly (SimulatedRecord | undefined)[]) {
    const records = made.flatMap((record, i) => (record === undefined ? [] : [{ offset: baseOffset + i, timestamp, key: null, value: Buffer.from(textOf(record)) }]))
    return { baseOffset, lastOffset: baseOffset + made.length - 1, records }
  }

  #put(base: number, next: number, bytes: Buffer): void {
    this.#batches.push({ base, next, bytes })
  }

  #recordAt(offset: number): SimulatedRecord | undefined {
    const hash = mixed(this.#seed, offset, 1)
    if (hash % 6 === 0) return undefined
    const words = Array.from({ length: 1 + (hash >>> 4) % 3 }, (_, i) => vocabulary[(hash >>> (8 + 5 * i)) % vocabulary.length]!)
    return { words, rare: (hash >>> 3) % 4 === 0 }
  }
}

/** Marks a rare record. */
export const rareMark = '!'

function textOf({ words, rare }: SimulatedRecord): string {
  return (rare ? [...words, rareMark] : words).join(' ')
}
