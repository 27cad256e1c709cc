import { sleep } from '../base/clock.ts'
import { failing, failpoint } from '../base/failpoint.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { SourceLog } from '../topology/source-log.ts'
import type { DeadLetter, LogRange, Position, Source, SourceListener, SourcePartition } from '../topology/source.ts'
import { kafkaSettings } from './connection.ts'
import type { CheckedKafkaSettings } from './connection.ts'
import { DeadLetterTopic } from './dead-letter-topic.ts'
import { groupPlace, topologyAssignors, topologyGroup } from './group-identity.ts'
import type { GroupIdentity } from './group-identity.ts'
import type { KafkaAccess } from './kafka-access.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { KafkaLog } from './kafka-log.ts'
import { refusal } from './group-refusal.ts'
import { openKafkajs } from './kafkajs-access.ts'
import { Membership } from './membership.ts'
import { OffsetMirror } from './offset-mirror.ts'
import { splitPartition } from './partition-name.ts'
import { patiently } from './patience.ts'
import { retrySource } from './retry-source.ts'
import { spoutsByTopic, type KafkaSpoutOfTopic } from './spouts-by-topic.ts'
import { StartOffsets } from './start-offsets.ts'
import { checkSeeks, topicRefused, topicUnknown } from './topic-check.ts'

export { forgetReaders } from './forget-readers.ts'

/** All Kafka spouts of a topology, in its consumer group. */
export function connect(context: ConnectorContext): Source {
  const { instance, retry } = context
  if (retry !== undefined) return retrySource(context, retry)
  return new KafkaSource(context, { group: topologyGroup(context), instance, assignors: topologyAssignors }, openKafkajs)
}

/** The logs that they read, without a group. */
export function connectLog(context: ConnectorContext): SourceLog {
  return new KafkaLog(context)
}

interface Opened {
  readonly access: KafkaAccess
  readonly starts: StartOffsets
  readonly membership: Membership
}

/** A topic that was just created is not known to every broker at once. */
const unknownTopicMs = 1_000
/** Between two rounds of questions, each of which is as patient as a request. */
const pauseMs = 1_000
const unknownTopic = 'UNKNOWN_TOPIC_OR_PARTITION'

export class KafkaSource implements Source {
  readonly #context: ConnectorContext
  readonly #settings: CheckedKafkaSettings
  readonly #identity: GroupIdentity
  readonly #openAccess: typeof openKafkajs
  readonly #spouts: ReadonlyMap<string, KafkaSpoutOfTopic>
  readonly #counts = new Map<string, number>()
  readonly #mirror: OffsetMirror
  readonly #closed = Promise.withResolvers<void>()
  /** Positions in Kafka, and where the user asked to begin, are of the live results. */
  readonly #live: boolean
  #isClosed = false
  #opened: Opened | undefined
  #hasAnswered = false
  #deadLetters: DeadLetterTopic | undefined

  constructor(context: ConnectorContext, identity: GroupIdentity, openAccess: typeof openKafkajs) {
    this.#context = context
    this.#identity = identity
    this.#live = context.generation === 'live'
    this.#settings = kafkaSettings(context.connections)
    this.#openAccess = openAccess
    this.#spouts = spoutsByTopic(context)
    this.#mirror = new OffsetMirror((positions) => this.#commit(positions), context.clock, context.log)
  }

  async open(listener: SourceListener): Promise<void> {
    const opening = this.#openAccess(this.#context, this.#settings, this.#identity)
    const access = await Promise.race([opening, this.#closed.promise])
    if (access === undefined) {
      opening.then((late) => late.disconnect(), () => {})
      return
    }
    try {
      await Promise.race([this.#findTopics(access), this.#closed.promise])
      if (failing) await failpoint('source.open')
      if (this.#isClosed) return access.disconnect()
      checkSeeks(this.#placed(), this.#counts)
      await this.#openDeadLetters()
      if (this.#isClosed) return access.disconnect()
      const starts = new StartOffsets({ log: access.log, committed: (partitions) => this.mirrored(partitions), wish: this.#context.start, spouts: this.#spouts })
      const membership = this.#member(access, listener)
      this.#opened = { access, starts, membership }
      await membership.open()
    } catch (thrown) {
      if (this.#isClosed) return
      access.disconnect()
      throw this.#error(thrown)
    }
  }

  partitions(): readonly string[] {
    return [...this.#spouts.keys()].flatMap((topic) => Array.from({ length: this.#counts.get(topic) ?? 0 }, (_, partition) => `${topic}/${partition}`))
  }

  async ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>> {
    return this.#ask(({ starts }) => starts.ranges(partitions))
  }

  async startOffsets(partitions: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, number>> {
    return this.#ask(({ starts }) => starts.start(partitions, fresh))
  }

  async wished(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    // Whoever began the generation said where.
    if (!this.#live) return new Map()
    return this.#ask(({ starts }) => starts.explicit(partitions))
  }

  mirror(positions: readonly Position[]): void {
    if (this.#live) this.#mirror.note(positions)
  }

  async mirrored(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (!this.#live) return new Map()
    return this.#ask(({ access }) => patiently(this.#context.clock, this.#settings.requestTimeoutMs, () => access.coordinator.committed(partitions)))
  }

  async deadLetter(records: readonly DeadLetter[]): Promise<void> {
    if (this.#deadLetters === undefined) throw new MillraceError('MR_INTERNAL', 'no topic is open for dead letters')
    try {
      await this.#deadLetters.send(records)
    } catch (thrown) {
      throw this.#error(thrown)
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closed.resolve()
    await this.#mirror.flush()
    this.#mirror.close()
    await Promise.all([this.#opened?.membership.close(), this.#deadLetters?.close()])
    this.#opened?.access.disconnect()
  }

  async #openDeadLetters(): Promise<void> {
    const { deadLetters } = this.#context
    if (deadLetters === undefined) return
    const topic = await DeadLetterTopic.open(deadLetters, Array.from(this.#spouts.keys()), this.#context, this.#settings)
    if (this.#isClosed) await topic.close()
    else this.#deadLetters = topic
  }

  #member(access: KafkaAccess, listener: SourceListener): Membership {
    const { clock, log } = this.#context
    const { heartbeatMs, sessionTimeoutMs, rebalanceTimeoutMs, startTimeoutMs, metadataRefreshMs } = this.#settings.membership
    return new Membership({
      coordinator: access.coordinator,
      counts: (topics) => this.#recount(access, topics),
      member: { ...this.#identity, topics: [...this.#spouts.keys()], heartbeatMs, sessionTimeoutMs, startTimeoutMs, releaseBudgetMs: rebalanceTimeoutMs * 3 / 4 },
      metadataRefreshMs,
      listener: {
        assigned: (partitions) => {
          this.#mirror.retain(partitions)
          listener.assigned(this.#withSpouts(partitions))
        },
        revoked: async () => {
          await listener.revoked()
          // Before the group goes on: whoever gets the partitions reads where this ends.
          await this.#mirror.flush()
        },
        lost: () => {
          this.#mirror.retain([])
          listener.lost()
        },
        failed: (error) => listener.failed(error),
      },
      clock,
      log,
    }, new Map(this.#counts))
  }

  async #findTopics(access: KafkaAccess): Promise<void> {
    const { clock } = this.#context
    const unknownUntil = clock.monotonic() + unknownTopicMs
    await patiently(clock, this.#settings.membership.startTimeoutMs, async () => {
      for (const [topic, { error, partitions }] of await access.describe([...this.#spouts.keys()])) {
        if (error === unknownTopic && clock.monotonic() >= unknownUntil) throw topicUnknown(topic, await access.topics(), access.at)
        if (error !== undefined) throw topicRefused(topic, error, access.at)
        this.#counts.set(topic, partitions)
      }
    })
  }

  /** Topics never lose partitions: fewer than before, or an error, is a broker that does not know yet. */
  async #recount(access: KafkaAccess, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    for (const [topic, { error, partitions }] of await access.describe(topics)) {
      if (error === undefined) this.#counts.set(topic, Math.max(partitions, this.#counts.get(topic) ?? 0))
      else this.#context.log.warn('a topic cannot be looked up', { topic, error })
    }
    return new Map(this.#counts)
  }

  #withSpouts(partitions: readonly string[]): SourcePartition[] {
    return partitions.flatMap((partition) => {
      const spout = this.#spouts.get(splitPartition(partition).topic)
      return spout === undefined ? [] : [{ component: spout.component, partition }]
    })
  }

  /** Partitions that somebody named an offset for. */
  #placed(): string[] {
    const ofSpouts = [...this.#spouts.values()].flatMap(({ seeks, start }) => [seeks, typeof start === 'object' && 'offsets' in start ? start.offsets : {}])
    return [this.#context.start.seek ?? {}, ...ofSpouts].flatMap((offsets) => Object.keys(offsets))
  }

  async #commit(positions: readonly Position[]): Promise<void> {
    const seat = this.#opened?.membership.seat
    if (seat === undefined) throw new KafkaFailure('UNKNOWN_MEMBER_ID', 'no place in the consumer group now', true)
    await this.#opened!.access.coordinator.commit(seat, positions)
  }

  /** At the start what does not answer is an error; once there was an answer it is waited for, however long that takes. */
  async #ask<Answer>(question: (opened: Opened) => Promise<Answer>): Promise<Answer> {
    if (this.#opened === undefined) throw new MillraceError('MR_INTERNAL', 'the Kafka source is not open')
    for (;;) {
      try {
        const answer = await question(this.#opened)
        this.#hasAnswered = true
        return answer
      } catch (thrown) {
        if (!this.#hasAnswered || this.#isClosed || !(thrown instanceof KafkaFailure) || !thrown.retriable) throw this.#error(thrown)
        this.#context.log.warn('Kafka does not answer; asking again', { error: thrown.message })
      }
      await sleep(this.#context.clock, pauseMs)
    }
  }

  #error(thrown: unknown): MillraceError {
    if (!(thrown instanceof KafkaFailure)) return asMillraceError(thrown, 'MR_INTERNAL')
    return refusal(thrown, this.#identity) ?? new MillraceError('MR_KAFKA_UNREACHABLE', thrown.message, {
      place: { ...groupPlace(this.#identity), at: this.#settings.brokers.join(',') },
      remedy: 'check that all brokers are up and every partition of the topics has a leader',
    })
  }
}
