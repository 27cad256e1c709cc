import { silentLogger } from '../../../../src/base/logger.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import type { ApiHandler, RequestContext } from '../../../../src/embedded/kafka/api-handler.ts'
import { Refusal } from '../../../../src/embedded/kafka/refusal.ts'
import type { TransactionalLog } from '../../../../src/embedded/kafka/transaction/completion.ts'
import type { CommitOutcome, OffsetsToCommit, TransactionalGroups } from '../../../../src/embedded/kafka/transaction/handler/txn-offset-commit-handler.ts'
import { TransactionCoordinator } from '../../../../src/embedded/kafka/transaction/transaction-coordinator.ts'
import type { TransactionSettings } from '../../../../src/embedded/kafka/transaction/transaction-settings.ts'
import type { Outcome, Producer } from '../../../../src/embedded/kafka/transaction/transaction.ts'
import { addOffsetsToTxn } from '../../../../src/wire/api/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../../src/wire/api/add-partitions-to-txn.ts'
import { endTxn } from '../../../../src/wire/api/end-txn.ts'
import { errorCode } from '../../../../src/wire/api/error-code.ts'
import { initProducerId } from '../../../../src/wire/api/init-producer-id.ts'
import { txnOffsetCommit } from '../../../../src/wire/api/txn-offset-commit.ts'
import { readRequest, readRequestHeader, readResponse, writeRequest, writeResponse } from '../../../../src/wire/message/api.ts'
import type { Api, RequestToWrite, ResponseOf, ResponseToWrite } from '../../../../src/wire/message/api.ts'
import { WireReader } from '../../../../src/wire/message/wire-reader.ts'
import { MemoryDisk } from '../../../support/memory-disk.ts'

export const journalFile = '/data/transactions.journal'

type Item = { readonly producer: Producer; readonly record: string } | { readonly producer: Producer; readonly outcome: Outcome }

/** A partition that keeps records and markers, and knows what a reader of committed records sees. */
export class PlayLog {
  readonly topic: string
  readonly partition: number
  readonly items: Item[] = []
  /** Asked before a marker is written. */
  beforeMarker: () => Promise<void> = () => Promise.resolve()
  readonly #producers = new Map<number, { epoch: number; start: number }>()

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** As the broker takes a transactional batch. */
  append(producer: Producer, record: string, verify: () => void): void {
    const known = this.#producers.get(producer.id)
    if (known !== undefined && producer.epoch < known.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH', 'fenced')
    if ((known?.start ?? -1) < 0) verify()
    this.#producers.set(producer.id, { epoch: producer.epoch, start: known === undefined || known.start < 0 ? this.items.length : known.start })
    this.items.push({ producer, record })
  }

  async appendMarker(outcome: Outcome, producer: Producer, isOver: () => boolean): Promise<void> {
    await this.beforeMarker()
    if (isOver()) return new Promise(() => {})
    const known = this.#producers.get(producer.id)
    if (known !== undefined && producer.epoch < known.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH', 'fenced')
    this.#producers.set(producer.id, { epoch: producer.epoch, start: -1 })
    this.items.push({ producer, outcome })
  }

  *activeProducers(): ReturnType<TransactionalLog['activeProducers']> {
    for (const [id, { epoch, start }] of this.#producers) yield { id, epoch, transactionStart: start }
  }

  get isStable(): boolean {
    return [...this.#producers.values()].every(({ start }) => start < 0)
  }

  /** What is committed, as far as everything before it is decided. */
  committed(): string[] {
    const seen: string[] = []
    for (const [at, item] of this.items.entries()) {
      if (!('record' in item)) continue
      const marker = this.items.slice(at).find((later) => 'outcome' in later && later.producer.id === item.producer.id)
      if (marker === undefined) break
      if ('outcome' in marker && marker.outcome === 'commit') seen.push(item.record)
    }
    return seen
  }
}

export class PlayGroups implements TransactionalGroups {
  readonly committed = new Map<string, number>()
  readonly pending = new Map<number, Map<string, number>>()
  refusal: Refusal | undefined

  txnOffsetCommit({ groupId, producerId, topics }: OffsetsToCommit): Promise<readonly CommitOutcome[]> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal)
    const waiting = this.pending.get(producerId) ?? new Map<string, number>()
    this.pending.set(producerId, waiting)
    for (const { name, partitions } of topics) for (const { partition, offset } of partitions) waiting.set(`${groupId} ${name}-${partition}`, offset)
    return Promise.resolve(topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partition }) => ({ partition, error: 'NONE' })) })))
  }

  completeTransaction(producerId: number, outcome: Outcome): Promise<void> {
    if (outcome === 'commit') for (const [key, offset] of this.pending.get(producerId) ?? []) this.committed.set(key, offset)
    this.pending.delete(producerId)
    return Promise.resolve()
  }

  producersInTransaction(): Iterable<number> {
    return this.pending.keys()
  }
}

const defaults: TransactionSettings = {
  transactionMaxTimeoutMs: 900_000,
  transactionalIdExpirationMs: 604_800_000,
  transactionAbortTimedOutTransactionCleanupIntervalMs: 10_000,
  transactionRemoveExpiredTransactionCleanupIntervalMs: 3_600_000,
}

const sliceMs = 10_000

/** A coordinator over logs and groups that outlive it, spoken to in Kafka's bytes. */
export class Play {
  readonly clock = new ManualClock()
  readonly groups = new PlayGroups()
  disk = new MemoryDisk()
  coordinator!: TransactionCoordinator
  readonly #logs = new Map<string, PlayLog>()
  #life = { isOver: false }

  static async open(): Promise<Play> {
    const play = new Play()
    await play.start()
    return play
  }

  /** Each start is a life of its own: once it is over its timers are silent, and nothing it does reaches the logs. */
  async start(): Promise<void> {
    this.#life.isOver = true
    const life = this.#life = { isOver: false }
    const alive = <T>(act: () => Promise<T>): Promise<T> => (life.isOver ? new Promise(() => {}) : act())
    const aliveLog = (log: PlayLog | undefined): TransactionalLog | undefined => log === undefined ? undefined : {
      topic: log.topic,
      partition: log.partition,
      activeProducers: () => log.activeProducers(),
      appendMarker: (outcome, producer) => alive(() => log.appendMarker(outcome, producer, () => life.isOver)),
    }
    this.coordinator = await TransactionCoordinator.open({
      journalFile,
      sync: 'no',
      logs: {
        get: (topic, partition) => aliveLog(this.#logs.get(`${topic}-${partition}`)),
        partitions: () => Array.from(this.#logs.values(), (log) => aliveLog(log)!),
      },
      groups: {
        txnOffsetCommit: (offsets) => alive(() => this.groups.txnOffsetCommit(offsets)),
        completeTransaction: (id, outcome) => alive(() => this.groups.completeTransaction(id, outcome)),
        producersInTransaction: () => this.groups.producersInTransaction(),
      },
      settings: () => defaults,
      clock: {
        now: () => this.clock.now(),
        monotonic: () => this.clock.monotonic(),
        setTimer: (ms, call) => this.clock.setTimer(ms, () => {
          if (!life.isOver) call()
        }),
      },
      logger: silentLogger,
      disk: this.disk,
    })
  }

  async killAndStart(): Promise<void> {
    this.disk = this.disk.afterKill()
    await this.start()
  }

  async restart(): Promise<void> {
    await this.coordinator.close()
    await this.start()
  }

  log(topic: string, partition: number): PlayLog {
    const name = `${topic}-${partition}`
    const log = this.#logs.get(name) ?? new PlayLog(topic, partition)
    this.#logs.set(name, log)
    return log
  }

  deleteLog(topic: string, partition: number): void {
    this.#logs.delete(`${topic}-${partition}`)
  }

  /** Time goes by, and what it sets off is waited for: timers that are set again need their turn. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= sliceMs) {
      this.clock.advance(Math.min(left, sliceMs))
      for (let i = 0; i < 30; i++) await new Promise(setImmediate)
    }
  }

  async ask<A extends Api>(api: A, version: number, request: RequestToWrite<A>): Promise<ResponseOf<A>> {
    const handler = this.coordinator.handlers.find((each) => each.api.key === api.key) as ApiHandler<A>
    const reader = new WireReader(Buffer.concat(writeRequest(api, version, 1, 'play', request)).subarray(4))
    readRequestHeader(reader)
    const context: RequestContext = { version, clientId: 'play', clientHost: '/127.0.0.1', local: { host: '127.0.0.1', port: 9092 }, signal: new AbortController().signal }
    const answer = await handler.handle(readRequest(api, version, reader), context) as ResponseToWrite<A>
    return readResponse(api, version, Buffer.concat(writeResponse(api, version, 1, answer)).subarray(4)).response
  }

  init(transactionalId: string | null, options: { readonly given?: Producer; readonly timeoutMs?: number; readonly version?: number } = {}) {
    const { given = { id: -1, epoch: -1 }, timeoutMs = 60_000, version = 4 } = options
    return this.ask(initProducerId, version, { transactionalId, transactionTimeoutMs: timeoutMs, ...(version < 3 ? {} : { producerId: given.id, producerEpoch: given.epoch }) })
  }

  /** The producer, or throws the error's name. */
  async producer(transactionalId: string | null, options?: Parameters<Play['init']>[1]): Promise<Producer> {
    const answer = await this.init(transactionalId, options)
    if (answer.errorCode !== 0) throw new Error(errorName(answer.errorCode))
    return { id: answer.producerId, epoch: answer.producerEpoch }
  }

  async add(transactionalId: string, producer: Producer, topic: string, partitions: readonly number[], version = 3): Promise<string[]> {
    const answer = await this.ask(addPartitionsToTxn, version, {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producer.id,
      v3AndBelowProducerEpoch: producer.epoch,
      v3AndBelowTopics: [{ name: topic, partitions }],
    })
    return answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) => resultsByPartition.map(({ partitionErrorCode }) => errorName(partitionErrorCode)))
  }

  produce(transactionalId: string, producer: Producer, topic: string, partition: number, record: string): string {
    try {
      this.log(topic, partition).append(producer, record, () => this.coordinator.verify(transactionalId, producer, topic, partition))
      return 'NONE'
    } catch (error) {
      if (error instanceof Refusal) return error.kafkaError
      throw error
    }
  }

  async addGroup(transactionalId: string, producer: Producer, groupId: string, version = 3): Promise<string> {
    return errorName((await this.ask(addOffsetsToTxn, version, { transactionalId, producerId: producer.id, producerEpoch: producer.epoch, groupId })).errorCode)
  }

  async commitOffset(transactionalId: string, producer: Producer, groupId: string, offset: number): Promise<string> {
    const topics = [{ name: 'in', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }] }]
    const answer = await this.ask(txnOffsetCommit, 3, { transactionalId, groupId, producerId: producer.id, producerEpoch: producer.epoch, topics })
    return errorName(answer.topics[0]!.partitions[0]!.errorCode)
  }

  async end(transactionalId: string, producer: Producer, outcome: Outcome, version = 3): Promise<string> {
    return errorName((await this.ask(endTxn, version, { transactionalId, producerId: producer.id, producerEpoch: producer.epoch, committed: outcome === 'commit' })).errorCode)
  }
}

export function errorName(code: number): string {
  return Object.entries(errorCode).find(([, number]) => number === code)?.[0] ?? `${code}`
}
