import { recordHeaders, recordKey, recordTimestamp } from '../wire/record-fields.ts'
import type { RecordHeaders } from '../wire/record-fields.ts'

/** What the records of one batch share. */
export interface RecordBatchOrigin {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  readonly baseTimestamp: number
  /** -1 when each record has a time of its own. */
  readonly appendTimestamp: number
}

/**
 * A record as a tuple. `value` and a declared `key` are decoded already; the rest is read from the
 * fetched bytes when asked for. Valid as long as it is kept, but then it keeps its fetched block (up
 * to some MiB) in memory: a bolt that stores tuples should store fields.
 */
abstract class KafkaTuple {
  readonly value: unknown
  readonly offset: number
  readonly #origin: RecordBatchOrigin
  readonly #at: number

  constructor(value: unknown, offset: number, origin: RecordBatchOrigin, at: number) {
    this.value = value
    this.offset = offset
    this.#origin = origin
    this.#at = at
  }

  get topic(): string {
    return this.#origin.topic
  }

  get partition(): number {
    return this.#origin.partition
  }

  get timestamp(): number {
    const { appendTimestamp, baseTimestamp, bytes } = this.#origin
    return appendTimestamp >= 0 ? appendTimestamp : recordTimestamp(bytes, this.#at, baseTimestamp)
  }

  get headers(): RecordHeaders {
    return recordHeaders(this.#origin.bytes, this.#at)
  }

  protected keyBytes(): Uint8Array | null {
    const key = recordKey(this.#origin.bytes, this.#at)
    return key === null ? null : new Uint8Array(key)
  }
}

/** Of a spout that declared no key. */
export class PlainKafkaTuple extends KafkaTuple {
  get key(): Uint8Array | null {
    return this.keyBytes()
  }
}

/** Of a spout that declared how its keys are decoded. */
export class KeyedKafkaTuple extends KafkaTuple {
  readonly key: unknown

  constructor(key: unknown, value: unknown, offset: number, origin: RecordBatchOrigin, at: number) {
    super(value, offset, origin, at)
    this.key = key
  }
}
