import { byteLength, RecordBatchBuilder, stampBatch } from '../../wire/record-batch-builder.ts'
import type { Bytes, HeadersToWrite } from '../../wire/record-batch-builder.ts'
import type { Codec } from '../../wire/codec.ts'
import type { ProducerId } from './produce-port.ts'

/** Records of one partition on their way, from the first `append` until the broker has answered for good. */
export class ProduceBatch {
  /** Later batches of a partition have greater ones. */
  readonly order: number
  readonly createdAt: number
  /** The offset of the first record, -1 when the broker does not say it. */
  readonly acknowledged: Promise<number>
  /** Whether a request with it failed so that the broker may have it. */
  doubtful = false
  /** Whether it has records whose sender waits for no answer. */
  pushed = false
  /** -1 before it was sent, and after its producer id was given up. */
  baseSequence = -1
  readonly #builder: RecordBatchBuilder
  readonly #settle: PromiseWithResolvers<number>
  #bytes: Buffer | undefined
  #sizeBytes = 0

  constructor(order: number, createdAt: number, capacity: number) {
    this.order = order
    this.createdAt = createdAt
    this.#builder = new RecordBatchBuilder(capacity)
    this.#settle = Promise.withResolvers<number>()
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

  append(timestamp: number, key: Uint8Array | null, value: Bytes | null, valueLength: number, headers: HeadersToWrite | undefined): void {
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

  succeed(baseOffset: number): void {
    this.#settle.resolve(baseOffset)
  }

  fail(error: Error): void {
    this.#settle.reject(error)
  }
}
