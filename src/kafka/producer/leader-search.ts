import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { asMillraceError, MillraceError } from '../../errors.ts'
import { KafkaFailure } from '../kafka-failure.ts'
import { topicNameInvalid, topicUnknown } from '../topic-check.ts'
import type { PartitionOutbox } from './partition-outbox.ts'
import type { ProducePort } from './produce-port.ts'

export interface SearchListener {
  /** The outbox has a leader. */
  found(outbox: PartitionOutbox): void
  /** Called between tries with those that have none yet. */
  waiting(outboxes: readonly PartitionOutbox[]): void
  /** Nothing of the topic can be sent, for good. */
  refused(topic: string, error: MillraceError): void
}

/** Waits between tries: doubled each time, up to the last. */
const backoffMs = { first: 100, last: 1_000 } as const
/** Refreshes that must agree that a topic does not exist: brokers learn of new ones one after another. */
const triesUntilUnknown = 8

/** Asks the cluster, again and again while it must, how many partitions topics have and who leads them. */
export class LeaderSearch {
  readonly #port: ProducePort
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listener: SearchListener
  readonly #homeless = new Set<PartitionOutbox>()
  /** Topics whose partitions are asked for, with the number of refreshes that did not know them. */
  readonly #topics = new Map<string, { misses: number; readonly asked: PromiseWithResolvers<number> }>()
  #running = false
  /** Whether the next look has to wait, and how long the last one did. */
  #pauseFirst = false
  #pauseMs = 0
  #pause: Timer | undefined
  #closed = false

  constructor(port: ProducePort, clock: Clock, log: Logger, listener: SearchListener) {
    this.#port = port
    this.#clock = clock
    this.#log = log
    this.#listener = listener
  }

  /** How many partitions the topic has. Rejects when it does not exist or may not be seen. */
  partitions(topic: string): Promise<number> {
    let entry = this.#topics.get(topic)
    if (entry === undefined) {
      this.#topics.set(topic, entry = { misses: 0, asked: Promise.withResolvers<number>() })
      void this.#run()
    }
    return entry.asked.promise
  }

  /** Calls `found` when the outbox has a leader: at once, or after a pause when it was just led by nobody. */
  add(outbox: PartitionOutbox, pause: boolean): void {
    this.#homeless.add(outbox)
    if (pause) this.#pauseFirst = true
    void this.#run()
  }

  /** A broker has taken records: the next trouble is a new one. */
  worked(): void {
    this.#pauseMs = 0
  }

  close(): void {
    this.#closed = true
    this.#pause?.cancel()
    this.#homeless.clear()
    const error = new MillraceError('MR_PRODUCE_FAILED', 'the producer was closed')
    for (const { asked } of this.#topics.values()) asked.reject(error)
    this.#topics.clear()
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (!this.#closed && this.#homeless.size + this.#topics.size > 0) {
      if (this.#pauseFirst) await this.#paused()
      this.#pauseFirst = false
      try {
        await this.#port.refresh([...new Set([...this.#topics.keys(), ...[...this.#homeless].map(({ topic }) => topic)])])
        if (!this.#closed) await this.#settle()
      } catch (thrown) {
        if (!(thrown instanceof KafkaFailure)) this.#refuseAll(asMillraceError(thrown, 'MR_INTERNAL'))
        else this.#log.warn('cannot ask Kafka who leads the partitions, trying again', { cause: thrown.message })
      }
      if (this.#closed) return
      this.#pauseFirst ||= this.#homeless.size + this.#topics.size > 0
      this.#listener.waiting([...this.#homeless])
    }
    this.#running = false
  }

  /** Never resolves when closed meanwhile, which leaves nothing behind that would hold the thread. */
  #paused(): Promise<void> {
    this.#pauseMs = Math.min(Math.max(backoffMs.first, 2 * this.#pauseMs), backoffMs.last)
    return new Promise((resolve) => {
      this.#pause = this.#clock.setTimer(this.#pauseMs, resolve)
    })
  }

  async #settle(): Promise<void> {
    for (const [topic, entry] of this.#topics) {
      const error = this.#port.topicError(topic)
      const partitions = this.#port.partitionCount(topic)
      const refusal = this.#refusal(topic, error)
      if (refusal !== undefined) this.#refuse(topic, refusal)
      else if (partitions > 0) {
        this.#topics.delete(topic)
        entry.asked.resolve(partitions)
      } else if (++entry.misses >= triesUntilUnknown) {
        this.#refuse(topic, topicUnknown(topic, await this.#port.topicNames(), this.#port.at))
      }
    }
    for (const outbox of this.#homeless) {
      const refusal = this.#refusal(outbox.topic, this.#port.topicError(outbox.topic))
      if (refusal !== undefined) this.#refuse(outbox.topic, refusal)
      outbox.leader = this.#port.leader(outbox.topic, outbox.partition)
      if (outbox.leader < 0 || !this.#homeless.delete(outbox)) continue
      this.#listener.found(outbox)
    }
  }

  #refusal(topic: string, error: string | undefined): MillraceError | undefined {
    if (error === 'TOPIC_AUTHORIZATION_FAILED') {
      return new MillraceError('MR_KAFKA_AUTHORIZATION', `the user lacks the right Write on the topic ${topic}`, {
        place: { at: this.#port.at },
        remedy: `grant it: kafka-acls --add --allow-principal User:NAME --operation Write --topic ${topic}`,
      })
    }
    return error === 'INVALID_TOPIC_EXCEPTION' ? topicNameInvalid(topic, this.#port.at) : undefined
  }

  #refuse(topic: string, error: MillraceError): void {
    this.#topics.get(topic)?.asked.reject(error)
    this.#topics.delete(topic)
    for (const outbox of this.#homeless) if (outbox.topic === topic) this.#homeless.delete(outbox)
    this.#listener.refused(topic, error)
  }

  #refuseAll(error: MillraceError): void {
    for (const topic of new Set([...this.#topics.keys(), ...[...this.#homeless].map(({ topic }) => topic)])) this.#refuse(topic, error)
  }
}
