import { addOffsetsToTxn } from '../../../src/wire/api/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../src/wire/api/add-partitions-to-txn.ts'
import { describeTransactions } from '../../../src/wire/api/describe-transactions.ts'
import { endTxn } from '../../../src/wire/api/end-txn.ts'
import { errorCode } from '../../../src/wire/api/error-code.ts'
import { initProducerId } from '../../../src/wire/api/init-producer-id.ts'
import { listOffsets } from '../../../src/wire/api/list-offsets.ts'
import { offsetFetch } from '../../../src/wire/api/offset-fetch.ts'
import { produce } from '../../../src/wire/api/produce.ts'
import { txnOffsetCommit } from '../../../src/wire/api/txn-offset-commit.ts'
import { encodeRecordBatch } from '../../../src/wire/encode-record-batch.ts'
import type { KafkaPeer } from '../../support/kafka-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const names = new Map(Object.entries(errorCode).map(([name, code]) => [code as number, name]))
/** What clients send again: whether it comes depends on how fast the broker is. */
const passing = new Set(['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS', 'UNSTABLE_OFFSET_COMMIT'])

interface Handle {
  readonly id: number
  readonly epoch: number
  /** By partition. */
  readonly sequences: Map<number, number>
}

/** Talks of one transactional id to a broker and tells the answers as text that is the same for all brokers: producers have numbers, in the order they came. */
export class TransactionTalk {
  readonly #peer: KafkaPeer
  readonly #transactionalId: string
  readonly #topic: string
  readonly #group: string
  readonly #handles: Handle[] = []
  readonly #ids: number[] = []

  constructor(peer: KafkaPeer, transactionalId: string, topic: string) {
    this.#peer = peer
    this.#transactionalId = transactionalId
    this.#topic = topic
    this.#group = `group-of-${transactionalId}`
  }

  /** `given`: the producer that says who it is. */
  async init(version: number, given?: number, timeoutMs = 60_000): Promise<string> {
    const claimed = given === undefined ? undefined : this.#handle(given)
    // Apache rolls back the open transaction of the newest producer before it refuses an older one; ours refuses at once.
    if (claimed !== undefined && version >= 3 && claimed !== this.#handles.at(-1) && (await this.describe()).includes('Ongoing')) return 'not asked'
    const said = claimed === undefined || version < 3 ? {} : { producerId: claimed.id, producerEpoch: claimed.epoch }
    const answer = await this.#settled(async () => {
      const response = await this.#peer.ask(initProducerId, version, { transactionalId: this.#transactionalId, transactionTimeoutMs: timeoutMs, ...said }).answer
      return { error: nameOf(response.errorCode), ...response }
    })
    if (answer.error !== 'NONE') return `init ${answer.error} ${answer.producerId}/${answer.producerEpoch}`
    this.#handles.push({ id: answer.producerId, epoch: answer.producerEpoch, sequences: new Map() })
    if (!this.#ids.includes(answer.producerId)) this.#ids.push(answer.producerId)
    return `init producer ${this.#ids.indexOf(answer.producerId)} epoch ${answer.producerEpoch}`
  }

  async add(version: number, producer: number, partitions: readonly number[]): Promise<string> {
    const { id, epoch } = this.#handle(producer)
    const { errors } = await this.#settled(async () => {
      const response = await this.#peer.ask(addPartitionsToTxn, version, {
        v3AndBelowTransactionalId: this.#transactionalId,
        v3AndBelowProducerId: id,
        v3AndBelowProducerEpoch: epoch,
        v3AndBelowTopics: [{ name: this.#topic, partitions }],
      }).answer
      const errors = response.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) => resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => `${partitionIndex}:${nameOf(partitionErrorCode)}`)).sort()
      return { error: errors[0]!.split(':')[1]!, errors }
    })
    return `add ${errors.join(' ')}`
  }

  async produce(producer: number, partition: number): Promise<string> {
    const { id, epoch, sequences } = this.#handle(producer)
    const baseSequence = sequences.get(partition) ?? 0
    const batch = encodeRecordBatch({
      records: [{ offset: 0, timestamp: 1_700_000_000_000, key: null, value: Buffer.from(`${producer}`) }],
      producer: { id: BigInt(id), epoch, baseSequence },
      transactional: true,
    })
    const { error, baseOffset } = await this.#settled(async () => {
      const response = await this.#peer.ask(produce, 9, { transactionalId: this.#transactionalId, acks: -1, timeoutMs: 10_000, topicData: [{ name: this.#topic, partitionData: [{ index: partition, records: batch }] }] }).answer
      const answer = response.responses[0]!.partitionResponses[0]!
      return { error: nameOf(answer.errorCode), baseOffset: answer.baseOffset }
    })
    if (error === 'NONE') sequences.set(partition, baseSequence + 1)
    return `produce ${error} at ${baseOffset}`
  }

  async addGroup(version: number, producer: number): Promise<string> {
    const { id, epoch } = this.#handle(producer)
    const { error } = await this.#settled(async () => ({
      error: nameOf((await this.#peer.ask(addOffsetsToTxn, version, { transactionalId: this.#transactionalId, producerId: id, producerEpoch: epoch, groupId: this.#group }).answer).errorCode),
    }))
    return `add group ${error}`
  }

  async commitOffset(version: number, producer: number, offset: number): Promise<string> {
    const { id, epoch } = this.#handle(producer)
    const { error } = await this.#settled(async () => {
      const response = await this.#peer.ask(txnOffsetCommit, version, {
        transactionalId: this.#transactionalId,
        groupId: this.#group,
        producerId: id,
        producerEpoch: epoch,
        topics: [{ name: this.#topic, partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }] }],
      }).answer
      return { error: nameOf(response.topics[0]!.partitions[0]!.errorCode) }
    })
    return `commit offset ${error}`
  }

  async end(version: number, producer: number, committed: boolean): Promise<string> {
    const { id, epoch } = this.#handle(producer)
    const { error } = await this.#settled(async () => ({
      error: nameOf((await this.#peer.ask(endTxn, version, { transactionalId: this.#transactionalId, producerId: id, producerEpoch: epoch, committed }).answer).errorCode),
    }))
    // Apache answers before the markers are written; until then its partitions take more into the old transaction.
    await this.describe()
    return `end ${error}`
  }

  /** State, timeout and partitions, once nothing is being ended. */
  async describe(): Promise<string> {
    let text = ''
    await waitUntil('the end of a transaction', async () => {
      const { transactionStates } = await this.#peer.ask(describeTransactions, 0, { transactionalIds: [this.#transactionalId] }).answer
      const { errorCode, transactionState, transactionTimeoutMs, producerId, producerEpoch, topics } = transactionStates[0]!
      const partitions = topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`)).filter((name) => !name.startsWith('__')).sort()
      text = `${nameOf(errorCode)} ${transactionState} ${transactionTimeoutMs} producer ${this.#ids.indexOf(producerId)} epoch ${producerEpoch} ${partitions.join(' ')}`
      return !transactionState.startsWith('Prepare')
    })
    return text
  }

  /** End of each partition for both kinds of readers, and the committed offset. */
  async state(): Promise<string> {
    await this.describe()
    const endOf = async (isolationLevel: number): Promise<string> => {
      const { topics } = await this.#peer.ask(listOffsets, 5, { replicaId: -1, isolationLevel, topics: [{ name: this.#topic, partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) }] }).answer
      return topics[0]!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ offset }) => offset).join(' ')
    }
    const committed = await this.#settled(async () => {
      const response = await this.#peer.ask(offsetFetch, 5, { groupId: this.#group, topics: [{ name: this.#topic, partitionIndexes: [0] }] }).answer
      return { error: nameOf(response.errorCode), offset: response.topics[0]?.partitions[0]?.committedOffset }
    })
    return `ends ${await endOf(0)} stable ${await endOf(1)} offset ${committed.offset}`
  }

  async #settled<T extends { readonly error: string }>(ask: () => Promise<T>): Promise<T> {
    let answer: T | undefined
    await waitUntil('an answer that stays', async () => !passing.has((answer = await ask()).error), 10_000)
    return answer!
  }

  #handle(number: number): Handle {
    return this.#handles[number % Math.max(1, this.#handles.length)] ?? { id: 4_000_000, epoch: 3, sequences: new Map() }
  }
}

function nameOf(code: number): string {
  return names.get(code) ?? String(code)
}
