import type { Batch } from '../tuple/batch.ts'
import { ColumnsCopier } from '../tuple/columns-copier.ts'
import { ColumnsBuilder } from '../tuple/columns.ts'
import type { Fields, Tuple } from '../tuple/fields.ts'
import type { Link, LinkMessage } from './link.ts'

export interface OutboxLimits {
  /** Rows of one batch: at most, and at least when the receiver is slow. */
  readonly batchRows: number
  readonly leastBatchRows: number
  readonly batchBytes: number
  /** What may be on its way or waiting at the receiver. One batch is always let through. */
  readonly windowBatches: number
  readonly windowBytes: number
}

export const defaultOutboxLimits: OutboxLimits = { batchRows: 1024, leastBatchRows: 16, batchBytes: 128 * 1024, windowBatches: 16, windowBytes: 1024 * 1024 }

/** A batch should be on its way for less than this: what is on its way delays the end of its epoch. */
const slowMs = 200
const quickMs = 50

/**
 * The sending end of one channel: gathers rows into batches and sends them as far as the receiver has
 * given credit. Without credit batches wait here and `full` tells the producers to stop. Markers need
 * no credit but keep their place behind the batches. Batches are small while the receiver is slow, so that
 * the work on the way stays short in time, whatever a tuple costs.
 */
export class Outbox {
  readonly #channel: number
  readonly #link: Link
  readonly #limits: OutboxLimits
  readonly #builder: ColumnsBuilder
  readonly #copier: ColumnsCopier
  /** The one of them in which rows gather. */
  #gathering: ColumnsBuilder | ColumnsCopier
  /** Of the rows that gather. */
  readonly #targets: Int32Array
  readonly #partitions: Int32Array
  readonly #offsets: Float64Array
  readonly #sent = new Map<number, number>()
  readonly #waiting: LinkMessage[] = []
  readonly #nowMs: () => number
  /** When the batches on their way were sent, oldest first. */
  readonly #sentAt: number[] = []
  #batchRows: number
  #epoch = -1
  #batchesOut = 0
  #bytesOut = 0

  constructor(channel: number, link: Link, fields: Fields, nowMs: () => number, limits: OutboxLimits = defaultOutboxLimits) {
    this.#channel = channel
    this.#link = link
    this.#limits = limits
    this.#nowMs = nowMs
    this.#batchRows = limits.leastBatchRows
    this.#builder = new ColumnsBuilder(fields)
    this.#copier = new ColumnsCopier(fields, limits.batchRows)
    this.#gathering = this.#builder
    this.#targets = new Int32Array(limits.batchRows)
    this.#partitions = new Int32Array(limits.batchRows)
    this.#offsets = new Float64Array(limits.batchRows)
  }

  /** True while producers must not append; they may finish the record at hand. */
  get full(): boolean {
    return this.#waiting.length > 0
  }

  append(tuple: Tuple, target: number, epoch: number, partition: number, offset: number): void {
    this.#gather(this.#builder, epoch)
    const row = this.#builder.rows
    this.#builder.append(tuple)
    this.#targets[row] = target
    this.#partitions[row] = partition
    this.#offsets[row] = offset
    this.#flushFull()
  }

  /** The picked rows of a batch, in their order, as bytes where its columns fit the stream. */
  appendRows(batch: Batch, picked: Int32Array, target: number, epoch: number): void {
    if (!this.#copier.takes(batch)) {
      for (const row of picked) this.append(batch.tuple(row), target, epoch, batch.partitionOf(row), batch.offsetOf(row))
      return
    }
    this.#gather(this.#copier, epoch)
    for (let next = 0; next < picked.length; this.#flushFull()) {
      let row = this.#copier.rows
      const to = this.#copier.append(batch, picked, next, this.#batchRows, this.#limits.batchBytes)
      for (; next < to; next++, row++) {
        this.#targets[row] = target
        this.#partitions[row] = batch.partitionOf(picked[next]!)
        this.#offsets[row] = batch.offsetOf(picked[next]!)
      }
    }
  }

  /** Sends what has gathered; called when the loop has nothing else to do, so that no tuple lingers. */
  flush(): void {
    const { rows, bytes } = this.#gathering
    if (rows === 0) return
    this.#sent.set(this.#epoch, (this.#sent.get(this.#epoch) ?? 0) + rows)
    const frame: LinkMessage = {
      kind: 'batch',
      channel: this.#channel,
      epoch: this.#epoch,
      batch: this.#gathering.take(),
      ofBatches: this.#gathering === this.#copier,
      targets: this.#targets.slice(0, rows),
      partitions: this.#partitions.slice(0, rows),
      offsets: this.#offsets.slice(0, rows),
      bytes: bytes + 16 * rows,
    }
    this.#waiting.push(frame)
    this.#send()
  }

  /** Closes an epoch on this channel. */
  mark(epoch: number): void {
    this.flush()
    this.#waiting.push({ kind: 'marker', channel: this.#channel, epoch, count: this.#sent.get(epoch) ?? 0 })
    this.#sent.delete(epoch)
    this.#send()
  }

  credit(batches: number, bytes: number): void {
    this.#batchesOut -= batches
    this.#bytesOut -= bytes
    const tookMs = this.#nowMs() - this.#sentAt.splice(0, batches)[0]!
    if (tookMs > slowMs) this.#batchRows = Math.max(this.#limits.leastBatchRows, this.#batchRows >> 1)
    else if (tookMs < quickMs) this.#batchRows = Math.min(this.#limits.batchRows, this.#batchRows * 2)
    this.#send()
  }

  /** Rows of one epoch, and of one kind, go together; what comes later stays behind what came before. */
  #gather(way: ColumnsBuilder | ColumnsCopier, epoch: number): void {
    if (epoch === this.#epoch && way === this.#gathering) return
    this.flush()
    this.#epoch = epoch
    this.#gathering = way
  }

  #flushFull(): void {
    if (this.#gathering.rows >= this.#batchRows || this.#gathering.bytes >= this.#limits.batchBytes) this.flush()
  }

  #send(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.kind === 'batch') {
        const open = this.#batchesOut < this.#limits.windowBatches && this.#bytesOut < this.#limits.windowBytes
        if (!open) return
        this.#batchesOut++
        this.#sentAt.push(this.#nowMs())
        this.#bytesOut += next.bytes
      }
      this.#waiting.shift()
      this.#link.send(next)
    }
  }
}
