import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { asMillraceError, MillraceError } from '../../errors.ts'
import { byteLength, RecordBatchBuilder, recordBound } from '../../wire/record-batch-builder.ts'
import type { Bytes, HeadersToWrite } from '../../wire/record-batch-builder.ts'
import { Dispatcher } from './dispatcher.ts'
import { Fifo } from './fifo.ts'
import { PartitionOutbox } from './partition-outbox.ts'
import { partitionOfKey, StickyChoice } from './partitioner.ts'
import { ProduceBatch } from './produce-batch.ts'
import type { ProducePort } from './produce-port.ts'
import type { CheckedProducerOptions } from './producer-options.ts'
import { recordFault } from './record-fault.ts'

export interface ProducerRecord {
  readonly topic: string
  /** Left out, the key's hash chooses it as in Java's client; without a key partitions take turns. */
  readonly partition?: number | undefined
  /** Text goes as UTF-8. */
  readonly key?: Bytes | null | undefined
  /** Null is a tombstone. */
  readonly value: Bytes | null
  /** A name may come more than once. */
  readonly headers?: HeadersToWrite | undefined
  /** Ms since 1970. Default: now. */
  readonly timestamp?: number | undefined
}

/** Where a record was written. */
export interface RecordPosition {
  readonly topic: string
  readonly partition: number
  /** -1 where the broker does not say it: with acks 0. */
  readonly offset: number
}

/** Records given by `push`, numbered from 0 in the order of the calls. */
export interface Pushed {
  readonly acknowledged: number
  /** What the broker refused first in that order: the records of one batch, from the first to the last of them. */
  readonly failed: { readonly first: number; readonly last: number; readonly error: MillraceError } | undefined
}

interface Topic {
  readonly name: string
  /** 0 while unknown. */
  partitions: number
  /** When the partitions were counted last, on the monotonic clock. */
  countedAt: number
  /** By partition; absent where nothing was sent yet. */
  readonly outboxes: (PartitionOutbox | undefined)[]
  readonly sticky: StickyChoice
  /** Records that wait for the partitions to be known, or for room. */
  readonly held: Fifo<Held>
}

interface Held {
  /** Undefined for a mark that only wants to know when its turn has come. */
  readonly record: ProducerRecord | undefined
  /** As in a batch. */
  readonly push: number
  taken(place: Place | undefined): void
  refused(error: MillraceError): void
}

/** Where a record was put. */
interface Place {
  readonly outbox: PartitionOutbox
  readonly batch: ProduceBatch
}

interface Lingering {
  readonly outbox: PartitionOutbox
  /** Of the batch: whether it is still the open one. */
  readonly order: number
  readonly until: number
}

/** A partition gets this much before the next has its turn, as in Java's client. */
const stickyBytes = 16_384
/** How often it is looked whether a topic in use has got more partitions, as in Java's client. */
const recountMs = 300_000
/** What a new batch takes at first. */
const smallBatchBytes = 1_024

/**
 * Gathers records into batches and has them sent to the leaders of their partitions. Records of a
 * partition arrive in the order of the calls, whatever must be sent again.
 */
export class Producer {
  readonly #options: CheckedProducerOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #dispatcher: Dispatcher
  readonly #topics = new Map<string, Topic>()
  readonly #unsettled = new Set<ProduceBatch>()
  /** Open batches, the one to leave first in front; those that left earlier are passed over. */
  #lingering: Lingering[] = []
  #lingerTimerSet = false
  #usedBytes = 0
  #roomWanted: PromiseWithResolvers<void>[] = []
  #order = 0
  #pushes = 0
  #acknowledgedPushes = 0
  #failure: Pushed['failed']
  #closed = false

  /** `random` answers like Math.random. */
  constructor(port: ProducePort, options: CheckedProducerOptions, clock: Clock, log: Logger, random: () => number = Math.random) {
    this.#options = options
    this.#clock = clock
    this.#random = random
    this.#dispatcher = new Dispatcher(port, options, clock, log, {
      settled: (batch, outcome) => this.#settled(batch, outcome),
      split: (batch, halves) => this.#split(batch, halves),
      topicRefused: (name, error) => this.#topicRefused(name, error),
    })
  }

  /** What became of pushed records so far. */
  get pushed(): Pushed {
    return { acknowledged: this.#acknowledgedPushes, failed: this.#failure }
  }

  /**
   * Resolves when the record is acknowledged. Its key and value must not be changed before. While
   * memory is full, the record waits for its turn. Rejects with MR_OPTIONS_INVALID where its shape is wrong.
   */
  send(record: ProducerRecord): Promise<RecordPosition> {
    return new Promise((resolve, reject) => {
      const taken = (place: Place | undefined): void => {
        const { outbox, batch } = place!
        const { topic, partition } = outbox
        const index = batch.count - 1
        resolve(batch.acknowledged.then((offsetOf) => ({ topic, partition, offset: offsetOf(index) })))
      }
      const fault = recordFault(record)
      if (fault !== undefined) throw fault
      const topic = this.#topicOf(record.topic)
      if (this.#closed) throw closed()
      if (this.#takes(topic)) taken(this.#append(topic, record, -1))
      else topic.held.push({ record, push: -1, taken, refused: reject })
    })
  }

  /**
   * Takes a record that has no answer of its own; `flush` and `close` tell whether all arrived.
   * Undefined means: taken and copied, and there is room for more. Else the next one has to wait for the
   * promise. It rejects, as does every later call, once a pushed record has failed.
   */
  push(record: ProducerRecord): Promise<void> | undefined {
    if (this.#failure !== undefined || this.#closed) return Promise.reject(this.#failure?.error ?? closed())
    const push = this.#pushes++
    const fault = recordFault(record)
    if (fault !== undefined) {
      this.#pushFailed(push, push, fault)
      return Promise.reject(fault)
    }
    const topic = this.#topicOf(record.topic)
    if (!this.#takes(topic)) {
      return new Promise((resolve, reject) => {
        topic.held.push({
          record,
          push,
          taken: () => resolve(),
          refused: (error) => {
            this.#pushFailed(push, push, error)
            reject(error)
          },
        })
      })
    }
    try {
      this.#append(topic, record, push)
    } catch (thrown) {
      const error = asMillraceError(thrown, 'MR_INTERNAL')
      this.#pushFailed(push, push, error)
      return Promise.reject(error)
    }
    if (!this.#full) return undefined
    const room = Promise.withResolvers<void>()
    this.#roomWanted.push(room)
    return room.promise
  }

  /** Sends what was given so far without waiting for more. Resolves when it is settled; rejects with the failure of the first pushed record that failed. */
  async flush(): Promise<void> {
    await Promise.all([...this.#topics.values()].filter(({ held }) => held.size > 0).map(({ held }) => new Promise<void>((resolve) => {
      held.push({ record: undefined, push: -1, taken: () => resolve(), refused: () => resolve() })
    })))
    for (const { outboxes } of this.#topics.values()) for (const outbox of outboxes) this.#send(outbox, false)
    await Promise.allSettled([...this.#unsettled].map(({ acknowledged }) => acknowledged))
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Flushes, then closes all connections. What is given meanwhile is refused. */
  async close(): Promise<void> {
    this.#closed = true
    try {
      await this.flush()
    } finally {
      this.abort()
    }
  }

  /** Closes all connections at once. What was not acknowledged fails, and may have been written or not. */
  abort(): void {
    this.#closed = true
    this.#dispatcher.close()
    for (const { held, outboxes } of this.#topics.values()) {
      for (let next = held.shift(); next !== undefined; next = held.shift()) next.refused(closed())
      for (const outbox of outboxes) for (const batch of outbox?.drop() ?? []) this.#settled(batch, closed())
    }
  }

  get #full(): boolean {
    return this.#usedBytes >= this.#options.memoryBytes
  }

  #takes(topic: Topic): boolean {
    return topic.partitions > 0 && topic.held.size === 0 && !this.#full
  }

  #topicOf(name: string): Topic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = { name, partitions: 0, countedAt: 0, outboxes: [], sticky: new StickyChoice(stickyBytes, this.#random), held: new Fifo() }
      this.#topics.set(name, topic)
    }
    if (topic.partitions === 0 && topic.held.size === 0 && !this.#closed) this.#learn(topic)
    return topic
  }

  #learn(topic: Topic): void {
    topic.countedAt = this.#clock.monotonic()
    this.#dispatcher.search.partitions(topic.name).then((partitions) => {
      // A topic never loses partitions.
      topic.partitions = Math.max(partitions, topic.partitions)
      this.#release(topic)
    }, (error: MillraceError) => this.#topicRefused(topic.name, error))
  }

  #topicRefused(name: string, error: MillraceError): void {
    const topic = this.#topics.get(name)
    if (topic === undefined) return
    topic.partitions = 0
    for (let next = topic.held.shift(); next !== undefined; next = topic.held.shift()) next.refused(error)
    for (const outbox of topic.outboxes) for (const batch of outbox?.drop() ?? []) this.#settled(batch, error)
  }

  /** Takes what was held, as far as there is room. */
  #release(topic: Topic): void {
    while (topic.partitions > 0 && !this.#full) {
      const held = topic.held.shift()
      if (held === undefined) return
      try {
        held.taken(held.record === undefined ? undefined : this.#append(topic, held.record, held.push))
      } catch (thrown) {
        held.refused(asMillraceError(thrown, 'MR_INTERNAL'))
      }
    }
  }

  #append(topic: Topic, record: ProducerRecord, push: number): Place {
    const { value, headers } = record
    const key = typeof record.key === 'string' ? Buffer.from(record.key) : record.key ?? null
    const valueLength = byteLength(value)
    const bound = recordBound(byteLength(key), valueLength, headers)
    const outbox = this.#outbox(topic, this.#partition(topic, record.partition, key, bound))
    const batchBytes = Math.min(this.#options.batchBytes, outbox.tooLargeBytes / 2)
    let batch = outbox.open
    if (batch !== undefined && batch.sizeBytes + bound > batchBytes) {
      this.#send(outbox, true)
      batch = undefined
    }
    batch ??= this.#newBatch(topic, outbox, bound)
    const before = batch.sizeBytes
    batch.append(push, record.timestamp ?? this.#clock.now(), key, value, valueLength, headers)
    this.#usedBytes += batch.sizeBytes - before
    // No other record will fit.
    if (batch.sizeBytes >= batchBytes) this.#send(outbox, true)
    return { outbox, batch }
  }

  #partition(topic: Topic, wanted: number | undefined, key: Uint8Array | null, bytes: number): number {
    if (wanted === undefined) return key === null ? topic.sticky.choose(topic.partitions, bytes) : partitionOfKey(key, topic.partitions)
    if (Number.isInteger(wanted) && wanted >= 0 && wanted < topic.partitions) return wanted
    throw new MillraceError('MR_KAFKA_TOPIC_UNKNOWN', `${topic.name} has ${topic.partitions} partition${topic.partitions === 1 ? '' : 's'}, counted from 0: there is no partition ${wanted}`, {
      place: { partition: `${topic.name}/${wanted}` },
      remedy: `name a partition from 0 to ${topic.partitions - 1}, or none`,
    })
  }

  #outbox(topic: Topic, partition: number): PartitionOutbox {
    const known = topic.outboxes[partition]
    if (known !== undefined) return known
    const outbox = new PartitionOutbox(topic.name, partition, this.#options)
    this.#dispatcher.adopt(outbox)
    return topic.outboxes[partition] = outbox
  }

  #newBatch(topic: Topic, outbox: PartitionOutbox, bound: number): ProduceBatch {
    const { batchBytes, lingerMs } = this.#options
    const now = this.#clock.monotonic()
    if (now - topic.countedAt >= recountMs) this.#learn(topic)
    // A partition that has just filled a batch is likely to fill the next.
    const capacity = Math.max(outbox.filled ? batchBytes : smallBatchBytes, bound + 64)
    const batch = new ProduceBatch(this.#order++, now, new RecordBatchBuilder(capacity))
    outbox.open = batch
    this.#unsettled.add(batch)
    this.#usedBytes += batch.sizeBytes
    this.#lingering.push({ outbox, order: batch.order, until: now + lingerMs })
    this.#watchLingering()
    return batch
  }

  #watchLingering(): void {
    if (this.#lingerTimerSet || this.#lingering.length === 0) return
    this.#lingerTimerSet = true
    const sendDue = (): void => {
      this.#lingerTimerSet = false
      const now = this.#clock.monotonic()
      let due = 0
      for (; due < this.#lingering.length; due++) {
        const { outbox, order, until } = this.#lingering[due]!
        if (outbox.open?.order !== order) continue
        if (until > now) break
        outbox.filled = false
        outbox.due()
        this.#dispatcher.ready(outbox)
      }
      this.#lingering.splice(0, due)
      this.#watchLingering()
    }
    if (this.#options.lingerMs === 0) setImmediate(sendDue)
    else this.#clock.setTimer(Math.max(0, this.#lingering[0]!.until - this.#clock.monotonic()), sendDue)
  }

  /** The open batch leaves. */
  #send(outbox: PartitionOutbox | undefined, filled: boolean): void {
    if (outbox?.open === undefined) return
    outbox.filled = filled
    outbox.close()
    this.#dispatcher.ready(outbox)
  }

  #split(batch: ProduceBatch, halves: readonly ProduceBatch[]): void {
    if (!this.#unsettled.delete(batch)) return
    this.#usedBytes -= batch.sizeBytes
    for (const half of halves) {
      this.#unsettled.add(half)
      this.#usedBytes += half.sizeBytes
    }
  }

  #settled(batch: ProduceBatch, outcome: number | MillraceError): void {
    if (!this.#unsettled.delete(batch)) return
    this.#usedBytes -= batch.sizeBytes
    const { pushed } = batch
    if (typeof outcome === 'number') {
      this.#acknowledgedPushes += pushed.length
      batch.succeed(outcome)
    } else {
      if (pushed.length > 0) this.#pushFailed(pushed[0]!, pushed.at(-1)!, outcome)
      batch.fail(outcome)
    }
    if (!this.#full || this.#failure !== undefined) this.#giveRoom()
  }

  #pushFailed(first: number, last: number, error: MillraceError): void {
    if (this.#failure === undefined || first < this.#failure.first) this.#failure = { first, last, error }
  }

  #giveRoom(): void {
    for (const topic of this.#topics.values()) if (topic.held.size > 0) this.#release(topic)
    if (this.#full && this.#failure === undefined) return
    const wanted = this.#roomWanted
    this.#roomWanted = []
    for (const { resolve, reject } of wanted) {
      if (this.#failure === undefined) resolve()
      else reject(this.#failure.error)
    }
  }
}

function closed(): MillraceError {
  return new MillraceError('MR_PRODUCE_FAILED', 'the producer is closed', { remedy: 'give it no records after close()' })
}
