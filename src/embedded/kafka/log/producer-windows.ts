import { attribute } from '../../../wire/record-batch.ts'
import { Refusal } from '../refusal.ts'
import type { AbortedRange } from './aborted-index.ts'
import type { BatchHeader } from './batch-header.ts'

/** A batch that was taken from an idempotent producer. */
export interface TakenBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

/** What a log knows of one producer. Never changed: a newer one takes its place. */
export interface ProducerEntry {
  readonly id: number
  readonly epoch: number
  /** The last five at most, oldest first, all of this epoch. */
  readonly batches: readonly TakenBatch[]
  /** First offset of its open transaction, -1 when it has none. */
  readonly transactionStart: number
  /** Of the coordinator that ended its last transaction here, -1 before. */
  readonly coordinatorEpoch: number
  /** Ms since 1970; old entries are forgotten. */
  readonly lastTimestamp: number
}

const windowBatches = 5
const sequences = 2 ** 31

/**
 * The sequence numbers and open transactions of a partition's producers, by Kafka's rules: a batch is
 * taken when it follows the one before, one of the last five is known again, and a producer that is
 * not known may begin anywhere.
 */
export class ProducerWindows {
  readonly #entries = new Map<number, ProducerEntry>()
  readonly #open = new Map<number, number>()
  #firstOpen: number | undefined
  #undo: (readonly [id: number, before: ProducerEntry | undefined])[] = []

  entries(): Iterable<ProducerEntry> {
    return this.#entries.values()
  }

  get(id: number): ProducerEntry | undefined {
    return this.#entries.get(id)
  }

  /** First offset of the oldest open transaction. */
  get firstOpenOffset(): number | undefined {
    return this.#firstOpen
  }

  /**
   * Before a client's batch is taken: the batch it repeats, or undefined when it is new. Throws
   * Refusal when its epoch is over, its sequence does not follow, or it mixes with an open transaction.
   */
  check(batch: BatchHeader): TakenBatch | undefined {
    const entry = this.#entries.get(batch.producerId)
    if (entry === undefined) return undefined
    const { baseSequence, producerEpoch } = batch
    const last = sequenceAfter(baseSequence, batch.count - 1)
    if (producerEpoch === entry.epoch) {
      const repeated = entry.batches.find((taken) => taken.firstSequence === baseSequence && taken.lastSequence === last)
      if (repeated !== undefined) return repeated
    }
    this.checkEpoch(batch.producerId, producerEpoch)
    const expected = producerEpoch !== entry.epoch ? 0 : sequenceAfter(entry.batches.at(-1)?.lastSequence ?? -1, 1)
    if (baseSequence !== expected) {
      throw new Refusal('OUT_OF_ORDER_SEQUENCE_NUMBER', `producer ${entry.id} in epoch ${producerEpoch} sent sequence ${baseSequence}, ${expected} was to come; it must begin a new epoch or a new id`)
    }
    if (entry.transactionStart >= 0 && (batch.attributes & attribute.transactional) === 0) {
      throw new Refusal('INVALID_TXN_STATE', `producer ${entry.id} has a transaction open here and sent a batch outside of it`)
    }
    return undefined
  }

  /** Throws Refusal when the producer has gone on to a later epoch. */
  checkEpoch(id: number, epoch: number): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined && epoch < entry.epoch) {
      throw new Refusal('INVALID_PRODUCER_EPOCH', `producer ${id} sent epoch ${epoch} and is at ${entry.epoch}: another with its transactional id has taken over, or its transaction took too long`)
    }
  }

  /** Notes a batch of records that was taken, whatever its sequence. */
  take(batch: BatchHeader, nowMs: number): void {
    const before = this.#entries.get(batch.producerId)
    const kept = before !== undefined && before.epoch === batch.producerEpoch ? before.batches.slice(1 - windowBatches) : []
    const transactional = (batch.attributes & attribute.transactional) !== 0
    const transactionStart = !transactional ? -1 : before !== undefined && before.transactionStart >= 0 ? before.transactionStart : batch.baseOffset
    this.#set({
      id: batch.producerId,
      epoch: batch.producerEpoch,
      batches: [...kept, {
        firstSequence: batch.baseSequence,
        // By the offsets: compaction takes records out of a batch and leaves its range as it was.
        lastSequence: sequenceAfter(batch.baseSequence, batch.lastOffset - batch.baseOffset),
        firstOffset: batch.baseOffset,
        lastOffset: batch.lastOffset,
        timestamp: batch.maxTimestamp,
      }],
      transactionStart,
      coordinatorEpoch: before?.coordinatorEpoch ?? -1,
      lastTimestamp: nowMs,
    })
  }

  /** Notes a marker; answers the transaction it rolled back, if it did. */
  end(marker: BatchHeader, outcome: 'commit' | 'abort', coordinatorEpoch: number, nowMs: number): AbortedRange | undefined {
    const { producerId: id, producerEpoch: epoch, lastOffset } = marker
    const before = this.#entries.get(id)
    this.#set({
      id,
      epoch,
      batches: before !== undefined && before.epoch === epoch ? before.batches : [],
      transactionStart: -1,
      coordinatorEpoch,
      lastTimestamp: nowMs,
    })
    if (outcome === 'commit' || before === undefined || before.transactionStart < 0) return undefined
    return { producerId: id, firstOffset: before.transactionStart, lastOffset, lastStableOffset: this.#firstOpen ?? lastOffset + 1 }
  }

  /** Puts in what a snapshot holds. */
  restore(entries: Iterable<ProducerEntry>): void {
    for (const entry of entries) this.#set(entry)
    this.settle()
  }

  /** Forgets producers without a transaction that sent nothing since. */
  expire(beforeMs: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.transactionStart < 0 && entry.lastTimestamp < beforeMs) this.#entries.delete(entry.id)
    }
  }

  /** What was noted so far stays. */
  settle(): void {
    this.#undo = []
  }

  /** Takes back what was noted since it was last settled. */
  undo(): void {
    for (const [id, before] of this.#undo.toReversed()) {
      if (before === undefined) this.#entries.delete(id)
      else this.#entries.set(id, before)
      this.#noteOpen(id, before?.transactionStart ?? -1)
    }
    this.#undo = []
  }

  #set(entry: ProducerEntry): void {
    this.#undo.push([entry.id, this.#entries.get(entry.id)])
    this.#entries.set(entry.id, entry)
    this.#noteOpen(entry.id, entry.transactionStart)
  }

  #noteOpen(id: number, start: number): void {
    if ((this.#open.get(id) ?? -1) === start) return
    if (start < 0) this.#open.delete(id)
    else this.#open.set(id, start)
    this.#firstOpen = this.#open.size === 0 ? undefined : Math.min(...this.#open.values())
  }
}

/** Sequence numbers go from 2^31 - 1 on to 0. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % sequences
}
