import * as v from 'valibot'
import { availableParallelism, hostname } from 'node:os'
import { checkOptions } from '../base/options.ts'
import { logLevels, type LogLevel } from '../base/pino-logger.ts'
import type { Connections, StartWish } from '../topology/connector.ts'
import { defaultPace } from '../tracking/epoch-pace.ts'

/** What `submit` takes besides the topology. */
export interface SubmitOptions {
  /** Settings of the connectors by name: `kafka`, `redis`. Plain data. */
  readonly connections?: Connections
  /** Worker threads. Default: the machine's cores. */
  readonly workers?: number
  /**
   * Name of this process among those of the topology; a second process under the same name takes the
   * first one's place. Default: the host's name.
   */
  readonly instance?: string
  /** Where to begin. Default: where the results end. */
  readonly start?: StartWish
  /** End when all is committed that was there at the start. Default false. */
  readonly untilCaughtUp?: boolean
  /**
   * `at-most-once`: positions are stored first and the results sent after them a single time; what was
   * between the two when something broke is missing from the results. Default `exactly-once`.
   */
  readonly guarantee?: 'exactly-once' | 'at-most-once'
  readonly epochs?: {
    /** Shortest epoch when caught up, ms. Default 40. */
    readonly caughtUpMinMs?: number
    /** Longest epoch when caught up, ms. Default 200. */
    readonly caughtUpMaxMs?: number
    /** Longest epoch when far behind, ms. Default 1000. */
    readonly behindMs?: number
    /** An epoch ends early at so many records of this process. Default 2,000,000. */
    readonly maxRecords?: number
    /** … or at so many distinct keys and fields. Default 220,000. */
    readonly maxCells?: number
    /** … or at so many bytes of results. Default 16 MiB. */
    readonly maxBytes?: number
    /** How long Redis may be busy with one commit alone, ms: an epoch ends when its results take about this long. Default 10. */
    readonly storeStallMs?: number
    /**
     * … while far behind, where longer epochs cost Redis less for each record, and now and then to find that
     * out. Default 400; no more than `storeStallMs` keeps all epochs short.
     */
    readonly behindStallMs?: number
  }
  /** What is done with records that a component gives up by `onError: 'dead-letter'`. */
  readonly deadLetters?: {
    /** Where they go: a topic, made when it is not there. Default: the topology's name and `.dead-letters`. */
    readonly topic?: string
    /** More than so many within a minute in this process end the topology. Default 10,000. */
    readonly perMinute?: number
    /** … or more than this share of the records of a minute, from 100 dead letters on. Default 0.1. */
    readonly share?: number
  }
  /** How long `drain` may take, ms. Default 30,000. */
  readonly drainTimeoutMs?: number
  /** A worker that does not answer for so long is started again, ms. Default 30,000. */
  readonly answerTimeoutMs?: number
  /** Worker restarts within `restartWindowMs` before the topology fails. Default 5. */
  readonly maxRestarts?: number
  /** Default 60,000. */
  readonly restartWindowMs?: number
  /** How often `metrics()` learns what the workers have done, ms. At the end it is exact in any case. Default 1000. */
  readonly metricsEveryMs?: number
  readonly log?: { readonly level?: LogLevel; readonly pretty?: boolean }
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(1))
const schema = v.strictObject({
  connections: v.optional(v.record(v.string(), v.unknown()), {}),
  workers: v.optional(v.pipe(whole, v.maxValue(256)), () => availableParallelism()),
  instance: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]{1,100}$/, 'letters, digits, dot, dash and underscore only, at most 100')), () => hostname().replaceAll(/[^\w.-]/g, '-').slice(0, 100)),
  start: v.optional(v.strictObject({
    from: v.optional(v.union([v.picklist(['committed', 'earliest', 'latest']), v.strictObject({ timestampMs: v.pipe(v.number(), v.integer(), v.minValue(0)) })])),
    seek: v.optional(v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)))),
  }), {}),
  untilCaughtUp: v.optional(v.boolean(), false),
  guarantee: v.optional(v.picklist(['exactly-once', 'at-most-once']), 'exactly-once'),
  epochs: v.optional(v.pipe(v.strictObject({
    caughtUpMinMs: v.optional(whole, defaultPace.caughtUpMinMs),
    caughtUpMaxMs: v.optional(whole, defaultPace.caughtUpMaxMs),
    behindMs: v.optional(whole, defaultPace.behindMs),
    maxRecords: v.optional(whole, 2_000_000),
    maxCells: v.optional(whole, 220_000),
    maxBytes: v.optional(whole, 16 * 1024 * 1024),
    storeStallMs: v.optional(whole, 10),
    behindStallMs: v.optional(whole, 400),
  }), v.check(({ caughtUpMinMs, caughtUpMaxMs }) => caughtUpMinMs <= caughtUpMaxMs, 'caughtUpMinMs is above caughtUpMaxMs')), {}),
  deadLetters: v.optional(v.strictObject({
    topic: v.optional(v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[\w.-]{1,249}$/u, 'is no name of a Kafka topic'))),
    perMinute: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 10_000),
    share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.1),
  }), {}),
  drainTimeoutMs: v.optional(whole, 30_000),
  answerTimeoutMs: v.optional(whole, 30_000),
  maxRestarts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 5),
  restartWindowMs: v.optional(whole, 60_000),
  metricsEveryMs: v.optional(v.pipe(whole, v.maxValue(2 ** 31 - 1)), 1000),
  log: v.optional(v.strictObject({
    level: v.optional(v.picklist(logLevels), 'info'),
    pretty: v.optional(v.boolean(), () => process.stderr.isTTY),
  }), {}),
})

/** The options with every default in place; what travels inside. */
export type CompiledOptions = v.InferOutput<typeof schema>

/** Throws MR_OPTIONS_INVALID naming every fault. */
export function compileOptions(written: SubmitOptions): CompiledOptions {
  return checkOptions('submit', schema, written)
}
