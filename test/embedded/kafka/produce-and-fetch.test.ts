import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTopics } from '../../../src/wire/api/create-topics.ts'
import { deleteRecords } from '../../../src/wire/api/delete-records.ts'
import { deleteTopics } from '../../../src/wire/api/delete-topics.ts'
import { errorCode } from '../../../src/wire/api/error-code.ts'
import { fetch } from '../../../src/wire/api/fetch.ts'
import { listOffsets } from '../../../src/wire/api/list-offsets.ts'
import { metadata } from '../../../src/wire/api/metadata.ts'
import { produce } from '../../../src/wire/api/produce.ts'
import { encodeRecordBatch } from '../../../src/wire/encode-record-batch.ts'
import { RecordSetReader } from '../../../src/wire/record-set-reader.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import { RunningBroker } from '../../support/running-broker.ts'

const start = Date.now() - 60_000

let broker: RunningBroker
let client: KafkaConnection

beforeEach(async () => {
  broker = await RunningBroker.start()
  client = await broker.connect()
  await client.ask(createTopics, { topics: [{ name: 't', numPartitions: 3, replicationFactor: -1 }] })
})

afterEach(() => broker.stop())

function batch(...values: readonly string[]): Buffer {
  return encodeRecordBatch({ records: values.map((value, offset) => ({ offset, timestamp: start + offset, key: null, value: Buffer.from(value) })) })
}

/** One partition of a produce request. */
function to(partition: number, records: Buffer | null, acks = -1) {
  return { acks, timeoutMs: 1000, topicData: [{ name: 't', partitionData: [{ index: partition, records }] }] }
}

async function send(partition: number, ...values: readonly string[]) {
  return (await client.ask(produce, to(partition, batch(...values)))).responses[0]!.partitionResponses[0]!
}

interface FetchLimits {
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly partitionMaxBytes?: number
}

function from(offsets: Readonly<Record<number, number>>, { maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 20, partitionMaxBytes = 1 << 20 }: FetchLimits = {}) {
  return { maxWaitMs, minBytes, maxBytes, topics: [{ topic: 't', partitions: Object.entries(offsets).map(([partition, fetchOffset]) => ({ partition: Number(partition), fetchOffset, partitionMaxBytes })) }] }
}

function valuesIn(records: Buffer | null, wanted = 0): string[] {
  const reader = new RecordSetReader({ checkCrcs: true, maxBatchBytes: 1 << 20 })
  const found: string[] = []
  reader.begin({ partition: 't', bytes: records!, at: 0, end: records!.length, wanted, aborted: undefined })
  while (reader.next()) {
    const { columns } = reader
    for (let i = 0; i < columns.count; i++) found.push(columns.bytes.toString('utf8', columns.valueAt[i], columns.valueAt[i]! + columns.valueLength[i]!))
  }
  return found
}

async function read(offsets: Readonly<Record<number, number>>, limits?: FetchLimits, by = client): Promise<string[][]> {
  const { responses } = await by.ask(fetch, from(offsets, limits))
  return responses[0]!.partitions.map(({ records, partitionIndex }) => valuesIn(records, offsets[partitionIndex]))
}

describe('produce', () => {
  test('answers the offset of the first record', async () => {
    expect(await send(0, 'a', 'b')).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0 })
    expect(await send(0, 'c')).toMatchObject({ errorCode: 0, baseOffset: 2 })
    expect(await read({ 0: 0 })).toEqual([['a', 'b', 'c']])
  })

  test('takes several partitions in one request and answers each by itself', async () => {
    const { responses } = await client.ask(produce, { acks: 1, timeoutMs: 1000, topicData: [
      { name: 't', partitionData: [{ index: 0, records: batch('a') }, { index: 7, records: batch('b') }, { index: 1, records: batch('c') }] },
      { name: 'nobody', partitionData: [{ index: 0, records: batch('d') }] },
    ] })
    expect(responses.map(({ partitionResponses }) => partitionResponses.map(({ errorCode }) => errorCode))).toEqual([[0, errorCode.UNKNOWN_TOPIC_OR_PARTITION, 0], [errorCode.UNKNOWN_TOPIC_OR_PARTITION]])
    expect(await read({ 0: 0, 1: 0 })).toEqual([['a'], ['c']])
  })

  test('keeps the order of requests that are sent without waiting for answers', async () => {
    for (let i = 0; i < 50; i++) client.tell(produce, to(0, batch(String(i))))
    for (let i = 0; i < 50; i++) await client.raw.frame()
    expect(await read({ 0: 0 })).toEqual([Array.from({ length: 50 }, (_, i) => String(i))])
  })

  test('with acks 0 is not answered', async () => {
    client.tell(produce, to(0, batch('a'), 0))
    expect((await client.ask(metadata, { topics: [] })).controllerId).toBe(1)
    expect(await read({ 0: 0 }, { maxWaitMs: 5000 })).toEqual([['a']])
  })

  test('with acks 0 ends the connection when it is refused, for there is no other way to tell', async () => {
    client.tell(produce, to(9, batch('a'), 0))
    expect(await client.raw.closed()).toBe('closed')
  })

  test.each([2, -2])('with acks %s is refused', async (acks) => {
    const { responses } = await client.ask(produce, to(0, batch('a'), acks))
    expect(responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: errorCode.INVALID_REQUIRED_ACKS, baseOffset: -1 })
  })

  test.each([
    ['nothing', null, errorCode.INVALID_RECORD],
    ['no bytes', Buffer.alloc(0), errorCode.INVALID_RECORD],
    ['a broken batch', Buffer.concat([batch('a').subarray(0, -1), Buffer.from([1])]), errorCode.CORRUPT_MESSAGE],
  ])('of %s is refused', async (_, records, code) => {
    const { responses } = await client.ask(produce, to(0, records))
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(code)
    expect(await send(0, 'b')).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })
})

describe('a fetch', () => {
  test('answers at once when there is something', async () => {
    await send(0, 'a')
    expect(await read({ 0: 0, 1: 0 }, { maxWaitMs: 60_000 })).toEqual([['a'], []])
  })

  test('waits for something and is woken by it', async () => {
    const other = await broker.connect()
    const waiting = read({ 0: 0, 1: 0 }, { maxWaitMs: 60_000 }, other)
    await send(1, 'late')
    expect(await waiting).toEqual([[], ['late']])
  })

  test('waits for as many bytes as it asks for, over all partitions', async () => {
    const other = await broker.connect()
    const one = batch('0123456789')
    const waiting = read({ 0: 0, 1: 0 }, { maxWaitMs: 60_000, minBytes: 2 * one.length }, other)
    await send(0, '0123456789')
    await send(1, '0123456789')
    expect(await waiting).toEqual([['0123456789'], ['0123456789']])
  })

  test('does not wait longer than it asks for', async () => {
    expect(await read({ 0: 0 }, { maxWaitMs: 20 })).toEqual([[]])
  })

  test('of a topic that is deleted meanwhile says so', async () => {
    const other = await broker.connect()
    const waiting = other.ask(fetch, from({ 0: 0 }, { maxWaitMs: 60_000 }))
    await client.ask(deleteTopics, { topics: [{ name: 't' }] })
    expect((await waiting).responses[0]!.partitions[0]).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION, highWatermark: -1 })
  })

  test('gets on with limits of one byte: a whole batch each time', async () => {
    for (const value of ['a', 'b', 'c']) await send(0, value)
    await send(1, 'd')
    const limits = { maxBytes: 1, partitionMaxBytes: 1 }
    for (const [offset, value] of ['a', 'b', 'c'].entries()) expect(await read({ 0: offset, 1: 0 }, limits)).toEqual([[value], []])
    expect(await read({ 0: 3, 1: 0 }, limits)).toEqual([[], ['d']])
  })

  test('stops at the limit of the whole answer', async () => {
    for (const partition of [0, 1, 2]) await send(partition, 'x'.repeat(100))
    expect((await read({ 0: 0, 1: 0, 2: 0 }, { maxBytes: 2 * batch('x'.repeat(100)).length })).map((values) => values.length)).toEqual([1, 1, 0])
  })

  test('from inside of a batch gets the whole batch', async () => {
    await send(0, 'a', 'b', 'c')
    const { responses } = await client.ask(fetch, from({ 0: 2 }))
    expect(valuesIn(responses[0]!.partitions[0]!.records)).toEqual(['a', 'b', 'c'])
  })

  test('outside of the log is told, with the end as -1', async () => {
    await send(0, 'a', 'b')
    const { responses } = await client.ask(fetch, from({ 0: 3 }, { maxWaitMs: 60_000 }))
    expect(responses[0]!.partitions[0]).toMatchObject({ errorCode: errorCode.OFFSET_OUT_OF_RANGE, highWatermark: -1 })
    await client.ask(deleteRecords, { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }] })
    expect((await client.ask(fetch, from({ 0: 0 }))).responses[0]!.partitions[0]!.errorCode).toBe(errorCode.OFFSET_OUT_OF_RANGE)
    expect(await read({ 0: 1 })).toEqual([['b']])
  })

  test('of a session is told that there is none', async () => {
    expect(await client.ask(fetch, { ...from({ 0: 0 }), sessionId: 5, sessionEpoch: 1 })).toMatchObject({ errorCode: errorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] })
    expect(await client.ask(fetch, { ...from({ 0: 0 }), sessionEpoch: 0 })).toMatchObject({ errorCode: 0, sessionId: 0 })
  })

  test('of a client that knows of a newer leader is told so', async () => {
    const { responses } = await client.ask(fetch, { maxWaitMs: 60_000, minBytes: 1, topics: [{ topic: 't', partitions: [{ partition: 0, currentLeaderEpoch: 3, partitionMaxBytes: 100 }] }] })
    expect(responses[0]!.partitions[0]!.errorCode).toBe(errorCode.UNKNOWN_LEADER_EPOCH)
  })

  test('is answered to each of two clients', async () => {
    const others = [await broker.connect(), await broker.connect()]
    const waiting = others.map((other) => read({ 0: 0 }, { maxWaitMs: 60_000 }, other))
    await send(0, 'to all')
    expect(await Promise.all(waiting)).toEqual([[['to all']], [['to all']]])
  })

  test('is given up when the broker closes', async () => {
    const other = await broker.connect()
    const waiting = other.ask(fetch, from({ 0: 0 }, { maxWaitMs: 600_000 })).then(() => 'answered', () => 'closed')
    await client.ask(metadata, { topics: null })
    await broker.close()
    expect(['answered', 'closed']).toContain(await waiting)
  })
})

describe('offsets', () => {
  const at = async (timestamp: number, partition = 0) => {
    const { topics } = await client.ask(listOffsets, { replicaId: -1, topics: [{ name: 't', partitions: [{ partitionIndex: partition, timestamp }] }] })
    return topics[0]!.partitions[0]!
  }

  beforeEach(async () => {
    await send(0, 'a', 'b', 'c')
    await send(0, 'd')
  })

  test('of the end, the begin and the largest timestamp are told', async () => {
    expect(await at(-1)).toMatchObject({ offset: 4, timestamp: -1, leaderEpoch: 0 })
    expect(await at(-2)).toMatchObject({ offset: 0, timestamp: -1 })
    expect(await at(-3)).toMatchObject({ offset: 2, timestamp: start + 2 })
    expect(await at(-1, 1)).toMatchObject({ offset: 0 })
  })

  test('of a time are those of the first record that is not older', async () => {
    expect(await at(0)).toMatchObject({ offset: 0, timestamp: start })
    expect(await at(start + 1)).toMatchObject({ offset: 1, timestamp: start + 1 })
    expect(await at(start + 3)).toMatchObject({ offset: -1, timestamp: -1, errorCode: 0 })
  })

  test('of what is not there are refused', async () => {
    expect(await at(-1, 9)).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION })
    expect(await at(-9)).toMatchObject({ offset: -1 })
  })
})
