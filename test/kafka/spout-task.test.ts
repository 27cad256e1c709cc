import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { decodeUtf8 } from '../../src/kafka/decoder.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import { KafkaSpoutTask } from '../../src/kafka/spout-task.ts'
import type { SpoutTaskOptions } from '../../src/kafka/spout-task.ts'
import type { Batch } from '../../src/tuple/batch.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { encodeRecordBatch, encodeTransactionMarker } from '../../src/wire/encode-record-batch.ts'
import { answerOf, batchOf, ScriptedKafka, settled } from './scripted-kafka.ts'

interface Harness {
  readonly kafka: ScriptedKafka
  readonly clock: ManualClock
  readonly task: KafkaSpoutTask
  /** Emits all that is there: `topic/partition@offset` of each, from the value. */
  drain(): unknown[]
  readonly tuples: Tuple[]
  readonly rejected: { error: unknown; offset: number }[]
  readonly failures: unknown[]
  readonly wakes: number
  advance(ms: number): Promise<void>
}

/** The suite runs once with each way to read; batches are small, so that they end within a record batch. */
let byBatch = false
const rowsOfBatch = 3

async function reading(positions: Readonly<Record<string, number>>, options: { limits?: Readonly<Record<string, number>>; leader?: number; task?: Partial<SpoutTaskOptions> } = {}): Promise<Harness> {
  const kafka = new ScriptedKafka()
  for (const name of Object.keys(positions)) kafka.leaders.set(name, options.leader ?? 1)
  const clock = new ManualClock()
  const tuples: Tuple[] = []
  const rejected: { error: unknown; offset: number }[] = []
  const failures: unknown[] = []
  let wakes = 0
  const task = new KafkaSpoutTask({
    topology: 'lines', component: 'read', task: 1, index: 0, parallelism: 1, worker: 0,
    tasksOf: () => [],
    log: silentLogger, clock, connections: {}, metrics: { counter: () => ({ add: () => {} }) },
    positions: Object.entries(positions).map(([partition, offset]) => ({ partition, offset })),
    lineage: Object.keys(positions).map((_, i) => 10 + i),
    limits: new Map(Object.entries(options.limits ?? {})),
    wake: () => wakes++,
    fail: (error) => failures.push(error),
  }, {
    isolation: 'read_committed', maxWaitMs: 500, minBytes: 1, maxBytes: 8_000_000, maxPartitionBytes: 2_000, maxHeldBytes: 50_000, requestTimeoutMs: 30_000,
    text: true, decodeValue: decodeUtf8, decodeKey: undefined, nullable: false, checkCrcs: true, maxRecordBytes: 1_000, maxBatchBytes: 1_000_000,
    ...options.task,
  }, () => ({ port: kafka, release: () => {} }))
  onTestFinished(() => task.close())
  task.open()
  await settled()
  const out = {
    emit: (tuple: Tuple): void => void tuples.push(tuple),
    emitBatch(batch: Batch): void {
      for (let row = 0; row < batch.rows; row++) {
        const tuple = batch.tuple(row)
        expect(positions[Object.keys(positions)[batch.partitionOf(row) - 10]!]).toBeDefined()
        expect(batch.offsetOf(row)).toBe(tuple['offset'])
        tuples.push(tuple)
      }
      batch.release()
    },
    reject: (error: unknown, _partition: number, offset: number): void => void rejected.push({ error, offset }),
  }
  return {
    kafka, clock, task, tuples, rejected, failures,
    get wakes() {
      return wakes
    },
    drain() {
      const before = tuples.length
      while (byBatch ? task.nextBatch(rowsOfBatch, out) : task.nextTuple(out));
      return tuples.slice(before).map((tuple) => tuple['value'])
    },
    async advance(ms) {
      clock.advance(ms)
      await settled()
    },
  }
}

function names(name: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `${name}@${from + i}`)
}

describe.each([['record by record', false], ['batch by batch', true]])('a spout that is read %s', (_, batches) => {
  beforeEach(() => {
    byBatch = batches
  })

  describe('fetching', () => {
    test('asks a leader for all its partitions in one request, those first that have got nothing for the longest time', async () => {
      const { kafka } = await reading({ 'a/0': 5, 'a/1': 7, 'b/0': 0 })
      expect(kafka.only.request).toMatchObject({ maxWaitMs: 500, partitions: [{ topic: 'a', partition: 0, offset: 5 }, { topic: 'a', partition: 1, offset: 7 }, { topic: 'b', partition: 0, offset: 0 }] })
      const order = (): string[] => kafka.only.request.partitions.map(({ topic, partition }) => `${topic}/${partition}`)
      await kafka.only.answer([])
      expect(order()).toEqual(['a/0', 'a/1', 'b/0'])
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 5, 6)), answerOf('a/1', batchOf('a/1', 7, 8))])
      expect(order()).toEqual(['b/0', 'a/0', 'a/1'])
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 6, 7))])
      expect(order()).toEqual(['b/0', 'a/1', 'a/0'])
    })

    test('asks for nothing more while all partitions together hold as much as they may, and goes on when an answer was read to its end', async () => {
      const { kafka, task, drain } = await reading({ 'a/0': 0, 'a/1': 0 }, { task: { maxHeldBytes: 1_000, maxPartitionBytes: 100_000 } })
      expect(kafka.only.request.maxBytes).toBe(1_000)
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 20))])
      await kafka.only.answer([answerOf('a/1', batchOf('a/1', 0, 60))])
      expect(kafka.asked).toEqual([])
      expect(drain()).toHaveLength(80)
      expect(kafka.only.request.partitions.map(({ offset }) => offset)).toEqual([20, 60])
      task.close()
    })

    test('goes on with a partition that waited to decompress when another one ends with its turn', async () => {
      const turn = 256
      const zeros = (): Buffer => encodeRecordBatch({ codec: 'zstd', records: Array.from({ length: turn }, (_, offset) => ({ offset, timestamp: 5, key: null, value: Buffer.from('z') })) })
      const { kafka, task, drain } = await reading({ 'a/0': 0, 'a/1': 0 }, { task: { maxHeldBytes: 1 } })
      await kafka.only.answer(['a/0', 'a/1'].map((name) => answerOf(name, zeros())))
      expect(drain()).toHaveLength(2 * turn)
      expect(task.positions().map(({ offset }) => offset)).toEqual([turn, turn])
    })

    test('shares what may be on its way among the brokers', async () => {
      const { advance, kafka } = await reading({ 'a/0': 0, 'a/1': 0 }, { task: { maxHeldBytes: 1_000 } })
      kafka.leaders.set('a/1', 2)
      await kafka.only.answer([answerOf('a/1', Buffer.alloc(0), { error: 'NOT_LEADER_FOR_PARTITION' })])
      await advance(100)
      for (const asked of kafka.asked.slice()) await asked.answer([])
      expect(kafka.asked.map(({ node, request }) => [node, request.maxBytes])).toEqual([[1, 500], [2, 500]])
    })


    test('has the next request in flight before the last answer is read', async () => {
      const { kafka, drain } = await reading({ 'a/0': 0 })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 3))])
      expect(kafka.only.request.partitions).toEqual([{ topic: 'a', partition: 0, offset: 3 }])
      expect(drain()).toEqual(names('a/0', 0, 3))
    })

    test('wakes the task when records come after there were none', async () => {
      const harness = await reading({ 'a/0': 0 })
      expect(harness.drain()).toEqual([])
      await harness.kafka.only.answer([])
      expect(harness.wakes).toBe(0)
      await harness.kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 1))])
      await harness.kafka.only.answer([answerOf('a/0', batchOf('a/0', 1, 2))])
      expect(harness.wakes).toBe(1)
      expect(harness.drain()).toEqual(names('a/0', 0, 2))
    })

    test('asks nothing for a partition with enough queued, waits little for the others, and goes on when it was read', async () => {
      const { kafka, drain } = await reading({ 'a/0': 0, 'a/1': 0 })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 300))])
      expect(kafka.only.request).toMatchObject({ maxWaitMs: 10, partitions: [{ partition: 1 }] })
      await kafka.only.answer([])
      expect(kafka.only.request.maxWaitMs).toBe(20)
      drain()
      await kafka.only.answer([])
      expect(kafka.only.request).toMatchObject({ maxWaitMs: 500 })
      expect(kafka.only.request.partitions).toHaveLength(2)
    })

    test('sends nothing at all while every partition has enough queued', async () => {
      const { kafka, drain } = await reading({ 'a/0': 0 })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 300))])
      expect(kafka.asked).toHaveLength(0)
      drain()
      await settled()
      expect(kafka.only.request.partitions).toEqual([{ topic: 'a', partition: 0, offset: 300 }])
    })

    test('asks again for a batch that was cut off, from its begin', async () => {
      const { kafka, drain } = await reading({ 'a/0': 0 })
      const cut = Buffer.concat([batchOf('a/0', 0, 2), batchOf('a/0', 2, 9)])
      await kafka.only.answer([answerOf('a/0', cut.subarray(0, cut.length - 5))])
      expect(drain()).toEqual(names('a/0', 0, 2))
      expect(kafka.only.request.partitions[0]!.offset).toBe(2)
    })

    test('puts a partition first of which not one whole batch came', async () => {
      const { kafka } = await reading({ 'a/0': 0, 'a/1': 0, 'a/2': 0 })
      await kafka.only.answer([answerOf('a/2', batchOf('a/2', 0, 9).subarray(0, 80))])
      expect(kafka.only.request.partitions[0]).toEqual({ topic: 'a', partition: 2, offset: 0 })
    })

    test('says so when a batch stays cut off though it was asked for first: it claims to be longer than it is', async () => {
      const { kafka, failures } = await reading({ 'a/0': 0, 'a/1': 7 })
      const answerOnce = async (): Promise<void> => {
        const claiming = batchOf('a/1', 7, 9)
        claiming.writeInt32BE(1_000_000, 8)
        await kafka.only.answer([answerOf('a/1', claiming)])
      }
      for (let i = 0; i < 3; i++) await answerOnce()
      expect(failures).toEqual([])
      await answerOnce()
      expect(failures).toEqual([expect.objectContaining({ code: 'MR_RECORD_BATCH_CORRUPT', place: { partition: 'a/1', offset: 7 } })])
    })

    test('reads partitions in turn, 256 records of each', async () => {
      const { kafka, drain } = await reading({ 'a/0': 0, 'a/1': 0, 'a/2': 0 }, { task: { maxPartitionBytes: 1_000_000 } })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 200)), answerOf('a/2', batchOf('a/2', 0, 300))])
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 200, 400))])
      expect(drain()).toEqual([...names('a/0', 0, 256), ...names('a/2', 0, 256), ...names('a/0', 256, 400), ...names('a/2', 256, 300)])
    })
  })

  describe('when brokers change', () => {
    test('follows a partition to its new leader without losing or repeating a record', async () => {
      const { kafka, drain, advance } = await reading({ 'a/0': 0, 'a/1': 0 })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 3))])
      kafka.leaders.set('a/0', 2)
      await kafka.only.answer([answerOf('a/0', Buffer.alloc(0), { error: 'NOT_LEADER_FOR_PARTITION' }), answerOf('a/1', batchOf('a/1', 0, 1))])
      await advance(100)
      const moved = kafka.asked.find((asked) => asked.node === 2)!
      expect(moved.request.partitions).toEqual([{ topic: 'a', partition: 0, offset: 3 }])
      expect(kafka.asked.find((asked) => asked.node === 1)!.request.partitions).toEqual([{ topic: 'a', partition: 1, offset: 1 }])
      await moved.answer([answerOf('a/0', batchOf('a/0', 3, 5))])
      expect(drain()).toEqual([...names('a/0', 0, 5), ...names('a/1', 0, 1)])
    })

    test('opens a new connection when the old one breaks, and asks for the same offsets', async () => {
      const { kafka, advance, failures } = await reading({ 'a/0': 4 })
      await kafka.only.fail(new KafkaFailure('CONNECTION', 'reset', true))
      expect(kafka.asked).toHaveLength(0)
      kafka.unreachable = true
      await advance(100)
      await advance(5_000)
      expect(kafka.asked).toHaveLength(0)
      kafka.unreachable = false
      await advance(2_000)
      expect(kafka.only.request.partitions).toEqual([{ topic: 'a', partition: 0, offset: 4 }])
      expect(failures).toEqual([])
    })

    test('gives up a connection that never answers', async () => {
      const { kafka, advance } = await reading({ 'a/0': 0 })
      const silent = kafka.only
      await advance(31_499)
      expect(silent.closed).toBe(false)
      await advance(1)
      expect(silent.closed).toBe(true)
      await advance(100)
      expect(kafka.opened).toEqual([1, 1])
    })

    test('asks for metadata ever more rarely while there is no leader', async () => {
      const { kafka, advance } = await reading({ 'a/0': 0 }, { leader: -1 })
      for (let i = 0; i < 100; i++) await advance(100)
      expect(kafka.refreshes).toBeGreaterThan(6)
      expect(kafka.refreshes).toBeLessThan(12)
      kafka.leaders.set('a/0', 3)
      await advance(2_000)
      expect(kafka.only.node).toBe(3)
    })

    test('drops an answer that does not continue what was read', async () => {
      const { kafka, drain } = await reading({ 'a/0': 10 })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 8, 12)), answerOf('a/0', batchOf('a/0', 8, 12)), answerOf('b/0', batchOf('b/0', 0, 1))])
      expect(drain()).toEqual(names('a/0', 10, 12))
      expect(kafka.only.request.partitions[0]!.offset).toBe(12)
    })
  })

  describe('what can never work', () => {
    test('an offset that is not in the log stops with the range of the log, never with another offset', async () => {
      const { kafka, failures } = await reading({ 'a/0': 5 })
      kafka.ranges.set('a/0', { earliest: 20, latest: 90 })
      await kafka.only.answer([answerOf('a/0', Buffer.alloc(0), { error: 'OFFSET_OUT_OF_RANGE' })])
      expect(failures).toEqual([expect.objectContaining({ code: 'MR_OFFSET_OUT_OF_RANGE', place: { partition: 'a/0', offset: 5 }, message: 'offset 5 is not in the log, which holds 20 to 90' })])
      expect(kafka.asked).toHaveLength(0)
    })

    test('an offset a new leader refused too early is asked for again', async () => {
      const { kafka, advance, failures } = await reading({ 'a/0': 5 })
      kafka.ranges.set('a/0', { earliest: 0, latest: 90 })
      await kafka.only.answer([answerOf('a/0', Buffer.alloc(0), { error: 'OFFSET_OUT_OF_RANGE' })])
      await advance(100)
      expect(failures).toEqual([])
      expect(kafka.only.request.partitions[0]!.offset).toBe(5)
    })

    test('a topic that stays unknown', async () => {
      const { kafka, advance, failures } = await reading({ 'a/0': 0 }, { leader: -1 })
      kafka.leaders.clear()
      kafka.topicErrors.set('a', 'UNKNOWN_TOPIC_OR_PARTITION')
      await advance(1_000)
      expect(failures).toEqual([])
      for (let i = 0; i < 200; i++) await advance(100)
      expect(failures).toEqual([expect.objectContaining({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })])
    })

    test('a topic the user may not read', async () => {
      const { kafka, failures } = await reading({ 'a/0': 0 })
      await kafka.only.answer([answerOf('a/0', Buffer.alloc(0), { error: 'TOPIC_AUTHORIZATION_FAILED' })])
      expect(failures).toEqual([expect.objectContaining({ code: 'MR_KAFKA_AUTHORIZATION' })])
    })

    test('a batch with a wrong checksum: nothing of it is emitted, and the position stays in front of it', async () => {
      const { kafka, drain, failures, task } = await reading({ 'a/0': 0 })
      const bad = batchOf('a/0', 2, 4)
      bad[bad.length - 2]! ^= 1
      await kafka.only.answer([answerOf('a/0', Buffer.concat([batchOf('a/0', 0, 2), bad]))])
      expect(drain()).toEqual(names('a/0', 0, 2))
      expect(failures).toEqual([expect.objectContaining({ code: 'MR_RECORD_BATCH_CORRUPT', place: { partition: 'a/0', offset: 2 } })])
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 2 }])
      expect(drain()).toEqual([])
    })
  })

  describe('positions', () => {
    test('move over aborted transactions, markers and holes of compaction', async () => {
      const { kafka, drain, task } = await reading({ 'a/0': 0 })
      const producer = { id: 3n, epoch: 0 }
      const record = { timestamp: 0, key: null, value: Buffer.from('x') }
      await kafka.only.answer([answerOf('a/0', Buffer.concat([
        encodeRecordBatch({ records: [{ ...record, offset: 0 }], lastOffset: 9 }),
        encodeRecordBatch({ records: [{ ...record, offset: 10 }], transactional: true, producer: { ...producer, baseSequence: 0 } }),
        encodeTransactionMarker('abort', 11, 0, producer),
      ]), { aborted: [{ producerId: 3n, firstOffset: 10 }], lastStableOffset: 12 })])
      expect(task.lag()).toBe(12)
      expect(drain()).toEqual(['x'])
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 12 }])
      expect(task.lag()).toBe(0)
    })

    test('end at the limit, inside a batch too', async () => {
      const { kafka, drain, task } = await reading({ 'a/0': 0, 'a/1': 5 }, { limits: { 'a/0': 4, 'a/1': 5 } })
      expect(kafka.only.request.partitions).toHaveLength(1)
      expect(task.finished()).toBe(false)
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 9))])
      expect(drain()).toEqual(names('a/0', 0, 4))
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 4 }, { partition: 'a/1', offset: 5 }])
      expect(task.finished()).toBe(true)
      expect(task.lag()).toBe(0)
      expect(kafka.asked).toHaveLength(0)
    })

    test('end at a limit that lies in a hole', async () => {
      const { kafka, drain, task } = await reading({ 'a/0': 0 }, { limits: { 'a/0': 5 } })
      await kafka.only.answer([answerOf('a/0', Buffer.concat([batchOf('a/0', 0, 3), batchOf('a/0', 8, 9)]))])
      expect(drain()).toEqual(names('a/0', 0, 3))
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 5 }])
      expect(task.finished()).toBe(true)
    })

    test('go on, within the batch too, where the limit is moved', async () => {
      const { kafka, drain, task } = await reading({ 'a/0': 0, 'a/1': 5 }, { limits: { 'a/0': 4, 'a/1': 5 } })
      const readOn = async (): Promise<unknown[]> => {
        const read: unknown[] = []
        for (let rounds = 0; rounds < 10 && !task.finished(); rounds++) {
          for (const asked of kafka.asked.slice()) await asked.answer(asked.request.partitions.map(({ partition, offset }) => answerOf(`a/${partition}`, batchOf(`a/${partition}`, Math.floor(offset / 9) * 9, 20))))
          read.push(...drain())
          await settled()
        }
        return read
      }
      expect(await readOn()).toEqual(names('a/0', 0, 4))
      task.limit(new Map([['a/0', 6], ['a/1', 5]]))
      expect(await readOn()).toEqual(names('a/0', 4, 6))
      task.limit(new Map([['a/0', 12], ['a/1', 7]]))
      await settled()
      expect(new Set(await readOn())).toEqual(new Set([...names('a/0', 6, 12), ...names('a/1', 5, 7)]))
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 12 }, { partition: 'a/1', offset: 7 }])
      task.limit(new Map([['a/0', 2], ['a/1', 20]]))
      await settled()
      expect(await readOn()).toEqual(names('a/1', 7, 20))
      task.limit(new Map([['a/0', 14], ['a/1', 20]]))
      await settled()
      expect(await readOn()).toEqual(names('a/0', 12, 14))
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 14 }, { partition: 'a/1', offset: 20 }])
    })

    test('go on over what is no record behind a limit that is moved', async () => {
      const { kafka, drain, task } = await reading({ 'a/0': 0 }, { limits: { 'a/0': 5 } })
      const batch = encodeRecordBatch({ records: [{ offset: 0, timestamp: 0, key: null, value: Buffer.from('x') }], lastOffset: 9 })
      await kafka.only.answer([answerOf('a/0', batch)])
      expect(drain()).toEqual(['x'])
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 5 }])
      task.limit(new Map([['a/0', 10]]))
      await settled()
      expect(kafka.only.request.partitions).toEqual([{ topic: 'a', partition: 0, offset: 5 }])
      await kafka.only.answer([answerOf('a/0', batch)])
      expect(drain()).toEqual([])
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 10 }])
    })

    test('never go back where the limit is moved behind them', async () => {
      const { kafka, drain, task } = await reading({ 'a/0': 0 })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 9))])
      expect(drain()).toEqual(names('a/0', 0, 9))
      task.limit(new Map([['a/0', 2]]))
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 9, 12))])
      expect(drain()).toEqual([])
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 9 }])
      task.limit(new Map())
      await settled()
      expect(kafka.only.request.partitions).toEqual([{ topic: 'a', partition: 0, offset: 9 }])
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 9, 12))])
      expect(drain()).toEqual(names('a/0', 9, 12))
    })

    test('hold nothing of what is behind the limit', async () => {
      const { kafka, drain } = await reading({ 'a/0': 0, 'a/1': 0 }, { limits: { 'a/0': 4 }, task: { maxHeldBytes: 1 } })
      await kafka.only.answer([answerOf('a/0', batchOf('a/0', 0, 9))])
      expect(drain()).toEqual(names('a/0', 0, 4))
      await kafka.only.answer([answerOf('a/1', batchOf('a/1', 0, 3))])
      expect(drain()).toEqual(names('a/1', 0, 3))
    })

    test('count a record that was refused as read', async () => {
      const { kafka, drain, rejected, task } = await reading({ 'a/0': 0 })
      const values = [Buffer.from('good'), Buffer.from([0xff, 0xfe]), null, Buffer.alloc(2_000, 'a'), Buffer.from('\uFFFD')]
      await kafka.only.answer([answerOf('a/0', encodeRecordBatch({ records: values.map((value, offset) => ({ offset, timestamp: 0, key: null, value })) }))])
      expect(drain()).toEqual(['good', '\uFFFD'])
      expect(rejected).toEqual([
        { offset: 1, error: expect.objectContaining({ code: 'MR_RECORD_INVALID', place: { partition: 'a/0', offset: 1 } }) as unknown },
        { offset: 2, error: expect.objectContaining({ code: 'MR_RECORD_INVALID' }) as unknown },
        { offset: 3, error: expect.objectContaining({ code: 'MR_RECORD_TOO_LARGE' }) as unknown },
      ])
      expect(task.positions()).toEqual([{ partition: 'a/0', offset: 5 }])
    })

    test('a record is refused from one byte above the bound on, with a key and without', async () => {
      const { kafka, drain, rejected } = await reading({ 'a/0': 0 })
      const sizes = [[null, 1_000], [null, 1_001], ['', 1_000], ['key', 997], ['key', 998]] as const
      const records = sizes.map(([key, size], offset) => ({ offset, timestamp: 0, key: key === null ? null : Buffer.from(key), value: Buffer.alloc(size, 'a') }))
      await kafka.only.answer([answerOf('a/0', encodeRecordBatch({ records }))])
      expect(drain()).toHaveLength(3)
      expect(rejected.map(({ offset }) => offset)).toEqual([1, 4])
    })
  })

  describe('tuples', () => {
    test('hold all parts of the record, however long they are kept', async () => {
      const harness = await reading({ 'a/3': 0 }, { task: { nullable: true } })
      const { kafka, drain, tuples } = harness
      await kafka.only.answer([answerOf('a/3', encodeRecordBatch({
        records: [
          { offset: 0, timestamp: 1_700_000_000_000, key: Buffer.from('k'), value: Buffer.from('v'), headers: [['trace', Buffer.from('7')]] },
          { offset: 1, timestamp: 1_600_000_000_000, key: null, value: null },
        ],
      }))])
      drain()
      await kafka.only.answer([answerOf('a/3', batchOf('a/3', 2, 50))])
      drain()
      const [first, second] = tuples
      const read = (tuple: Tuple | undefined): unknown => ['key', 'value', 'topic', 'partition', 'offset', 'timestamp', 'headers'].map((field) => tuple?.[field])
      expect(read(first)).toEqual([Uint8Array.of(107), 'v', 'a', 3, 0, 1_700_000_000_000, { trace: '7' }])
      expect(read(second)).toEqual([null, null, 'a', 3, 1, 1_600_000_000_000, {}])
    })

    test('have the key decoded as declared', async () => {
      const { kafka, drain, tuples, rejected } = await reading({ 'a/0': 0 }, { task: { decodeKey: decodeUtf8 } })
      const keys = [Buffer.from('käse'), null, Buffer.from([0x80])]
      await kafka.only.answer([answerOf('a/0', encodeRecordBatch({ records: keys.map((key, offset) => ({ offset, timestamp: 0, key, value: Buffer.from('v') })) }))])
      drain()
      expect(tuples.map((tuple) => tuple['key'])).toEqual(['käse', null])
      expect(rejected.map(({ offset }) => offset)).toEqual([2])
    })
  })

  test('closing ends everything that is in flight, without an error', async () => {
    const { kafka, task, failures, advance } = await reading({ 'a/0': 0 })
    const asked = kafka.only
    task.close()
    await advance(10_000)
    expect(asked.closed).toBe(true)
    expect(kafka.opened).toEqual([1])
    expect(failures).toEqual([])
  })
})
