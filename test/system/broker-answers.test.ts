import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOffsetsToTxn } from '../../src/wire/api/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../src/wire/api/add-partitions-to-txn.ts'
import { alterConfigs } from '../../src/wire/api/alter-configs.ts'
import { createPartitions } from '../../src/wire/api/create-partitions.ts'
import { createTopics } from '../../src/wire/api/create-topics.ts'
import { deleteRecords } from '../../src/wire/api/delete-records.ts'
import { deleteTopics } from '../../src/wire/api/delete-topics.ts'
import { describeConfigs } from '../../src/wire/api/describe-configs.ts'
import { endTxn } from '../../src/wire/api/end-txn.ts'
import { fetch } from '../../src/wire/api/fetch.ts'
import { findCoordinator } from '../../src/wire/api/find-coordinator.ts'
import { incrementalAlterConfigs } from '../../src/wire/api/incremental-alter-configs.ts'
import { initProducerId } from '../../src/wire/api/init-producer-id.ts'
import { listOffsets } from '../../src/wire/api/list-offsets.ts'
import { metadata } from '../../src/wire/api/metadata.ts'
import { offsetForLeaderEpoch } from '../../src/wire/api/offset-for-leader-epoch.ts'
import { produce } from '../../src/wire/api/produce.ts'
import { syncGroup } from '../../src/wire/api/sync-group.ts'
import { txnOffsetCommit } from '../../src/wire/api/txn-offset-commit.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'
import type { BatchToWrite } from '../../src/wire/encode-record-batch.ts'
import type { Api, RequestToWrite, ResponseOf } from '../../src/wire/message/api.ts'
import { KafkaPeer } from '../support/kafka-peer.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'

const start = 1_790_000_000_000
const longAgo = 3_600_000

/** What differs from broker to broker, and texts, which are for people. */
const notCompared = new Set(['errorMessage', 'batchIndexErrorMessage', 'host', 'port', 'rack', 'clusterId', 'topicId', 'isInternal', 'throttleTimeMs'])

/** Apache Kafka tells of a repeated batch its largest timestamp, and of some refused ones where the log begins. */
const ofAppend = new Set(['logAppendTimeMs', 'logStartOffset'])

/** One broker, spoken to. Answers are compared as text, byte for byte where they are records. */
class Talk {
  readonly #peer: KafkaPeer
  readonly topic: string
  readonly lines: string[] = []

  constructor(peer: KafkaPeer, topic: string) {
    this.#peer = peer
    this.topic = topic
  }

  async ask<A extends Api>(api: A, version: number, request: RequestToWrite<A>): Promise<ResponseOf<A>> {
    const answer = await this.#peer.ask(api, version, request).answer
    const text = JSON.stringify(answer, (name, value: unknown) => {
      if (notCompared.has(name) || (api.name === 'Produce' && ofAppend.has(name))) return undefined
      // Null or nothing where a partition is refused, by which of its parts refuses it.
      if (name === 'abortedTransactions') return value ?? []
      return name === 'records' && value !== null ? wholeBatches(Buffer.from(value as Buffer)) : value
    }).replaceAll(this.topic, 'T')
    // The transaction before is being completed.
    if (/rrorCode":51\b/.test(text)) return this.ask(api, version, request)
    this.lines.push(`${api.name} v${version} ${text}`)
    return answer
  }

  /** The request in every version that clients may choose. */
  async everyVersion<A extends Api>(api: A, request: (version: number) => RequestToWrite<A>): Promise<void> {
    for (let version = api.versions[0]; version <= api.versions[1]; version++) await this.ask(api, version, request(version))
  }

  async createTopic(options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {}): Promise<void> {
    const { partitions = 2, configs = {} } = options
    await this.ask(createTopics, 6, { timeoutMs: 10_000, topics: [{ name: this.topic, numPartitions: partitions, replicationFactor: 1, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) }] })
    // Apache Kafka answers a moment before its partitions have a leader.
    for (;;) {
      const { responses } = await this.ask(fetch, 12, { minBytes: 0, topics: [{ topic: this.topic, partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, partitionMaxBytes: 1 })) }] })
      if (responses[0]!.partitions.every(({ errorCode }) => errorCode === 0)) break
    }
    this.lines.length = 0
  }

  produce(batch: Uint8Array | null, { version = 9, acks = -1, partition = 0, topic = this.topic, transactionalId = null as string | null } = {}) {
    return this.ask(produce, version, { acks, timeoutMs: 10_000, transactionalId, topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }] })
  }

  fetch(offset: number, { version = 12, partition = 0, topic = this.topic, epoch = -1, isolation = 0, maxBytes = 1 << 20, partitionMaxBytes = 1 << 20, maxWaitMs = 0 } = {}) {
    return this.ask(fetch, version, { maxWaitMs, minBytes: 1, maxBytes, isolationLevel: isolation, topics: [{ topic, partitions: [{ partition, fetchOffset: offset, currentLeaderEpoch: epoch, partitionMaxBytes }] }] })
  }

  listOffsets(timestamp: number, { version = 7, partition = 0, topic = this.topic, epoch = -1, isolation = 0 } = {}) {
    return this.ask(listOffsets, version, { replicaId: -1, isolationLevel: isolation, topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp, currentLeaderEpoch: epoch }] }] })
  }
}

let servers: KafkaServer[] = []
let peers: KafkaPeer[] = []
let topicNumber = 0

beforeAll(async () => {
  const config = { 'auto.create.topics.enable': 'false', 'log.retention.ms': '-1' }
  servers = await Promise.all([startKafka({ own: false, config }), startKafka({ own: true, config })])
  peers = servers.map(({ brokers }) => new KafkaPeer(brokers[0]!))
})

afterAll(async () => {
  for (const peer of peers) peer.close()
  await Promise.all(servers.map((server) => server.stop()))
})

/** Says the same to both brokers, each request after the answer to the one before. */
async function expectTheSame(conversation: (talk: Talk) => Promise<unknown>): Promise<void> {
  const topic = `answers-${topicNumber++}`
  const [apache, own] = await Promise.all(peers.map(async (peer) => {
    const talk = new Talk(peer, topic)
    await conversation(talk)
    return talk.lines
  }))
  const different = apache!.flatMap((line, i) => (line === own![i] ? [] : [{ after: apache![i - 1], apache: line, own: own![i] }]))
  // What comes behind the first difference often follows from it.
  expect(different.slice(0, 3)).toEqual([])
  expect(own).toHaveLength(apache!.length)
}

function batchOf(values: readonly string[], rest: Partial<BatchToWrite> = {}): Buffer {
  return encodeRecordBatch({ records: values.map((value, offset) => ({ offset, timestamp: start + offset, key: null, value: Buffer.from(value) })), ...rest })
}

/** Apache Kafka cuts the last batch off in its middle where the limits end, which clients pass over. */
function wholeBatches(records: Buffer): string {
  let end = 0
  while (end + 12 <= records.length && end + 12 + records.readInt32BE(end + 8) <= records.length) end += 12 + records.readInt32BE(end + 8)
  return records.toString('hex', 0, end)
}

function changed(batch: Buffer, at: number, value: number): Buffer {
  const other = Buffer.from(batch)
  other[at] = value
  return other
}

describe('our broker answers as Apache Kafka does', () => {
  test('when topics are looked for', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    await talk.everyVersion(metadata, () => ({ topics: [{ name: talk.topic }], allowAutoTopicCreation: false }))
    for (const name of ['nowhere', 'no name!', '', '.', 'x'.repeat(249), 'x'.repeat(250)]) await talk.everyVersion(metadata, () => ({ topics: [{ name }], allowAutoTopicCreation: false }))
    for (const version of [1, 5, 9]) await talk.ask(metadata, version, { topics: [] })
    await talk.ask(metadata, 8, { topics: [{ name: talk.topic }], includeTopicAuthorizedOperations: true })
  }))

  test('when records are written', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    for (let version = 3; version <= 9; version++) await talk.produce(batchOf(['a', 'b']), { version })
    for (const codec of ['gzip', 'snappy', 'lz4'] as const) await talk.produce(batchOf(['a', 'a'], { codec }))
    await talk.produce(batchOf(['a']), { acks: 1 })
    await talk.produce(batchOf(['a']), { partition: 2 })
    await talk.produce(batchOf(['a']), { partition: -1 })
    await talk.produce(batchOf(['a']), { topic: 'nowhere' })
    await talk.fetch(0)
  }))

  test('when what is written is no batch', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    const batch = batchOf(['a', 'b'])
    await talk.produce(Buffer.alloc(0))
    await talk.produce(Buffer.concat([batch, batch]))
    await talk.produce(changed(batch, batch.length - 1, 0xff))
    await talk.produce(changed(batch, 20, 1))
    await talk.produce(changed(batch, 16, 1))
    await talk.produce(changed(batch, 16, 3))
    await talk.produce(batch, { acks: 2 })
    await talk.listOffsets(-1)
  }))

  test('when a batch is too large for its topic', () => expectTheSame(async (talk) => {
    await talk.createTopic({ configs: { 'max.message.bytes': '200' } })
    await talk.produce(batchOf(['x'.repeat(100)]))
    await talk.produce(batchOf(['x'.repeat(200)]))
    await talk.listOffsets(-1)
  }))

  test('when records are read', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    for (let i = 0; i < 5; i++) await talk.produce(batchOf(['one', 'two', 'three']))
    for (let version = 4; version <= 12; version++) for (const isolation of [0, 1]) await talk.fetch(4, { version, isolation })
    for (const offset of [0, 14, 15, 16, -1]) await talk.fetch(offset)
    await talk.fetch(0, { maxBytes: 1 })
    await talk.fetch(4, { partitionMaxBytes: 1 })
    await talk.fetch(0, { maxBytes: 200 })
    await talk.fetch(0, { partition: 1 })
    await talk.fetch(15, { maxWaitMs: 50 })
    await talk.fetch(0, { partition: 7 })
    await talk.fetch(0, { topic: 'nowhere' })
    for (const epoch of [0, 1]) await talk.fetch(0, { epoch })
    await talk.fetch(0, { topic: 'nowhere', epoch: 1 })
  }))

  test('when offsets are looked for', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    for (const [i, codec] of (['none', 'gzip', 'lz4'] as const).entries()) {
      await talk.produce(encodeRecordBatch({ codec, records: [0, 1, 2].map((offset) => ({ offset, timestamp: start + 10 * i + offset, key: null, value: Buffer.from('v') })) }))
    }
    for (let version = 1; version <= 7; version++) {
      for (const timestamp of [-1, -2, 0, start, start + 1, start + 5, start + 12, start + 22, start + 23, ...(version < 7 ? [] : [-3])]) await talk.listOffsets(timestamp, { version })
    }
    await talk.listOffsets(-3, { partition: 1 })
    await talk.listOffsets(0, { partition: 1 })
    await talk.listOffsets(-1, { partition: 9 })
    await talk.listOffsets(-1, { topic: 'nowhere' })
    for (const epoch of [0, 1]) await talk.listOffsets(-1, { epoch })
    await talk.listOffsets(-1, { topic: 'nowhere', epoch: 1 })
    await talk.everyVersion(offsetForLeaderEpoch, () => ({ topics: [{ topic: talk.topic, partitions: [{ partition: 0, leaderEpoch: 0 }, { partition: 1, leaderEpoch: 0, currentLeaderEpoch: 0 }, { partition: 9, leaderEpoch: 0, currentLeaderEpoch: 1 }] }] }))
  }))

  test('when records are deleted', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    for (let i = 0; i < 3; i++) await talk.produce(batchOf(['one', 'two']))
    const before = (version: number, offset: number, partitionIndex = 0, name = talk.topic) => talk.ask(deleteRecords, version, { timeoutMs: 10_000, topics: [{ name, partitions: [{ partitionIndex, offset }] }] })
    for (const [version, offset] of [[0, 1], [1, 3], [2, 2], [2, 7], [2, -2]] as const) await before(version, offset)
    await talk.listOffsets(-2)
    await talk.fetch(2)
    await talk.fetch(3)
    await before(2, -1)
    await talk.listOffsets(-2)
    await before(2, 0, 9)
    await before(2, 0, 0, 'nowhere')
  }))

  test('when topics are created', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    const create = (topic: NonNullable<RequestToWrite<typeof createTopics>['topics']>[number], version = 6) => talk.ask(createTopics, version, { timeoutMs: 10_000, validateOnly: true, topics: [{ replicationFactor: 1, numPartitions: 1, ...topic }] })
    const other = `${talk.topic}-other`
    for (let version = 2; version <= 4; version++) await create({ name: other }, version)
    for (const name of [talk.topic, '', '.', '..', 'no name!', 'x'.repeat(250)]) await create({ name })
    for (const numPartitions of [0, -2]) await create({ name: other, numPartitions })
    for (const replicationFactor of [0, -2, 2]) await create({ name: other, replicationFactor })
    const assigned = (partitionIndex: number, brokerIds: readonly number[]) => create({ name: other, numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex, brokerIds }] })
    await assigned(1, [1])
    await assigned(0, [])
    await assigned(0, [2])
    await assigned(0, [1, 1])
    await create({ name: other, assignments: [{ partitionIndex: 0, brokerIds: [1] }] })
    for (const [name, value] of [['retention.ms', 'soon'], ['no.such.setting', '1'], ['retention.ms', null], ['cleanup.policy', 'keep'], ['min.insync.replicas', '0'], ['compression.type', 'zip']] as const) await create({ name: other, configs: [{ name, value }] })
    await create({ name: talk.topic, numPartitions: 0, configs: [{ name: 'retention.ms', value: 'soon' }] })
    await create({ name: other, numPartitions: 0, configs: [{ name: 'retention.ms', value: 'soon' }] })
    await create({ name: '', numPartitions: 0, configs: [{ name: 'retention.ms', value: 'soon' }] })
    await talk.ask(createTopics, 6, { timeoutMs: 10_000, topics: [{ name: other, numPartitions: 1, replicationFactor: 1 }, { name: other, numPartitions: 1, replicationFactor: 1 }] })
  }))

  test('when topics grow', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    const grow = (count: number, assignments: readonly { readonly brokerIds: readonly number[] }[] | null = null, name = talk.topic) => talk.ask(createPartitions, 3, { timeoutMs: 10_000, topics: [{ name, count, assignments }] })
    for (const count of [2, 1, 0, -1]) await grow(count)
    await grow(3, [{ brokerIds: [2] }])
    await grow(3, [{ brokerIds: [1] }, { brokerIds: [1] }])
    await grow(3, null, 'nowhere')
    await grow(3, [{ brokerIds: [1] }])
    await talk.everyVersion(createPartitions, (version) => ({ timeoutMs: 10_000, topics: [{ name: talk.topic, count: 4 + version, assignments: null }] }))
  }))

  test('when topics are deleted', () => expectTheSame(async (talk) => {
    const drop = (version: number, names: readonly string[]) => talk.ask(deleteTopics, version, { timeoutMs: 10_000, ...(version < 6 ? { topicNames: names } : { topics: names.map((name) => ({ name })) }) })
    for (let version = 1; version <= 6; version++) {
      await talk.createTopic()
      await drop(version, [talk.topic])
      await drop(version, ['nowhere'])
    }
    await drop(6, ['nowhere', 'nowhere'])
    await talk.ask(deleteTopics, 6, { timeoutMs: 10_000, topics: [{ name: null, topicId: Buffer.alloc(16, 7) }] })
  }))

  test('when settings are altered', () => expectTheSame(async (talk) => {
    await talk.createTopic({ configs: { 'segment.ms': '77000' } })
    const shown = () => talk.everyVersion(describeConfigs, () => ({ resources: [{ resourceType: 2, resourceName: talk.topic, configurationKeys: ['retention.ms', 'segment.ms', 'cleanup.policy'] }] }))
    const step = (name: string, configOperation: number, value: string | null, resourceName = talk.topic, resourceType = 2) =>
      talk.ask(incrementalAlterConfigs, 1, { resources: [{ resourceType, resourceName, configs: [{ name, configOperation, value }] }] })
    await shown()
    await step('retention.ms', 0, '5000')
    await step('cleanup.policy', 2, 'compact')
    await shown()
    await step('cleanup.policy', 3, 'delete')
    await step('retention.ms', 1, null)
    await shown()
    await step('retention.ms', 0, 'soon')
    await step('retention.ms', 2, '5')
    await step('no.such.setting', 0, '5')
    await step('retention.ms', 0, null)
    await step('retention.ms', 0, '5000', 'nowhere')
    await step('retention.ms', 0, '5000', '')
    await step('retention.ms', 0, '5000', '99', 4)
    await step('retention.ms', 0, '5000', 'one', 4)
    await talk.ask(incrementalAlterConfigs, 1, { resources: [{ resourceType: 2, resourceName: talk.topic, configs: [{ name: 'retention.ms', configOperation: 0, value: '1' }, { name: 'retention.ms', configOperation: 1, value: null }] }] })
    await talk.everyVersion(alterConfigs, () => ({ resources: [{ resourceType: 2, resourceName: talk.topic, configs: [{ name: 'retention.ms', value: String(longAgo) }] }] }))
    await shown()
    await talk.ask(alterConfigs, 2, { resources: [{ resourceType: 2, resourceName: talk.topic, configs: [{ name: 'retention.ms', value: null }] }] })
    await talk.ask(describeConfigs, 4, { resources: [{ resourceType: 2, resourceName: 'nowhere', configurationKeys: null }] })
  }))

  test('when a member does not name the protocol it takes part in', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    do talk.lines.length = 0
    while ((await talk.ask(findCoordinator, 1, { key: 'g', keyType: 0 })).errorCode !== 0)
    for (const groupId of ['', 'g']) for (const [protocolType, protocolName] of [[null, 'range'], ['consumer', null], ['consumer', 'range']] as const) {
      for (const version of [4, 5]) await talk.ask(syncGroup, version, { groupId, generationId: 1, memberId: 'm', protocolType, protocolName })
    }
  }))

  test('when a producer is idempotent', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    let producerId = -1
    while (producerId === -1) ({ producerId } = await talk.ask(initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 }))
    talk.lines.length = 0
    const send = (baseSequence: number, epoch = 0, values = ['a', 'b']) => talk.produce(batchOf(values, { producer: { id: BigInt(producerId), epoch, baseSequence } }))
    await send(0)
    await send(2)
    await send(2)
    await send(0)
    await send(2, 0, ['a'])
    await send(6)
    await send(4)
    await send(0, 1)
    await send(6)
    await send(5, 1)
    await talk.listOffsets(-1)
  }))

  test('when a producer has transactions', () => expectTheSame(async (talk) => {
    await talk.createTopic()
    const transactionalId = `${talk.topic}-id`
    const init = async (version: number) => {
      const answer = await talk.ask(initProducerId, version, { transactionalId, transactionTimeoutMs: 60_000 })
      talk.lines[talk.lines.length - 1] = talk.lines.at(-1)!.replace(/"producerId":\d+/, '"producerId":"an id"')
      return answer
    }
    // Apache Kafka makes the log of transactions for the first that asks for its coordinator, who is told to come again.
    do await talk.ask(findCoordinator, 1, { key: transactionalId, keyType: 1 })
    while ((await init(1)).errorCode !== 0)
    talk.lines.length = 0
    const { producerId, producerEpoch } = await init(2)
    const who = { transactionalId, producerId, producerEpoch }
    const add = (producer: typeof who, version = 3, name = talk.topic) => talk.ask(addPartitionsToTxn, version, { v3AndBelowTransactionalId: producer.transactionalId, v3AndBelowProducerId: producer.producerId, v3AndBelowProducerEpoch: producer.producerEpoch, v3AndBelowTopics: [{ name, partitions: [0] }] })
    const end = (producer: typeof who, committed: boolean, version = 3) => talk.ask(endTxn, version, { ...producer, committed })
    const batch = (baseSequence: number, epoch = producerEpoch) => batchOf(['t'], { producer: { id: BigInt(producerId), epoch, baseSequence }, transactional: true })
    await end(who, true)
    await add(who, 0)
    await talk.produce(batch(0), { transactionalId })
    await talk.fetch(0, { isolation: 0 })
    await talk.fetch(0, { isolation: 1 })
    for (const isolation of [0, 1]) await talk.listOffsets(-1, { isolation })
    await end(who, true, 0)
    await add({ ...who, producerEpoch: producerEpoch - 1 })
    await add({ ...who, producerEpoch: producerEpoch + 1 })
    await add({ ...who, producerId: producerId + 1000 })
    await add({ ...who, transactionalId: 'unheard-of' })
    await add({ ...who, transactionalId: '' })
    await add(who, 3, 'nowhere')
    await end({ ...who, producerEpoch: producerEpoch - 1 }, true)
    await end({ ...who, transactionalId: 'unheard-of' }, true)
    await talk.ask(addOffsetsToTxn, 3, { ...who, producerEpoch: producerEpoch - 1, groupId: 'g' })
    await talk.ask(addOffsetsToTxn, 3, { ...who, groupId: '' })
    for (const timeout of [0, -1, 900_001]) await talk.ask(initProducerId, 4, { transactionalId, transactionTimeoutMs: timeout })
    await talk.ask(initProducerId, 4, { transactionalId: '', transactionTimeoutMs: 60_000 })
    const offsets = (name: string, groupId: string) => talk.ask(txnOffsetCommit, 3, { ...who, groupId, topics: [{ name, partitions: [{ partitionIndex: 0, committedOffset: 1 }] }] })
    await offsets(talk.topic, '')
  }))
})
