import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { alterConfigs } from '../../../src/wire/api/alter-configs.ts'
import { alterPartitionReassignments } from '../../../src/wire/api/alter-partition-reassignments.ts'
import { apiVersions } from '../../../src/wire/api/api-versions.ts'
import { createPartitions } from '../../../src/wire/api/create-partitions.ts'
import { createTopics } from '../../../src/wire/api/create-topics.ts'
import { deleteTopics } from '../../../src/wire/api/delete-topics.ts'
import { describeCluster } from '../../../src/wire/api/describe-cluster.ts'
import { describeConfigs } from '../../../src/wire/api/describe-configs.ts'
import { describeLogDirs } from '../../../src/wire/api/describe-log-dirs.ts'
import { errorCode } from '../../../src/wire/api/error-code.ts'
import { findCoordinator } from '../../../src/wire/api/find-coordinator.ts'
import { incrementalAlterConfigs } from '../../../src/wire/api/incremental-alter-configs.ts'
import { listPartitionReassignments } from '../../../src/wire/api/list-partition-reassignments.ts'
import { metadata } from '../../../src/wire/api/metadata.ts'
import { offsetCommit } from '../../../src/wire/api/offset-commit.ts'
import { offsetFetch } from '../../../src/wire/api/offset-fetch.ts'
import { offsetForLeaderEpoch } from '../../../src/wire/api/offset-for-leader-epoch.ts'
import { produce } from '../../../src/wire/api/produce.ts'
import { encodeRecordBatch } from '../../../src/wire/encode-record-batch.ts'
import type { RequestToWrite } from '../../../src/wire/message/api.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import { RunningBroker } from '../../support/running-broker.ts'

type NewTopic = NonNullable<RequestToWrite<typeof createTopics>['topics']>[number]

let broker: RunningBroker
let client: KafkaConnection

async function begin(...options: Parameters<typeof RunningBroker.start>): Promise<void> {
  broker = await RunningBroker.start(...options)
  client = await broker.connect()
}

afterEach(() => broker.stop())

async function create(topic: NewTopic, validateOnly = false) {
  return (await client.ask(createTopics, { topics: [{ numPartitions: -1, replicationFactor: -1, ...topic }], validateOnly })).topics[0]!
}

async function topicNames(): Promise<string[]> {
  return (await client.ask(metadata, { topics: null })).topics.map(({ name }) => name)
}

const topic = 2
const ofBroker = 4

async function described(resourceType: number, resourceName: string, ...names: readonly string[]) {
  const { results } = await client.ask(describeConfigs, { resources: [{ resourceType, resourceName, configurationKeys: names.length === 0 ? null : names }], includeSynonyms: true })
  return results[0]!
}

async function alter(resourceType: number, resourceName: string, name: string, configOperation: number, value: string | null, validateOnly = false) {
  const { responses } = await client.ask(incrementalAlterConfigs, { resources: [{ resourceType, resourceName, configs: [{ name, configOperation, value }] }], validateOnly })
  return responses[0]!
}

describe('what a client learns of the cluster', () => {
  beforeEach(() => begin())

  test('is one broker at the address it used, which leads everything', async () => {
    await create({ name: 't', numPartitions: 2 })
    const { brokers, controllerId, clusterId, topics } = await client.ask(metadata, { topics: null })
    expect(brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: broker.port, rack: null }])
    expect(controllerId).toBe(1)
    expect(clusterId).toMatch(/^[\w-]{22}$/)
    expect(topics).toMatchObject([{ name: 't', errorCode: 0, partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] })) }])
    expect(await client.ask(describeCluster, {})).toMatchObject({ clusterId, controllerId: 1, brokers: [{ brokerId: 1, host: '127.0.0.1', port: broker.port }] })
  })

  test.each([[0, 0], [0, 3], [1, 4]])('is the same broker as coordinator of type %s in version %s', async (keyType, version) => {
    const answer = await client.ask(findCoordinator, { key: 'k', coordinatorKeys: ['k'], keyType }, version)
    const node = { nodeId: 1, host: '127.0.0.1', port: broker.port, errorCode: 0 }
    expect(version < 4 ? answer : answer.coordinators[0]).toMatchObject(node)
  })

  test('is no coordinator of what it has none for', async () => {
    expect((await client.ask(findCoordinator, { coordinatorKeys: ['k'], keyType: 7 })).coordinators[0]).toMatchObject({ nodeId: -1, errorCode: errorCode.INVALID_REQUEST })
  })

  test('are all topics, none, or those it names', async () => {
    await create({ name: 'a' })
    await create({ name: 'b' })
    const names = async (topics: { name: string }[] | null, version: number) => (await client.ask(metadata, { topics, allowAutoTopicCreation: false }, version)).topics.map(({ name }) => name)
    expect(await names([], 0)).toEqual(['a', 'b'])
    expect(await names([], 1)).toEqual([])
    expect(await names(null, 1)).toEqual(['a', 'b'])
    expect(await names([{ name: 'b' }], 9)).toEqual(['b'])
  })

  test('is where the only epoch of a log ends', async () => {
    await create({ name: 't' })
    const ask = async (leaderEpoch: number) => (await client.ask(offsetForLeaderEpoch, { topics: [{ topic: 't', partitions: [{ partition: 0, leaderEpoch }] }] })).topics[0]!.partitions[0]!
    expect(await ask(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 0 })
    expect(await ask(1)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 })
  })

  test('are the versions of what is served, with Produce and JoinGroup from 0', async () => {
    const { apiKeys } = await client.ask(apiVersions, { clientSoftwareName: 'x', clientSoftwareVersion: '1.0' })
    const of = (key: number) => apiKeys.find(({ apiKey }) => apiKey === key)
    expect(of(0)).toMatchObject({ minVersion: 0, maxVersion: 9 })
    expect(of(1)).toMatchObject({ minVersion: 4, maxVersion: 12 })
    expect(of(3)).toMatchObject({ minVersion: 0, maxVersion: 9 })
    expect(of(11)).toMatchObject({ minVersion: 0, maxVersion: 7 })
    expect(of(18)).toMatchObject({ minVersion: 0, maxVersion: 3 })
    expect(await client.ask(apiVersions, { clientSoftwareName: '-bad', clientSoftwareVersion: '1' })).toMatchObject({ errorCode: errorCode.INVALID_REQUEST })
  })
})

describe('a topic that nobody has created', () => {
  const ask = async (name: string, allowAutoTopicCreation: boolean) => (await client.ask(metadata, { topics: [{ name }], allowAutoTopicCreation })).topics[0]!

  test('is created when a client that allows it asks for it', async () => {
    await begin({ settings: { 'num.partitions': '3' } })
    expect(await ask('t', false)).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] })
    expect((await ask('t', true)).partitions.length).toBe(3)
    expect(await topicNames()).toEqual(['t'])
  })

  test('is not created when the broker forbids it', async () => {
    await begin({ settings: { 'auto.create.topics.enable': 'false' } })
    expect(await ask('t', true)).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION })
  })

  test('is not created when its name is none', async () => {
    await begin()
    expect(await ask('a b', true)).toMatchObject({ errorCode: errorCode.INVALID_TOPIC_EXCEPTION, name: 'a b' })
  })

  test('is created once when two clients ask at once', async () => {
    await begin()
    const other = await broker.connect()
    const both = await Promise.all([client, other].map((each) => each.ask(metadata, { topics: [{ name: 't' }] })))
    expect(both.map(({ topics }) => topics[0]!.errorCode)).toEqual([0, 0])
  })
})

describe('the address clients are told', () => {
  const told = async () => (await client.ask(metadata, { topics: [] })).brokers[0]!

  test('can be another one', async () => {
    await begin({ advertised: 'kafka.example:19092' })
    expect(await told()).toMatchObject({ host: 'kafka.example', port: 19_092 })
  })

  test('can be given as Kafka gives it, and so can the id', async () => {
    await begin({ settings: { 'advertised.listeners': 'PLAINTEXT://[::1]:7', 'node.id': '5', 'broker.rack': 'r' } })
    expect(await told()).toEqual({ nodeId: 5, host: '::1', port: 7, rack: 'r' })
  })
})

describe('creating a topic', () => {
  beforeEach(() => begin({ settings: { 'num.partitions': '2' } }))

  test('uses the defaults of the broker', async () => {
    expect(await create({ name: 't', configs: [{ name: 'retention.ms', value: '5' }] })).toMatchObject({ errorCode: 0, numPartitions: 2, replicationFactor: 1 })
    expect((await described(topic, 't', 'retention.ms')).configs).toMatchObject([{ value: '5', configSource: 1 }])
  })

  test('can be tried only', async () => {
    expect(await create({ name: 't', numPartitions: 5 }, true)).toMatchObject({ errorCode: 0, numPartitions: 5 })
    expect(await topicNames()).toEqual([])
  })

  test('may place the partitions on this broker by hand', async () => {
    const on = (...brokers: number[]) => ({ name: 't', assignments: brokers.map((id, partitionIndex) => ({ partitionIndex, brokerIds: [id] })) })
    expect(await create(on(1, 2))).toMatchObject({ errorCode: errorCode.INVALID_REPLICA_ASSIGNMENT })
    expect(await create(on(1, 1, 1))).toMatchObject({ errorCode: 0, numPartitions: 3 })
  })

  test.each<[string, NewTopic, keyof typeof errorCode, RegExp]>([
    ['of no name', { name: '' }, 'INVALID_TOPIC_EXCEPTION', /empty/],
    ['with a blank', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION', /ASCII/],
    ['of two dots', { name: '..' }, 'INVALID_TOPIC_EXCEPTION', /not allowed/],
    ['of a name too long', { name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION', /249/],
    ['with no partitions', { name: 't', numPartitions: 0 }, 'INVALID_PARTITIONS', /non-positive/],
    ['with too many partitions', { name: 't', numPartitions: 1_000_000_000 }, 'POLICY_VIOLATION', /10000/],
    ['with three replicas', { name: 't', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR', /only 1 broker/],
    ['with a setting that is none', { name: 't', configs: [{ name: 'retension.ms', value: '1' }] }, 'INVALID_CONFIG', /did you mean retention.ms/],
    ['with a value that is none', { name: 't', configs: [{ name: 'cleanup.policy', value: 'burn' }] }, 'INVALID_CONFIG', /burn/],
    ['with a setting without value', { name: 't', configs: [{ name: 'retention.ms', value: null }] }, 'INVALID_CONFIG', /Null/],
  ])('%s is refused', async (_, wanted, code, message) => {
    const answer = await create(wanted)
    expect(answer.errorCode).toBe(errorCode[code])
    expect(answer.errorMessage).toMatch(message)
    expect(await topicNames()).toEqual([])
  })

  test('twice is refused, and so is a name that differs by . and _ alone', async () => {
    await create({ name: 'a.b' })
    expect((await create({ name: 'a.b' })).errorCode).toBe(errorCode.TOPIC_ALREADY_EXISTS)
    expect((await create({ name: 'a_b' })).errorCode).toBe(errorCode.INVALID_TOPIC_EXCEPTION)
  })

  test('of one name twice in a request is refused', async () => {
    const one = { name: 't', numPartitions: 1, replicationFactor: 1 }
    const { topics } = await client.ask(createTopics, { topics: [one, one] })
    expect(new Set(topics.map(({ errorCode }) => errorCode))).toEqual(new Set([errorCode.INVALID_REQUEST]))
  })

  test('by a name that objects know is nothing special', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) expect(await create({ name })).toMatchObject({ errorCode: 0 })
    await broker.restart()
    client = await broker.connect()
    expect(await topicNames()).toEqual(['__proto__', 'constructor', 'toString'])
  })
})

describe('a topic', () => {
  beforeEach(async () => {
    await begin()
    await create({ name: 't', numPartitions: 2 })
  })

  test('keeps what groups have committed over a restart, behind its end too', async () => {
    await client.ask(offsetCommit, { groupId: 'g', memberId: '', topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 50, committedMetadata: '' }] }] })
    await broker.restart()
    client = await broker.connect()
    const { groups } = await client.ask(offsetFetch, { groups: [{ groupId: 'g', topics: null }] })
    expect(groups[0]!.topics[0]!.partitions[0]!.committedOffset).toBe(50)
  })

  test('is deleted, by name alone', async () => {
    const zero = Buffer.alloc(16)
    const { responses } = await client.ask(deleteTopics, { topics: [{ name: 't', topicId: zero }, { name: 'nobody', topicId: zero }, { name: null, topicId: Buffer.alloc(16, 1) }] })
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, errorCode.UNKNOWN_TOPIC_OR_PARTITION, errorCode.UNKNOWN_TOPIC_ID])
    expect(await topicNames()).toEqual([])
    expect((await create({ name: 't' })).errorCode).toBe(0)
  })

  test('gets more partitions, never fewer', async () => {
    const grow = async (count: number, more = {}) => (await client.ask(createPartitions, { topics: [{ name: 't', count, assignments: null }], ...more })).results[0]!
    expect(await grow(4, { validateOnly: true })).toMatchObject({ errorCode: 0 })
    expect(await grow(3)).toMatchObject({ errorCode: 0 })
    expect(await grow(3)).toMatchObject({ errorCode: errorCode.INVALID_PARTITIONS })
    expect(await grow(1)).toMatchObject({ errorCode: errorCode.INVALID_PARTITIONS })
    expect(await grow(4, { topics: [{ name: 't', count: 4, assignments: [{ brokerIds: [2] }] }] })).toMatchObject({ errorCode: errorCode.INVALID_REPLICA_ASSIGNMENT })
    expect((await client.ask(metadata, { topics: null })).topics[0]!.partitions.length).toBe(3)
  })

  test('cannot be moved away, for there is no other node', async () => {
    const move = async (replicas: number[] | null) => (await client.ask(alterPartitionReassignments, { topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas }] }] })).responses[0]!.partitions[0]!
    expect(await move([1])).toMatchObject({ errorCode: 0 })
    expect(await move([2])).toMatchObject({ errorCode: errorCode.INVALID_REPLICA_ASSIGNMENT, errorMessage: expect.stringContaining('broker 1 is the only node') as string })
    expect(await move(null)).toMatchObject({ errorCode: errorCode.NO_REASSIGNMENT_IN_PROGRESS })
    expect(await client.ask(listPartitionReassignments, { topics: null })).toMatchObject({ errorCode: 0, topics: [] })
  })

  test('is shown with the size of its files', async () => {
    const records = encodeRecordBatch({ records: [{ offset: 0, timestamp: Date.now(), key: null, value: Buffer.from('a') }] })
    await client.ask(produce, { acks: 1, topicData: [{ name: 't', partitionData: [{ index: 1, records }] }] })
    const { results } = await client.ask(describeLogDirs, { topics: null })
    expect(results).toMatchObject([{ errorCode: 0, logDir: broker.dataDir, topics: [{ name: 't', partitions: [{ partitionIndex: 0, partitionSize: 0 }, { partitionIndex: 1, partitionSize: records.length }] }] }])
  })

  test('with more needed replicas than there are takes no acks=all', async () => {
    await alter(topic, 't', 'min.insync.replicas', 0, '2')
    const records = encodeRecordBatch({ records: [{ offset: 0, timestamp: Date.now(), key: null, value: null }] })
    const send = async (acks: number) => (await client.ask(produce, { acks, topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] })).responses[0]!.partitionResponses[0]!.errorCode
    expect(await send(-1)).toBe(errorCode.NOT_ENOUGH_REPLICAS)
    expect(await send(1)).toBe(0)
  })
})

describe('settings', () => {
  beforeEach(async () => {
    await begin({ settings: { 'log.retention.hours': '24' } })
    await create({ name: 't' })
  })

  test('of a topic are altered one by one, and put back', async () => {
    expect((await described(topic, 't', 'retention.ms')).configs).toMatchObject([{ value: '86400000', configSource: 5, synonyms: [] }])
    expect(await alter(topic, 't', 'retention.ms', 0, '7', true)).toMatchObject({ errorCode: 0 })
    expect((await described(topic, 't', 'retention.ms')).configs[0]!.value).toBe('86400000')
    await alter(topic, 't', 'retention.ms', 0, '7')
    expect((await described(topic, 't', 'retention.ms')).configs).toMatchObject([{ value: '7', configSource: 1 }])
    await alter(topic, 't', 'retention.ms', 1, null)
    expect((await described(topic, 't', 'retention.ms')).configs[0]!.value).toBe('86400000')
  })

  test('that are lists get words and lose words', async () => {
    await alter(topic, 't', 'cleanup.policy', 2, 'compact')
    expect((await described(topic, 't', 'cleanup.policy')).configs[0]!.value).toBe('delete,compact')
    await alter(topic, 't', 'cleanup.policy', 3, 'delete')
    expect((await described(topic, 't', 'cleanup.policy')).configs[0]!.value).toBe('compact')
    expect(await alter(topic, 't', 'retention.ms', 2, '1')).toMatchObject({ errorCode: errorCode.INVALID_CONFIG })
  })

  test('altered as a whole leave nothing else set', async () => {
    await alter(topic, 't', 'retention.ms', 0, '7')
    await client.ask(alterConfigs, { resources: [{ resourceType: topic, resourceName: 't', configs: [{ name: 'segment.bytes', value: '99999' }] }] })
    const { configs } = await described(topic, 't')
    expect(configs.filter(({ configSource }) => configSource === 1).map(({ name }) => name)).toEqual(['segment.bytes'])
  })

  test('of the broker hold for it before those of the cluster', async () => {
    await alter(ofBroker, '', 'message.max.bytes', 0, '2000')
    expect((await described(topic, 't', 'max.message.bytes')).configs).toMatchObject([{ value: '2000', configSource: 3 }])
    await alter(ofBroker, '1', 'message.max.bytes', 0, '3000')
    expect((await described(topic, 't', 'max.message.bytes')).configs).toMatchObject([{ value: '3000', configSource: 2 }])
    expect((await described(ofBroker, '')).configs).toMatchObject([{ name: 'message.max.bytes', value: '2000' }])
    expect((await described(ofBroker, '1', 'message.max.bytes', 'num.partitions')).configs).toMatchObject([{ name: 'num.partitions', readOnly: true }, { value: '3000', readOnly: false }])
  })

  test('altered at run time are in force at once and after a restart', async () => {
    await alter(ofBroker, '', 'message.max.bytes', 0, '100')
    await alter(topic, 't', 'retention.ms', 0, '7')
    const records = encodeRecordBatch({ records: [{ offset: 0, timestamp: Date.now(), key: null, value: Buffer.alloc(200) }] })
    const send = async () => (await client.ask(produce, { acks: 1, topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] })).responses[0]!.partitionResponses[0]!.errorCode
    expect(await send()).toBe(errorCode.MESSAGE_TOO_LARGE)
    await broker.restart()
    client = await broker.connect()
    expect(await send()).toBe(errorCode.MESSAGE_TOO_LARGE)
    expect((await described(topic, 't', 'retention.ms')).configs[0]!.value).toBe('7')
    await alter(ofBroker, '', 'message.max.bytes', 1, null)
    expect(await send()).toBe(0)
  })

  test.each<[string, number, string, string, string | null, keyof typeof errorCode]>([
    ['of a topic that is not there', topic, 'nobody', 'retention.ms', '1', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['that are none', topic, 't', 'retension.ms', '1', 'INVALID_CONFIG'],
    ['with a value that is none', topic, 't', 'retention.ms', 'long', 'INVALID_CONFIG'],
    ['with no value', topic, 't', 'retention.ms', null, 'INVALID_REQUEST'],
    ['of another broker', ofBroker, '2', 'message.max.bytes', '1', 'INVALID_REQUEST'],
    ['that are fixed at the start', ofBroker, '1', 'num.partitions', '3', 'INVALID_REQUEST'],
    ['of something else', 8, '1', 'kafka', 'DEBUG', 'INVALID_REQUEST'],
  ])('%s are refused', async (_, type, resource, name, value, code) => {
    expect((await alter(type, resource, name, 0, value)).errorCode).toBe(errorCode[code])
  })
})

describe('a restart', () => {
  beforeEach(async () => {
    await begin()
    await create({ name: 't', numPartitions: 2, configs: [{ name: 'cleanup.policy', value: 'compact' }] })
  })

  test('brings back the cluster and its topics', async () => {
    const before = await client.ask(metadata, { topics: null })
    await broker.restart()
    client = await broker.connect()
    expect(await client.ask(metadata, { topics: null })).toEqual({ ...before, brokers: [{ ...before.brokers[0], port: broker.port }] })
  })

  test('finds topics by their directories when the file that names them is lost', async () => {
    await broker.close()
    await rm(join(broker.dataDir, 'cluster.json'))
    await broker.restart()
    client = await broker.connect()
    expect((await client.ask(metadata, { topics: null })).topics).toMatchObject([{ name: 't', partitions: [{}, {}] }])
  })

  test('finishes a deletion that a crash has cut off', async () => {
    await broker.close()
    const file = join(broker.dataDir, 'cluster.json')
    const state = JSON.parse(await readFile(file, 'utf8')) as object
    await writeFile(file, JSON.stringify({ ...state, topics: [], deletedTopics: ['t'] }))
    await broker.restart()
    client = await broker.connect()
    expect(await topicNames()).toEqual([])
    expect(await readFile(file, 'utf8')).toContain('"deletedTopics": []')
  })

  test('is refused when the file that names them is damaged', async () => {
    await broker.close()
    const file = join(broker.dataDir, 'cluster.json')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.slice(0, -9))
    await expect(broker.restart()).rejects.toMatchObject({ code: 'MR_JOURNAL_CORRUPT' })
    await writeFile(file, text)
    await broker.restart()
  })
})
