import { extname } from 'node:path'
import * as v from 'valibot'
import { checkOptions } from '../base/options.ts'
import { MillraceError } from '../errors.ts'
import type { ConnectorRef } from '../topology/connector.ts'
import type { SpoutContext, SpoutDefinition, SpoutTask } from '../topology/spout.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import type { ColumnType, FieldType, JsonField } from '../tuple/fields.ts'
import type { RecordHeaders } from '../wire/record-fields.ts'
import { kafkaSettings } from './connection.ts'
import { decodeBytes, decodeJson, decodeUtf8, ownDecoder, schemaDecoder } from './decoder.ts'
import type { FieldDecoder, RecordDecoder } from './decoder.ts'
import { mostFree } from './frame-pool.ts'
import { fetchPort } from './kafkajs-fetch.ts'
import { lettersConnection } from './retried-letters.ts'
import { RetriedSpoutTask } from './retried-spout-task.ts'
import { borrowCluster } from './shared-cluster.ts'
import type { Isolation, KafkaSourceOptions, KafkaStart } from './source-options.ts'
import { KafkaSpoutTask } from './spout-task.ts'
import type { SpoutTaskOptions } from './spout-task.ts'
import type { StandardSchema } from './standard-schema.ts'

export interface KafkaSpoutOptions {
  readonly topic: string | readonly string[]
  /** How values are read. `json<T>()` is JSON of a type nobody checks; with `schema` it is checked. */
  readonly value: ValueDecoding
  /** Checks parsed JSON, and may change it: of any library that speaks Standard Schema, synchronously. */
  readonly schema?: StandardSchema
  /** How keys are read, null where a record has none. Default: bytes, read when asked for. */
  readonly key?: KeyDecoding
  /** Where a partition begins that has no stored position. Default `earliest`. */
  readonly start?: KafkaStart
  /** Deliver records without a value (tombstones), with null. Default: they cannot be decoded. */
  readonly nullable?: boolean
  /** Default `read_committed`: records of aborted transactions are not seen. */
  readonly isolation?: Isolation
  readonly fetch?: FetchOptions
}

export type ValueDecoding = 'utf8' | 'json' | 'bytes' | JsonField<unknown> | RecordDecoder<unknown>
export type KeyDecoding = 'utf8' | 'bytes' | RecordDecoder<unknown>

export interface FetchOptions {
  /** How long a broker waits for `minBytes`. Default 500. */
  readonly maxWaitMs?: number
  /** Default 1: an answer as soon as there is a record. */
  readonly minBytes?: number
  /** Of one answer. Default 8 MiB. */
  readonly maxBytes?: number
  /** Of one partition in an answer; no more is asked for while as much is queued. Default 1 MiB. */
  readonly maxPartitionBytes?: number
  /**
   * Of all answers that a task has not read to their end, whatever the number of partitions and brokers:
   * with as much no more is asked for, and no more than as much is on its way. Default 16 MiB.
   */
  readonly maxHeldBytes?: number
  /** Key and value of one record; a larger one is refused by `onError`. Default 8 MiB. */
  readonly maxRecordBytes?: number
  /** What one batch may decompress to. Default 128 MiB. */
  readonly maxBatchBytes?: number
  /** Check every batch against its checksum. Default true. */
  readonly checkCrcs?: boolean
}

/** Fields of the tuples; `value` and `key` are what the options say. */
export type KafkaFields<Value extends FieldType, Key extends FieldType> = {
  readonly value: Value
  readonly key: Key
  readonly topic: 'string'
  readonly partition: 'number'
  readonly offset: 'number'
  /** Ms since 1970. */
  readonly timestamp: 'number'
  readonly headers: JsonField<RecordHeaders>
}

type ValueField<O extends KafkaSpoutOptions> =
  O extends { readonly schema: StandardSchema<infer T> } ? JsonField<T | Null<O>>
    : O['value'] extends 'utf8' ? Text<O>
      : O['value'] extends 'bytes' ? Bytes<O>
        : O['value'] extends 'json' ? JsonField<unknown>
          : O['value'] extends RecordDecoder<infer T> ? JsonField<T | Null<O>>
            : O['value'] extends JsonField<infer T> ? JsonField<T | Null<O>>
              : JsonField<unknown>

type Null<O extends KafkaSpoutOptions> = O extends { readonly nullable: true } ? null : never
// A column may hold nulls, which its plain name does not say in types.
type Text<O extends KafkaSpoutOptions> = O extends { readonly nullable: true } ? JsonField<string | null> : 'string'
type Bytes<O extends KafkaSpoutOptions> = O extends { readonly nullable: true } ? JsonField<Uint8Array | null> : 'bytes'

type KeyField<O extends KafkaSpoutOptions> =
  O extends { readonly key: 'utf8' } ? JsonField<string | null>
    : O extends { readonly key: RecordDecoder<infer T> } ? JsonField<T | null>
      : JsonField<Uint8Array | null>

export interface KafkaSpout<Value extends FieldType, Key extends FieldType> extends SpoutDefinition<{ readonly default: KafkaFields<Value, Key> }> {
  /** The same spout, told to begin this partition at this offset, whatever was stored. Refused at the start when results of later records exist. */
  seek(topic: string, partition: number, offset: number): KafkaSpout<Value, Key>
}

/** Reads topics of Kafka: `kafkaSpout({ topic: 'sentences', value: 'utf8' })`. Throws MR_OPTIONS_INVALID. */
export function kafkaSpout<const O extends KafkaSpoutOptions>(options: O): KafkaSpout<ValueField<O>, KeyField<O>> {
  const checked = checkOptions('kafkaSpout', optionsSchema, options)
  const topics = typeof checked.topic === 'string' ? [checked.topic] : checked.topic
  if (new Set(topics).size < topics.length) throw new MillraceError('MR_OPTIONS_INVALID', 'kafkaSpout: a topic is named twice', { remedy: 'name every topic once' })
  const value = options.value
  if (options.schema !== undefined && value !== 'json') throw new MillraceError('MR_OPTIONS_INVALID', "kafkaSpout: a schema checks JSON, so it needs value: 'json'", { remedy: "set value: 'json', or leave the schema out" })

  const [type, decodeValue] = valueDecoder(options)
  const [keyType, decodeKey] = keyDecoder(options.key)
  const fields = { value: type, key: keyType, topic: 'string', partition: 'number', offset: 'number', timestamp: 'number', headers: 'json' } as const
  const task: Omit<SpoutTaskOptions, 'requestTimeoutMs'> = { ...checked.fetch, isolation: checked.isolation, nullable: checked.nullable, text: value === 'utf8', decodeValue, decodeKey }
  return define<ValueField<O>, KeyField<O>>(fields as unknown as KafkaFields<ValueField<O>, KeyField<O>>, task, { topics, start: checked.start, seeks: {}, isolation: checked.isolation })
}

// Sources run as .ts, the built package as .js.
const sourceModule = new URL(`./kafka-source${extname(import.meta.url)}`, import.meta.url).href

/** The topics a topology reads from Kafka, each once. */
export function kafkaTopicsOf({ components }: TopologyDescription): readonly string[] {
  const sources = components.flatMap(({ source }) => (source?.module === sourceModule ? [source.options as KafkaSourceOptions] : []))
  return [...new Set(sources.flatMap(({ topics }) => topics))]
}

function define<Value extends FieldType, Key extends FieldType>(fields: KafkaFields<Value, Key>, task: Omit<SpoutTaskOptions, 'requestTimeoutMs'>, options: KafkaSourceOptions): KafkaSpout<Value, Key> {
  const source: ConnectorRef = { module: sourceModule, options }
  return {
    role: 'spout',
    streams: { default: fields },
    source,
    memory: { heldBytes: heldBytes(task), recordBytes: task.maxRecordBytes },
    createTask: (context) => createTask(context, task),
    seek(topic, partition, offset) {
      if (!options.topics.includes(topic) || !Number.isInteger(partition) || partition < 0 || !Number.isSafeInteger(offset) || offset < 0) {
        throw new MillraceError('MR_OPTIONS_INVALID', `seek: ${topic}/${partition}@${offset} is no place in ${options.topics.join(', ')}`, { remedy: 'give a topic of this spout, its partition and an offset of 0 or more' })
      }
      return define(fields, task, { ...options, seeks: { ...options.seeks, [`${topic}/${partition}`]: offset } })
    },
  }
}

/**
 * Answers that wait and as many on their way, those that tuples under way still stand in, buffers that wait
 * to be read into, and what batches are decompressed to: up to a bound, and then one more.
 */
function heldBytes({ maxBatchBytes, maxBytes, maxHeldBytes }: Pick<SpoutTaskOptions, 'maxBatchBytes' | 'maxBytes' | 'maxHeldBytes'>): number {
  return (2 + mostFree) * maxHeldBytes + 4 * Math.min(maxBytes, maxHeldBytes) + maxHeldBytes + maxBatchBytes
}

function createTask(context: SpoutContext, task: Omit<SpoutTaskOptions, 'requestTimeoutMs'>): SpoutTask {
  const settings = kafkaSettings(context.connections)
  const options = { ...task, requestTimeoutMs: settings.requestTimeoutMs }
  const borrow = (isolation: Isolation) => () => {
    const { cluster, release } = borrowCluster(settings, context.log)
    return { port: fetchPort(cluster, isolation), release }
  }
  return context.connections[lettersConnection] === undefined
    ? new KafkaSpoutTask(context, options, borrow(task.isolation))
    : new RetriedSpoutTask(context, options, borrow('read_uncommitted'))
}

function valueDecoder({ schema, value }: KafkaSpoutOptions): readonly [ColumnType, FieldDecoder] {
  if (schema !== undefined) return ['json', schemaDecoder(schema)]
  if (typeof value === 'function') return ['json', ownDecoder(value)]
  if (value === 'utf8') return ['string', decodeUtf8]
  return value === 'bytes' ? ['bytes', decodeBytes] : ['json', decodeJson]
}

function keyDecoder(key: KeyDecoding | undefined): readonly [ColumnType, FieldDecoder | undefined] {
  if (key === undefined) return ['bytes', undefined]
  if (typeof key === 'function') return ['json', ownDecoder(key)]
  return key === 'utf8' ? ['string', decodeUtf8] : ['bytes', decodeBytes]
}

const mebibyte = 1_048_576
const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647))
/** 249 characters, as Kafka has it; a name with other characters would never be found. */
const topicName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[\w.-]{1,249}$/u, 'is no name of a Kafka topic'))
const aFunction = v.custom<RecordDecoder<unknown>>((value) => typeof value === 'function', 'must be utf8, json, bytes or a function')
const aSchema = v.custom<StandardSchema>((value) => (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value, 'must be a schema of a Standard Schema library')

const optionsSchema = v.strictObject({
  topic: v.union([topicName, v.pipe(v.array(topicName), v.minLength(1))]),
  value: v.union([v.picklist(['utf8', 'json', 'bytes']), v.strictObject({ json: v.literal(true) }), aFunction]),
  schema: v.optional(aSchema),
  key: v.optional(v.union([v.picklist(['utf8', 'bytes']), aFunction])),
  start: v.optional(v.union([
    v.picklist(['committed', 'earliest', 'latest']),
    v.strictObject({ timestampMs: offset }),
    v.strictObject({ offsets: v.record(v.string(), offset) }),
  ]), 'earliest'),
  nullable: v.optional(v.boolean(), false),
  isolation: v.optional(v.picklist(['read_committed', 'read_uncommitted']), 'read_committed'),
  fetch: v.optional(v.strictObject({
    maxWaitMs: v.optional(size, 500),
    minBytes: v.optional(size, 1),
    maxBytes: v.optional(size, 8 * mebibyte),
    maxPartitionBytes: v.optional(size, mebibyte),
    maxHeldBytes: v.optional(size, 16 * mebibyte),
    maxRecordBytes: v.optional(size, 8 * mebibyte),
    maxBatchBytes: v.optional(size, 128 * mebibyte),
    checkCrcs: v.optional(v.boolean(), true),
  }), {}),
})
