import { byteLength, RecordBatchBuilder, stampBatch } from '../../wire/record-batch-builder.ts'
import type { Bytes, HeadersToWrite } from '../../wire/record-batch-builder.ts'
import type { Codec } from '../../wire/codec.ts'
import type { ProducerId } from './produce-port.ts'

/** The offset of a batch's record by its place in the batch, -1 where the broker does not say it. Throws for a record that was not written. */
export type OffsetOf = (index: number) => number

/** Records of one partition on their way, from the first `append` until the broker has answered for good. */
export class ProduceBatch {
  /** Later batches of a partition have greater ones; the halves of one lie between it and the next. */
  readonly order: number
  readonly createdAt: number
  readonly acknowledged: Promise<OffsetOf>
  /** Whether a request with it failed so that the broker may have it. */
  doubtful = false
  /** Why it is still here: what was said of it last. */
  setback: string | undefined
  /** -1 before it was sent, and after its producer id was given up. */
  baseSequence = -1
  readonly #builder: RecordBatchBuilder
  /** Of each record the number of its push, -1 where its sender waits for the answer. */
  readonly #pushes: number[]
  /** Orders from this batch to the next that its halves may have. */
  readonly #orders: number
  readonly #settle: PromiseWithResolvers<OffsetOf>
  #bytes: Buffer | undefined
  #sizeBytes = 0

  constructor(order: number, createdAt: number, builder: RecordBatchBuilder, orders = 1, pushes: number[] = []) {
    this.order = order
    this.#orders = orders
    this.createdAt = createdAt
    this.#builder = builder
    this.#pushes = pushes
    this.#settle = Promise.withResolvers<OffsetOf>()
    this.acknowledged = this.#settle.promise
    // Those who only flush hear of it there.
    this.acknowledged.catch(() => {})
  }

  get count(): number {
    return this.#builder.count
  }

  /** Without compression; also after it was finished. */
  get sizeBytes(): number {
    return this.#bytes === undefined ? this.#builder.sizeBytes : this.#sizeBytes
  }

  /** Numbers of its records that were pushed, in their order. */
  get pushed(): readonly number[] {
    return this.#pushes.filter((push) => push >= 0)
  }

  /** `push` is the number of the record's push, -1 where its sender waits for the answer. */
  append(push: number, timestamp: number, key: Uint8Array | null, value: Bytes | null, valueLength: number, headers: HeadersToWrite | undefined): void {
    this.#pushes.push(push)
    this.#builder.append(this.#builder.count, timestamp, key, byteLength(key), value, valueLength, headers)
  }

  /** The bytes to send, in the name of this producer. */
  stamped(codec: Codec, producer: ProducerId | undefined): Buffer {
    const stamp = producer === undefined ? undefined : { ...producer, baseSequence: this.baseSequence }
    if (this.#bytes === undefined) {
      this.#sizeBytes = this.#builder.sizeBytes
      this.#bytes = this.#builder.finish({ baseOffset: 0, codec, leaderEpoch: -1, producer: stamp })
    } else if (stamp !== undefined) {
      stampBatch(this.#bytes, stamp)
    }
    return this.#bytes
  }

  /** Two batches in its place; it is settled when they are. */
  split(): readonly [ProduceBatch, ProduceBatch] {
    const [one, other] = this.#builder.halves()
    const orders = this.#orders / 2
    const first = new ProduceBatch(this.order, this.createdAt, one, orders, this.#pushes.slice(0, one.count))
    const second = new ProduceBatch(this.order + orders, this.createdAt, other, orders, this.#pushes.slice(one.count))
    void Promise.allSettled([first.acknowledged, second.acknowledged]).then(([one, other]) => {
      this.#settle.resolve((index) => {
        const half = index < first.count ? one : other
        if (half.status === 'rejected') throw half.reason
        return half.value(index < first.count ? index : index - first.count)
      })
    })
    return [first, second]
  }

  succeed(baseOffset: number): void {
    this.#settle.resolve((index) => (baseOffset < 0 ? -1 : baseOffset + index))
  }

  fail(error: Error): void {
    this.#settle.reject(error)
  }
}
