import { failing, failpoint } from '../../base/failpoint.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { asMillraceError, MillraceError } from '../../errors.ts'
import { KafkaFailure, lostAnswer } from '../kafka-failure.ts'
import { LeaderSearch } from './leader-search.ts'
import type { PartitionOutbox } from './partition-outbox.ts'
import type { ProduceBatch } from './produce-batch.ts'
import { produceRefusal, verdictOn } from './produce-error.ts'
import type { ProducedPartition, ProduceLink, ProducePort, ProducerId } from './produce-port.ts'
import type { CheckedProducerOptions } from './producer-options.ts'

export interface DispatchListener {
  /** The batch is acknowledged (base offset, -1 when unknown) or has failed for good. */
  settled(batch: ProduceBatch, outcome: number | MillraceError): void
  /** The broker takes no batch of this size: two go in its place. */
  split(batch: ProduceBatch, halves: readonly ProduceBatch[]): void
  /** Nothing of the topic can be sent, for good. */
  topicRefused(topic: string, error: MillraceError): void
}

interface Node {
  readonly id: number
  readonly link: Promise<ProduceLink>
  inFlight: number
}

interface Sent {
  readonly outbox: PartitionOutbox
  readonly batch: ProduceBatch
  readonly bytes: Uint8Array
}

/** Default of a broker's socket.request.max.bytes: it closes the connection without an answer when a request is larger. */
const usualMaxRequestBytes = 104_857_600

const acksOnWire = { all: -1, 1: 1, 0: 0 } as const

/**
 * Brings closed batches to the leaders of their partitions: one connection and up to `maxInFlight`
 * requests per broker, in each one batch of a partition. What comes back unsent goes again until its
 * delivery timeout.
 */
export class Dispatcher {
  readonly search: LeaderSearch
  readonly #port: ProducePort
  readonly #options: CheckedProducerOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listener: DispatchListener
  readonly #nodes = new Map<number, Node>()
  /** Outboxes with something that may leave, in the order they take turns. */
  readonly #ready = new Set<PartitionOutbox>()
  #id: ProducerId | undefined
  #askingId = false
  #scheduled = false
  #closed = false

  constructor(port: ProducePort, options: CheckedProducerOptions, clock: Clock, log: Logger, listener: DispatchListener) {
    this.#port = port
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#listener = listener
    this.search = new LeaderSearch(port, clock, log, {
      found: (outbox) => this.ready(outbox),
      waiting: (outboxes) => {
        for (const outbox of outboxes) this.#expire(outbox)
      },
      refused: (topic, error) => listener.topicRefused(topic, error),
    })
  }

  /** A new outbox: who leads it is known with its topic. */
  adopt(outbox: PartitionOutbox): void {
    outbox.leader = this.#port.leader(outbox.topic, outbox.partition)
  }

  /** The outbox has a batch that may leave. Sends at the end of this turn of the loop, with what else is ready by then. */
  ready(outbox: PartitionOutbox): void {
    if (!outbox.sendable || this.#closed) return
    this.#ready.add(outbox)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  close(): void {
    this.#closed = true
    this.search.close()
    this.#ready.clear()
    for (const { link } of this.#nodes.values()) link.then((open) => open.close(), () => {})
    this.#nodes.clear()
  }

  #pump(): void {
    if (this.#closed) return
    for (;;) {
      const requests = new Map<number, { readonly sent: Sent[]; bytes: number }>()
      for (const outbox of Array.from(this.#ready)) {
        if (!outbox.sendable) this.#ready.delete(outbox)
        else if (outbox.leader < 0) {
          this.#ready.delete(outbox)
          this.search.add(outbox, false)
        } else if (!outbox.needsProducer || this.#identify(outbox)) this.#collect(outbox, requests)
      }
      if (requests.size === 0) return
      for (const [id, { sent }] of requests) void this.#request(this.#node(id), sent)
    }
  }

  /** Puts a batch of the outbox into the next request to its leader, if that has room. */
  #collect(outbox: PartitionOutbox, requests: Map<number, { readonly sent: Sent[]; bytes: number }>): void {
    if ((this.#nodes.get(outbox.leader)?.inFlight ?? 0) >= this.#options.maxInFlight) return
    let request = requests.get(outbox.leader)
    const size = outbox.first!.sizeBytes
    if (request !== undefined && request.bytes + size > this.#options.maxRequestBytes) return
    if (request === undefined) requests.set(outbox.leader, request = { sent: [], bytes: 0 })
    const batch = outbox.take()
    request.sent.push({ outbox, batch, bytes: batch.stamped(this.#options.compression, outbox.producer) })
    request.bytes += size
    // Behind the others: its next batch waits until each had a turn.
    this.#ready.delete(outbox)
    if (outbox.sendable) this.#ready.add(outbox)
  }

  /** Whether the outbox has a producer id now; else one is asked for. */
  #identify(outbox: PartitionOutbox): boolean {
    if (this.#id !== undefined && this.#id.id !== outbox.lostProducer) {
      outbox.producer = this.#id
      return true
    }
    if (!this.#askingId) void this.#askId()
    return false
  }

  async #askId(): Promise<void> {
    this.#askingId = true
    try {
      this.#id = await this.#port.producerId()
    } catch (thrown) {
      const waiting = [...this.#ready]
      this.#ready.clear()
      if (thrown instanceof KafkaFailure && thrown.retriable) {
        this.#log.warn('no producer id to be had, trying again', { cause: thrown.message })
        for (const outbox of waiting) this.search.add(outbox, true)
      } else {
        const error = thrown instanceof KafkaFailure ? produceRefusal(this.#port.at, thrown.type, undefined) : asMillraceError(thrown, 'MR_INTERNAL')
        for (const outbox of waiting) for (const batch of outbox.drop()) this.#listener.settled(batch, error)
      }
    }
    this.#askingId = false
    this.#pump()
  }

  #node(id: number): Node {
    let node = this.#nodes.get(id)
    if (node === undefined) this.#nodes.set(id, node = { id, link: this.#port.open(id), inFlight: 0 })
    return node
  }

  async #request(node: Node, sent: readonly Sent[]): Promise<void> {
    const { acks, requestTimeoutMs } = this.#options
    const request = {
      acks: acksOnWire[acks],
      timeoutMs: requestTimeoutMs,
      batches: sent.map(({ outbox, bytes }) => ({ topic: outbox.topic, partition: outbox.partition, bytes })),
    }
    node.inFlight++
    let opened = false
    try {
      const link = await node.link
      opened = true
      if (acks === 0) {
        await link.post(request)
        for (const { outbox, batch } of sent) this.#acknowledged(outbox, batch, -1)
      } else {
        if (failing) await failpoint('produce.send')
        const answers = await link.produce(request)
        if (failing) await failpoint('produce.answer', lostAnswer)
        this.#answered(sent, answers)
      }
      node.inFlight--
    } catch (thrown) {
      if (this.#closed) return
      this.#lost(node, sent, thrown, opened)
    }
    this.#pump()
  }

  #answered(sent: readonly Sent[], answers: readonly ProducedPartition[]): void {
    const byName = new Map(answers.map((answer) => [`${answer.topic}/${answer.partition}`, answer]))
    for (const { outbox, batch } of sent) {
      const answer = byName.get(outbox.name)
      if (answer?.error !== undefined) this.#refused(outbox, batch, answer.error, answer.message)
      else if (answer !== undefined) this.#acknowledged(outbox, batch, answer.baseOffset)
      else this.#again(outbox, batch, true)
    }
  }

  #acknowledged(outbox: PartitionOutbox, batch: ProduceBatch, baseOffset: number): void {
    this.search.worked()
    outbox.acknowledged(batch)
    this.#listener.settled(batch, baseOffset)
    this.ready(outbox)
  }

  #refused(outbox: PartitionOutbox, batch: ProduceBatch, error: string, message: string | undefined): void {
    const { outcome, doubtful } = verdictOn(error)
    if (outcome === 'known') return this.#acknowledged(outbox, batch, -1)
    if (outcome === 'too large') return this.#tooLarge(outbox, batch, produceRefusal(outbox.name, error, message))
    if (outcome === 'refused') {
      batch.doubtful ||= doubtful
      this.#giveUp(outbox, batch, produceRefusal(outbox.name, error, message))
      return this.ready(outbox)
    }
    if (outcome === 'gap' && this.#options.idempotent && !outbox.renumbering && outbox.isFirst(batch)) {
      this.#log.warn('the broker has lost track of this producer, going on under a new id', { partition: outbox.name, error })
      outbox.startOver(batch)
      this.#leaderless(outbox)
      return
    }
    const cause = message === undefined ? error : `${message} (${error})`
    // Once, not with every try: what lasts is part of the error in the end.
    if (batch.setback === undefined && outbox.isFirst(batch)) this.#log.warn('a batch was not taken, it is sent again', { partition: outbox.name, cause })
    batch.setback = cause
    this.#again(outbox, batch, doubtful)
  }

  /** It may be taken in parts; `error` is what becomes of a single record. */
  #tooLarge(outbox: PartitionOutbox, batch: ProduceBatch, error: MillraceError): void {
    if (batch.count > 1) this.#listener.split(batch, outbox.split(batch))
    else this.#giveUp(outbox, batch, error)
    this.ready(outbox)
  }

  #again(outbox: PartitionOutbox, batch: ProduceBatch, doubtful: boolean): void {
    if (outbox.goesAgain(batch, doubtful)) outbox.returned(batch, doubtful)
    else {
      batch.doubtful = true
      this.#giveUp(outbox, batch, new MillraceError('MR_PRODUCE_FAILED', `a batch in front of this one was given up${batch.setback === undefined ? '' : `, and lastly: ${batch.setback}`}; the broker may have the records or not`, {
        place: { partition: outbox.name },
        remedy: 'see the first error of this partition; look with millrace consume which records arrived before they are sent again',
      }))
    }
    this.#expire(outbox)
    this.#leaderless(outbox)
  }

  #leaderless(outbox: PartitionOutbox): void {
    outbox.leader = -1
    this.#ready.delete(outbox)
    this.search.add(outbox, true)
  }

  /** The connection is gone: nobody knows what became of the requests on it. */
  #lost(node: Node, sent: readonly Sent[], thrown: unknown, opened: boolean): void {
    if (this.#nodes.get(node.id) === node) this.#nodes.delete(node.id)
    node.link.then((link) => link.close(), () => {})
    if (thrown instanceof KafkaFailure) this.#log.warn('a broker does not answer, its batches are sent again', { broker: node.id, cause: thrown.message })
    for (const { outbox, batch, bytes } of sent) {
      if (thrown instanceof KafkaFailure && opened && bytes.length > usualMaxRequestBytes) {
        this.#tooLarge(outbox, batch, new MillraceError('MR_RECORD_TOO_LARGE', `the connection was closed over a record of ${bytes.length} bytes: ${thrown.message}`, {
          place: { partition: outbox.name },
          remedy: `send smaller records; brokers take requests of at most ${usualMaxRequestBytes} bytes unless their socket.request.max.bytes is raised`,
        }))
      } else if (thrown instanceof KafkaFailure) {
        batch.setback = thrown.message
        this.#again(outbox, batch, opened)
      } else {
        batch.doubtful ||= opened
        this.#giveUp(outbox, batch, asMillraceError(thrown, 'MR_INTERNAL', { place: { partition: outbox.name } }))
        this.ready(outbox)
      }
    }
  }

  /** Gives up what waits for longer than the delivery timeout. */
  #expire(outbox: PartitionOutbox): void {
    const { deliveryTimeoutMs } = this.#options
    for (let first = outbox.idle ? outbox.first : undefined; first !== undefined && this.#clock.monotonic() - first.createdAt >= deliveryTimeoutMs; first = outbox.first) {
      this.#giveUp(outbox, first, new MillraceError('MR_PRODUCE_FAILED', `not acknowledged within ${deliveryTimeoutMs} ms${first.setback === undefined ? '' : `, lastly: ${first.setback}`}${first.doubtful ? '; the broker may have the records or not' : ''}`, {
        place: { partition: outbox.name },
        remedy: 'check that the partition has a leader and enough replicas in sync (millrace topics describe), or allow more deliveryTimeoutMs',
      }))
    }
  }

  #giveUp(outbox: PartitionOutbox, batch: ProduceBatch, error: MillraceError): void {
    for (const lost of outbox.giveUp(batch)) this.#listener.settled(lost, error)
  }
}
