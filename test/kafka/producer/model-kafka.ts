import { KafkaFailure } from '../../../src/kafka/kafka-failure.ts'
import type { ProducedPartition, ProduceLink, ProducePort, ProducerId, ProduceRequest } from '../../../src/kafka/producer/produce-port.ts'
import { batchAt } from '../../../src/wire/record-batch.ts'
import { readAll } from '../../wire/read-all.ts'

/** A request on its way, for the test to decide about. */
interface Underway {
  readonly request: ProduceRequest
  resolve(answer: readonly ProducedPartition[]): void
  reject(error: Error): void
}

interface ProducerState {
  epoch: number
  nextSequence: number
  /** The last five batches, as real brokers keep them. */
  readonly recent: { readonly sequence: number; readonly count: number; readonly baseOffset: number }[]
}

export class ModelLink implements ProduceLink {
  readonly nodeId: number
  readonly underway: Underway[] = []
  closed = false

  constructor(nodeId: number) {
    this.nodeId = nodeId
  }

  produce(request: ProduceRequest): Promise<readonly ProducedPartition[]> {
    // The bytes are taken as they are now: the sender may not change them later.
    const copied = { ...request, batches: request.batches.map((batch) => ({ ...batch, bytes: Buffer.from(batch.bytes) })) }
    return new Promise((resolve, reject) => {
      if (this.closed) throw new KafkaFailure('CONNECTION', 'closed', true)
      this.underway.push({ request: copied, resolve, reject })
    })
  }

  async post(request: ProduceRequest): Promise<void> {
    await this.produce(request)
  }

  close(): void {
    this.closed = true
    for (const { reject } of this.underway.splice(0)) reject(new KafkaFailure('CONNECTION', 'the connection was closed', true))
  }
}

/**
 * Logs, and brokers that take batches as Kafka's do: in the order of their sequence numbers, each
 * once. Every request waits until the test lets it be written, refused or lost.
 */
export class ModelKafka implements ProducePort {
  readonly at = 'model:9092'
  readonly topics = new Map<string, number>()
  readonly links: ModelLink[] = []
  /** Values by `topic/partition`. */
  readonly logs = new Map<string, string[]>()
  /** Node of each partition that is not led by its number modulo the nodes. */
  readonly leaders = new Map<string, number>()
  topicErrors = new Map<string, string>()
  nodes = 2
  refreshes = 0
  idsGiven = 0
  unreachable = false
  /** Larger batches are refused. */
  maxBatchBytes = Infinity
  readonly #producers = new Map<string, ProducerState>()

  async refresh(): Promise<void> {
    this.refreshes++
    if (this.unreachable) throw new KafkaFailure('CONNECTION', 'no broker answers', true)
  }

  partitionCount(topic: string): number {
    return this.topics.get(topic) ?? 0
  }

  leader(topic: string, partition: number): number {
    return this.leaders.get(`${topic}/${partition}`) ?? partition % this.nodes
  }

  topicError(topic: string): string | undefined {
    return this.topicErrors.get(topic)
  }

  async topicNames(): Promise<readonly string[]> {
    return [...this.topics.keys()]
  }

  async producerId(): Promise<ProducerId> {
    return { id: ++this.idsGiven, epoch: 0 }
  }

  async open(nodeId: number): Promise<ProduceLink> {
    if (this.unreachable) throw new KafkaFailure('CONNECTION', 'connection refused', true)
    const link = new ModelLink(nodeId)
    this.links.push(link)
    return link
  }

  /** Links with requests on their way. */
  get busy(): readonly ModelLink[] {
    return this.links.filter(({ underway }) => underway.length > 0)
  }

  /** The broker has forgotten all producers, as after losing its disk. */
  forgetProducers(): void {
    this.#producers.clear()
  }

  /** Writes the first request and answers it. */
  write(link: ModelLink): void {
    const { request, resolve } = link.underway.shift()!
    resolve(this.#apply(link, request))
  }

  /** Answers the first request with an error, nothing being written. */
  refuse(link: ModelLink, error: string): void {
    const { request, resolve } = link.underway.shift()!
    resolve(request.batches.map(({ topic, partition }) => ({ topic, partition, error, message: undefined, baseOffset: -1 })))
  }

  /** Writes the first `written` requests, and loses the connection before any answer arrives. */
  lose(link: ModelLink, written: number): void {
    for (const { request } of link.underway.slice(0, written)) this.#apply(link, request)
    link.close()
  }

  /** Writes the first request or not, and answers it with an error that leaves this open. */
  leaveOpen(link: ModelLink, written: boolean): void {
    if (written) this.#apply(link, link.underway[0]!.request)
    this.refuse(link, 'UNKNOWN_SERVER_ERROR')
  }

  /** Writes the first `written` requests; reading the answer to the first ends in an error nobody has thought of. */
  confuse(link: ModelLink, written: number): void {
    for (const { request } of link.underway.slice(0, written)) this.#apply(link, request)
    link.underway.shift()!.reject(new Error('nobody has thought of this'))
  }

  #apply(link: ModelLink, request: ProduceRequest): ProducedPartition[] {
    return request.batches.map(({ topic, partition, bytes }) => {
      const name = `${topic}/${partition}`
      const answer = (error: string | undefined, baseOffset = -1): ProducedPartition => ({ topic, partition, error, message: undefined, baseOffset })
      if (this.leader(topic, partition) !== link.nodeId) return answer('NOT_LEADER_OR_FOLLOWER')
      const batch = Buffer.from(bytes)
      if (batch.length > this.maxBatchBytes) return answer('MESSAGE_TOO_LARGE')
      const values = readAll(batch).records.map(({ value }) => value!)
      const log = this.logs.get(name) ?? []
      this.logs.set(name, log)
      const id = batch.readBigInt64BE(batchAt.producerId)
      if (id >= 0n) {
        const sequence = batch.readInt32BE(batchAt.baseSequence)
        const key = `${name} ${id}`
        const state = this.#producers.get(key)
        const known = state?.recent.find((recent) => recent.sequence === sequence && recent.count === values.length)
        if (known !== undefined) return answer(undefined, known.baseOffset)
        // A producer the broker has never seen may begin anywhere, as with Apache's.
        if (state !== undefined && sequence !== state.nextSequence) return answer('OUT_OF_ORDER_SEQUENCE_NUMBER')
        const next = state ?? { epoch: 0, nextSequence: 0, recent: [] }
        next.nextSequence = (sequence + values.length) % 2 ** 31
        next.recent.push({ sequence, count: values.length, baseOffset: log.length })
        if (next.recent.length > 5) next.recent.shift()
        this.#producers.set(key, next)
      }
      const baseOffset = log.length
      log.push(...values)
      return answer(undefined, baseOffset)
    })
  }
}
