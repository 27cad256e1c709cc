import * as v from 'valibot'
import { checkOptions } from '../../base/options.ts'
import { codecs } from '../../wire/codec.ts'
import type { Codec } from '../../wire/codec.ts'

export interface ProducerOptions {
  /**
   * Who must have a record before it counts as sent: `all` replicas in sync (default), the leader
   * alone (1), or nobody (0: the broker does not answer at all).
   */
  readonly acks?: 'all' | 1 | 0 | undefined
  /**
   * Whether the broker is given the means to know a batch that is sent again, so that no retry
   * doubles a record. Needs acks `all`; default true there. Without it one batch of a partition is
   * in flight at a time, so that the order holds.
   */
  readonly idempotent?: boolean | undefined
  /** Default `none`. */
  readonly compression?: Codec | undefined
  /** How long a record waits for others before its batch may leave; it takes more until it does. 0 gathers what comes in one turn of the loop. Default 5. */
  readonly lingerMs?: number | undefined
  /** Size, before compression, at which a batch leaves at once. A larger record is a batch by itself. Default 131,072. */
  readonly batchBytes?: number | undefined
  /** Size at which one request takes no further batch. Default 1 MiB. */
  readonly maxRequestBytes?: number | undefined
  /** What records may take here before they are acknowledged; beyond it calls wait. Default 32 MiB. */
  readonly memoryBytes?: number | undefined
  /** Requests on their way to one broker. Default 5, which is also the most Kafka allows an idempotent producer. */
  readonly maxInFlight?: number | undefined
  /** How long the leader may wait for its followers. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined
  /** After this long without an acknowledgement a record has failed. Default 120,000. */
  readonly deliveryTimeoutMs?: number | undefined
}

export type CheckedProducerOptions = v.InferOutput<typeof producerSchema> & { readonly idempotent: boolean }

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(1))
const bytes = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0x3fff_ffff))

const producerSchema = v.pipe(
  v.strictObject({
    acks: v.optional(v.picklist(['all', 1, 0]), 'all'),
    idempotent: v.optional(v.boolean()),
    compression: v.optional(v.picklist(codecs), 'none'),
    lingerMs: v.optional(v.pipe(v.number(), v.minValue(0)), 5),
    batchBytes: v.optional(bytes, 131_072),
    maxRequestBytes: v.optional(bytes, 1_048_576),
    memoryBytes: v.optional(bytes, 33_554_432),
    maxInFlight: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)), 5),
    requestTimeoutMs: v.optional(milliseconds, 30_000),
    deliveryTimeoutMs: v.optional(milliseconds, 120_000),
  }),
  v.check(({ acks, idempotent }) => idempotent !== true || acks === 'all', "idempotent needs acks 'all'"),
)

/** Throws MR_OPTIONS_INVALID, naming every fault. */
export function checkProducerOptions(written: ProducerOptions): CheckedProducerOptions {
  const options = checkOptions('producer', producerSchema, written)
  return { ...options, idempotent: options.idempotent ?? options.acks === 'all' }
}
