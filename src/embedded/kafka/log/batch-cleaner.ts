import { AbortedTransactions } from '../../../wire/aborted-transactions.ts'
import { attribute } from '../../../wire/record-batch.ts'
import type { AbortedRange } from './aborted-index.ts'
import type { BatchHeader } from './batch-header.ts'
import { horizonOf, keepHeader, keepRecords } from './clean-batch.ts'
import { openRecords } from './client-batch.ts'
import type { KeyOffsets } from './key-offsets.ts'
import type { ProducerEntry } from './producer-windows.ts'

export interface CleaningRules {
  readonly latest: KeyOffsets
  readonly aborted: readonly AbortedRange[]
  readonly producer: (id: number) => ProducerEntry | undefined
  readonly deleteRetentionMs: number
  readonly nowMs: number
}

/**
 * Decides about each batch of a compacted log, from its start on, in order. By Kafka's rules:
 *
 * - a record stays when no later one has its key; one without a key and one of a transaction that was
 *   rolled back goes;
 * - a tombstone, and the marker of a transaction that has no records left, stays until its horizon,
 *   which is set when it is first met here;
 * - the last batch of a producer stays, if need be without records, for its sequence and epoch.
 */
export class BatchCleaner {
  readonly #rules: CleaningRules
  readonly #aborted: AbortedTransactions
  /** Producers with batches of a transaction whose marker is still to come. */
  readonly #inTransaction = new Set<number>()

  constructor(rules: CleaningRules) {
    this.#rules = rules
    this.#aborted = new AbortedTransactions(rules.aborted.map(({ producerId, firstOffset }) => ({ producerId: BigInt(producerId), firstOffset })))
  }

  /** What takes the place of the batch: itself, a smaller one, or nothing. */
  clean(batch: Buffer, header: BatchHeader): Buffer | undefined {
    const aborted = this.#aborted.covers(batch, 0)
    if ((header.attributes & attribute.control) !== 0) return this.#cleanMarker(batch, header)
    if ((header.attributes & attribute.transactional) !== 0) this.#inTransaction.add(header.producerId)
    const kept = aborted || header.count === 0 ? undefined : this.#cleanRecords(batch, header)
    return kept ?? (this.#isLastOfProducer(header) ? keepHeader(batch, header) : undefined)
  }

  #cleanMarker(batch: Buffer, header: BatchHeader): Buffer | undefined {
    const { nowMs, deleteRetentionMs } = this.#rules
    // With records in front of it, also with such that go now, it stays for a reader who is between.
    if (this.#inTransaction.delete(header.producerId) || header.count === 0) return batch
    const horizon = horizonOf(header)
    if (horizon === undefined) return keepRecords(batch, header, openRecords(batch, header), [0], nowMs + deleteRetentionMs)
    return nowMs < horizon || this.#isLastOfProducer(header) ? batch : undefined
  }

  #cleanRecords(batch: Buffer, header: BatchHeader): Buffer | undefined {
    const { latest, nowMs, deleteRetentionMs } = this.#rules
    const columns = openRecords(batch, header)
    const horizon = horizonOf(header)
    const keepTombstones = horizon === undefined || nowMs < horizon
    const kept: number[] = []
    let tombstones = 0
    for (let i = 0; i < columns.count; i++) {
      const length = columns.keyLength[i]!
      if (length < 0) continue
      const key = columns.keyAt[i]!
      const last = latest.get(columns.bytes.subarray(key, key + length))
      if (last !== undefined && last > header.baseOffset + columns.offsetDelta[i]!) continue
      if (columns.valueLength[i]! < 0) {
        if (!keepTombstones) continue
        tombstones++
      }
      kept.push(i)
    }
    if (kept.length === 0) return undefined
    const newHorizon = tombstones > 0 && horizon === undefined ? nowMs + deleteRetentionMs : undefined
    if (kept.length === columns.count && newHorizon === undefined) return batch
    return keepRecords(batch, header, columns, kept, newHorizon)
  }

  #isLastOfProducer({ producerId, producerEpoch, lastOffset, attributes }: BatchHeader): boolean {
    const entry = producerId < 0 ? undefined : this.#rules.producer(producerId)
    if (entry === undefined) return false
    const last = entry.batches.at(-1)
    if (last !== undefined) return last.lastOffset === lastOffset
    return (attributes & attribute.control) !== 0 && producerEpoch === entry.epoch
  }
}
