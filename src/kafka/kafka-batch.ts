import type { Batch, Column } from '../tuple/batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import type { TextColumn } from '../tuple/text-column.ts'
import type { FetchedFrame } from './fetched-frame.ts'
import { PlainKafkaTuple } from './kafka-tuple.ts'
import type { RecordBatchOrigin } from './kafka-tuple.ts'

/** Where the records of a batch stand. */
export interface KafkaBatchPlace {
  readonly baseOffset: number
  /** Arrays may be longer than the batch. */
  readonly deltas: Int32Array
  /** Of each record, after its length. */
  readonly at: Int32Array
  readonly origin: RecordBatchOrigin
  /** What the bytes of the origin are of; held once for the batch. */
  readonly frame: FetchedFrame | undefined
  /** Of the partition, in lineages. */
  readonly number: number
  /** Called when nobody looks at the columns any more; not always. */
  recycle(): void
}

/** Records of one partition whose values are text, left where the broker's answer has them. */
export class KafkaBatch implements Batch {
  readonly #value: TextColumn
  readonly #place: KafkaBatchPlace
  #kept = false

  constructor(value: TextColumn, place: KafkaBatchPlace) {
    this.#value = value
    this.#place = place
  }

  get rows(): number {
    return this.#value.rows
  }

  get empty(): boolean {
    return this.rows === 0
  }

  column(field: string): Column | undefined {
    return field === 'value' ? this.#value : undefined
  }

  tuple(row: number): Tuple {
    const { at, frame, origin } = this.#place
    frame?.pin()
    return new PlainKafkaTuple(this.#value.text(row), this.offsetOf(row), origin, at[row]!) as unknown as Tuple
  }

  partitionOf(): number {
    return this.#place.number
  }

  offsetOf(row: number): number {
    return this.#place.baseOffset + this.#place.deltas[row]!
  }

  keep(): void {
    if (this.#kept) return
    this.#kept = true
    this.#place.frame?.pin()
    this.#place.frame?.letGo()
  }

  release(): void {
    if (this.#kept) return
    this.#place.recycle()
    this.#place.frame?.letGo()
  }
}
