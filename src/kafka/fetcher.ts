import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import { AbortedTransactions } from '../wire/aborted-transactions.ts'
import { corrupt, scanBatches } from '../wire/record-batch.ts'
import type { FetchedPartition, FetchLink, FetchPort } from './fetch-port.ts'
import { ByteRoom } from './byte-room.ts'
import { KafkaFailure } from './kafka-failure.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Isolation } from './source-options.ts'

export interface FetcherOptions {
  readonly isolation: Isolation
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
  /** Of all answers that are not read to their end, from all brokers; as much again may be on its way. */
  readonly maxHeldBytes: number
  /** Time the connection itself gives an answer beyond `maxWaitMs`. */
  readonly requestTimeoutMs: number
}

export interface FetcherListener {
  /** Something was queued. */
  arrived(): void
  /** Called once; nothing is fetched afterwards. */
  failed(error: MillraceError): void
}

/** Answers in a row that may hold no whole batch of the partition asked for first, of which brokers send one whatever its size. */
const mostCuts = 3
/** Waits between tries to find leaders: doubled each time, up to the last. */
const backoffMs = { first: 100, last: 2_000 } as const
/** Refreshes that must agree that a topic or partition does not exist: brokers learn of new ones one after another. */
const triesUntilUnknown = 8
/** How long a broker may first wait for other partitions while one is left out of the request for being full; doubled as it stays so. */
const waitBesideFullMs = 10

/**
 * Keeps the queues of partitions filled: one loop per leader, which asks for all its partitions in one
 * request and sends the next as soon as an answer is queued, so that it travels while records are
 * read. Whatever fails sends the partition back to "no leader", where metadata is asked again until a
 * leader is found; only what can never work is reported.
 */
export class Fetcher {
  readonly #port: FetchPort
  readonly #options: FetcherOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listener: FetcherListener
  /** Partitions without a leader, with the number of refreshes that did not know them. */
  readonly #homeless = new Map<PartitionQueue, number>()
  readonly #loops = new Map<number, LeaderLoop>()
  readonly #room: ByteRoom
  readonly #started = new Set<PartitionQueue>()
  #seeking = false
  #pauseMs = 0
  #pause: Timer | undefined
  #closed = false

  constructor(port: FetchPort, options: FetcherOptions, clock: Clock, log: Logger, listener: FetcherListener) {
    this.#port = port
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#listener = listener
    this.#room = new ByteRoom(options.maxHeldBytes, () => this.drained())
  }

  /** Also again, when limits were moved. */
  start(queues: readonly PartitionQueue[]): void {
    for (const queue of queues) {
      if (queue.complete || this.#started.has(queue)) continue
      this.#started.add(queue)
      this.#homeless.set(queue, 0)
    }
    this.drained()
    void this.#seek()
  }

  /** Call when a queue that was full has been read from. */
  drained(): void {
    for (const loop of this.#loops.values()) loop.resume()
  }

  close(): void {
    this.#closed = true
    this.#pause?.cancel()
    for (const loop of this.#loops.values()) loop.close()
    this.#loops.clear()
    this.#homeless.clear()
  }

  /** Finds leaders until every partition has one. */
  async #seek(): Promise<void> {
    if (this.#seeking) return
    this.#seeking = true
    while (!this.#closed && this.#homeless.size > 0) {
      if (this.#pauseMs > 0) await this.#paused()
      this.#pauseMs = Math.min(Math.max(backoffMs.first, 2 * this.#pauseMs), backoffMs.last)
      try {
        await this.#port.refresh([...new Set([...this.#homeless.keys()].map((queue) => queue.topic))])
        this.#settle()
      } catch (thrown) {
        if (!(thrown instanceof KafkaFailure)) this.#fail(thrown)
        else this.#log.warn('cannot ask Kafka who leads the partitions, trying again', { cause: thrown.message, inMs: this.#pauseMs })
      }
    }
    this.#seeking = false
  }

  /** Never resolves when closed meanwhile, which leaves nothing behind that would hold the thread. */
  #paused(): Promise<void> {
    return new Promise((resolve) => {
      this.#pause = this.#clock.setTimer(this.#pauseMs, resolve)
    })
  }

  #settle(): void {
    if (this.#closed) return
    const joined = new Set<LeaderLoop>()
    for (const [queue, misses] of this.#homeless) {
      const error = this.#port.topicError(queue.topic)
      if (error === 'TOPIC_AUTHORIZATION_FAILED') return this.#fail(refused(queue, error))
      if (error === 'INVALID_TOPIC_EXCEPTION') return this.#fail(refused(queue, error))
      const leader = this.#port.leader(queue.topic, queue.partition)
      if (leader === undefined) {
        if (misses + 1 >= triesUntilUnknown) return this.#fail(unknown(queue))
        this.#homeless.set(queue, misses + 1)
      } else if (leader >= 0) {
        this.#homeless.delete(queue)
        const loop = this.#loopOf(leader)
        loop.add(queue)
        joined.add(loop)
      }
    }
    for (const loop of joined) loop.resume()
  }

  #loopOf(nodeId: number): LeaderLoop {
    let loop = this.#loops.get(nodeId)
    if (loop === undefined) {
      loop = new LeaderLoop(nodeId, this.#port, this.#options, this.#clock, this.#room, {
        share: () => Math.ceil(this.#options.maxHeldBytes / this.#loops.size),
        answered: (queue, offset, fetched) => this.#take(queue, offset, fetched),
        worked: () => {
          this.#pauseMs = 0
        },
        arrived: () => this.#listener.arrived(),
        lost: (queues, thrown) => this.#lost(nodeId, queues, thrown),
      })
      this.#loops.set(nodeId, loop)
    }
    return loop
  }

  /** What became of one partition of an answer: whether something was queued, or the leader must be sought again. */
  #take(queue: PartitionQueue, offset: number, fetched: FetchedPartition): 'queued' | 'nothing' | 'cut' | 'lost' {
    // Asked for twice while leaders moved: the other answer was used.
    if (queue.fetchOffset !== offset) return 'nothing'
    if (fetched.error !== undefined) return this.#refusal(queue, offset, fetched.error)
    const committedOnly = this.#options.isolation === 'read_committed'
    queue.endOffset = committedOnly && fetched.lastStableOffset >= 0 ? fetched.lastStableOffset : fetched.highWatermark
    if (fetched.at === fetched.end) return 'nothing'
    const { nextOffset, whole } = scanBatches(fetched.bytes, fetched.at, fetched.end, offset, queue.name)
    if (!whole) return 'cut'
    const aborted = committedOnly ? new AbortedTransactions(fetched.aborted) : undefined
    return queue.offer({ frame: fetched.frame, bytes: fetched.bytes, at: fetched.at, end: fetched.end, wanted: offset, nextOffset, aborted }) ? 'queued' : 'nothing'
  }

  #refusal(queue: PartitionQueue, offset: number, error: string): 'nothing' | 'lost' {
    switch (error) {
      case 'OFFSET_OUT_OF_RANGE':
        void this.#outOfRange(queue, offset)
        return 'lost'
      case 'TOPIC_AUTHORIZATION_FAILED':
      case 'UNSUPPORTED_COMPRESSION_TYPE':
      case 'INVALID_REQUEST':
        this.#fail(refused(queue, error))
        return 'nothing'
      default:
        this.#log.warn('a partition cannot be fetched now, asking who leads it', { partition: queue.name, error })
        return 'lost'
    }
  }

  /** A new leader may refuse for a moment what it has; what its log really holds decides. */
  async #outOfRange(queue: PartitionQueue, offset: number): Promise<void> {
    try {
      const { earliest, latest } = await this.#port.range(queue.topic, queue.partition)
      if (this.#closed || (offset >= earliest && offset <= latest)) return
      this.#fail(new MillraceError('MR_OFFSET_OUT_OF_RANGE', `offset ${offset} is not in the log, which holds ${earliest} to ${latest}`, {
        place: { partition: queue.name, offset },
        remedy: offset < earliest
          ? `records were deleted before they were read: accept the loss with --seek ${queue.name}=${earliest}, and keep the topic longer (retention.ms)`
          : `the topic was cut or made anew: begin again with --seek ${queue.name}=${earliest} and fresh results`,
      }))
    } catch (thrown) {
      if (!(thrown instanceof KafkaFailure)) this.#fail(thrown)
    }
  }

  #lost(nodeId: number, queues: readonly PartitionQueue[], thrown: unknown): void {
    if (this.#closed) return
    if (thrown !== undefined) {
      if (!(thrown instanceof KafkaFailure)) return this.#fail(thrown)
      this.#log.warn('a broker does not answer, asking who leads its partitions', { broker: nodeId, cause: thrown.message })
      this.#loops.delete(nodeId)
    }
    for (const queue of queues) this.#homeless.set(queue, 0)
    this.#pauseMs = Math.max(this.#pauseMs, backoffMs.first)
    void this.#seek()
  }

  #fail(thrown: unknown): void {
    if (this.#closed) return
    this.close()
    this.#listener.failed(thrown instanceof MillraceError ? thrown : new MillraceError('MR_INTERNAL', 'the fetcher failed', { cause: thrown }))
  }
}

interface LeaderEvents {
  /** Bytes that one of the brokers may be asked for at once. */
  share(): number
  answered(queue: PartitionQueue, offset: number, fetched: FetchedPartition): 'queued' | 'nothing' | 'cut' | 'lost'
  worked(): void
  arrived(): void
  /** These partitions are led by another; with something thrown the connection is gone and this loop has ended. */
  lost(queues: readonly PartitionQueue[], thrown: unknown): void
}

/** Fetches from one broker, one request at a time, over a connection of its own. */
class LeaderLoop {
  readonly #nodeId: number
  readonly #port: FetchPort
  readonly #options: FetcherOptions
  readonly #clock: Clock
  readonly #room: ByteRoom
  readonly #events: LeaderEvents
  /** In the order of the next request. */
  #queues: PartitionQueue[] = []
  #link: FetchLink | undefined
  #waitBesideFullMs = waitBesideFullMs
  /** Since the partition asked for first had a whole batch. */
  #cuts = 0
  #running = false
  #closed = false

  constructor(nodeId: number, port: FetchPort, options: FetcherOptions, clock: Clock, room: ByteRoom, events: LeaderEvents) {
    this.#nodeId = nodeId
    this.#port = port
    this.#options = options
    this.#clock = clock
    this.#room = room
    this.#events = events
  }

  add(queue: PartitionQueue): void {
    this.#queues.push(queue)
  }

  /** Goes on, when it stands still because there was nothing to ask for. */
  resume(): void {
    this.#waitBesideFullMs = waitBesideFullMs
    if (!this.#running && !this.#closed) void this.#run()
  }

  close(): void {
    this.#closed = true
    this.#link?.close()
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      for (;;) {
        const asked = this.#room.full ? [] : this.#queues.filter((queue) => !queue.complete && !queue.full)
        if (asked.length === 0 || this.#closed) break
        this.#link ??= await this.#port.open(this.#nodeId)
        if (this.#closed) this.#link.close()
        else await this.#fetch(this.#link, asked)
      }
      this.#running = false
      if (this.#queues.length > 0) return
      this.#link?.close()
      this.#link = undefined
    } catch (thrown) {
      if (this.#closed) return
      this.close()
      this.#events.lost(this.#queues, thrown)
    }
  }

  async #fetch(link: FetchLink, asked: readonly PartitionQueue[]): Promise<void> {
    const { maxWaitMs, minBytes, maxBytes, maxPartitionBytes } = this.#options
    const offsets = new Map(asked.map((queue) => [queue.name, queue.fetchOffset]))
    const besideFull = this.#queues.some((queue) => queue.full && !queue.complete)
    const answer = await this.#inTime(link, link.fetch({
      maxWaitMs: besideFull ? Math.min(this.#waitBesideFullMs, maxWaitMs) : maxWaitMs,
      minBytes,
      maxBytes: Math.min(maxBytes, this.#events.share()),
      maxPartitionBytes,
      partitions: asked.map((queue) => ({ topic: queue.topic, partition: queue.partition, offset: queue.fetchOffset })),
    }))
    if (this.#closed) return
    answer[0]?.frame?.enter(this.#room)
    if (besideFull) this.#waitBesideFullMs = Math.min(2 * this.#waitBesideFullMs, maxWaitMs)
    this.#events.worked()
    const byName = new Map(asked.map((queue) => [queue.name, queue]))
    const lost: PartitionQueue[] = []
    const served = new Set<PartitionQueue>()
    for (const fetched of answer) {
      const name = `${fetched.topic}/${fetched.partition}`
      const queue = byName.get(name)
      const outcome = queue === undefined ? 'nothing' : this.#events.answered(queue, offsets.get(name)!, fetched)
      if (outcome !== 'queued') fetched.frame?.letGo()
      if (queue === undefined) continue
      if (outcome === 'queued') served.add(queue)
      else if (outcome === 'lost') lost.push(queue)
      // Only the first in a request is sure to get a batch larger than the limits.
      else if (outcome === 'cut') this.#queues = [queue, ...this.#queues.filter((other) => other !== queue)]
      if (queue !== asked[0]) continue
      this.#cuts = outcome === 'cut' ? this.#cuts + 1 : 0
      if (this.#cuts === mostCuts) throw corrupt('a batch claims more bytes than the broker sends of it', { partition: name, offset: queue.fetchOffset })
    }
    if (lost.length > 0) {
      this.#queues = this.#queues.filter((queue) => !lost.includes(queue))
      this.#events.lost(lost, undefined)
    }
    if (served.size === 0) return
    // An answer is filled in the order asked for: who got something goes to the end, or the last partitions would starve.
    this.#queues = [...this.#queues.filter((queue) => !served.has(queue)), ...this.#queues.filter((queue) => served.has(queue))]
    this.#events.arrived()
  }

  /** A connection that is silent for longer than any answer may take is given up. */
  #inTime<T>(link: FetchLink, fetch: Promise<T>): Promise<T> {
    const { maxWaitMs, requestTimeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(3 * maxWaitMs + requestTimeoutMs, () => {
        link.close()
        reject(new KafkaFailure('TIMEOUT', `broker ${this.#nodeId} has not answered a fetch`, true))
      })
      fetch.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}

function unknown(queue: PartitionQueue): MillraceError {
  return new MillraceError('MR_KAFKA_TOPIC_UNKNOWN', `${queue.name} does not exist`, {
    place: { partition: queue.name },
    remedy: 'correct the name, or create the topic; it may have been deleted meanwhile',
  })
}

function refused(queue: PartitionQueue, error: string): MillraceError {
  const notAllowed = error === 'TOPIC_AUTHORIZATION_FAILED'
  return new MillraceError(notAllowed ? 'MR_KAFKA_AUTHORIZATION' : 'MR_KAFKA_REFUSED', `Kafka refuses to give out ${queue.name}: ${error}`, {
    place: { partition: queue.name },
    remedy: notAllowed ? 'grant the user Read and Describe on the topic' : 'look into the log of the broker',
  })
}
