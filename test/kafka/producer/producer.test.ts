import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/logger.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { MillraceError } from '../../../src/errors.ts'
import { Producer } from '../../../src/kafka/producer/producer.ts'
import type { ProducerRecord, RecordPosition } from '../../../src/kafka/producer/producer.ts'
import { checkProducerOptions } from '../../../src/kafka/producer/producer-options.ts'
import type { ProducerOptions } from '../../../src/kafka/producer/producer-options.ts'
import { settle } from '../settle.ts'
import { ModelKafka } from './model-kafka.ts'

function setup(options: ProducerOptions = {}) {
  const kafka = new ModelKafka()
  kafka.topics.set('lines', 4)
  const clock = new ManualClock()
  const producer = new Producer(kafka, checkProducerOptions({ lingerMs: 0, ...options }), clock, silentLogger, () => 0)
  return { kafka, clock, producer }
}

/** Lets promises and immediates run that wait for nothing else. */
async function settled(): Promise<void> {
  for (let i = 0; i < 6; i++) await settle()
}

/** One record of the partition is acknowledged: from then on several batches may be on their way. */
async function prove({ kafka, clock, producer }: ReturnType<typeof setup>, partition: number): Promise<void> {
  const first = producer.send({ topic: 'lines', partition, value: 'first' })
  await writeAll(kafka, clock)
  await first
}

/** Lets everything be written until nothing is on its way. */
async function writeAll(kafka: ModelKafka, clock: ManualClock): Promise<void> {
  for (let idle = 0; idle < 3;) {
    await settled()
    const [link] = kafka.busy
    if (link === undefined) {
      idle++
      clock.advance(2_000)
    } else {
      idle = 0
      kafka.write(link)
    }
  }
}

async function outcome(sent: Promise<unknown>): Promise<unknown> {
  return Promise.race([sent.then((value) => value, (error: unknown) => (error instanceof MillraceError ? error.code : error)), settled().then(() => 'waits')])
}

describe('a record', () => {
  test('goes where its key or its sender says, and its position is told', async () => {
    const { kafka, clock, producer } = setup()
    const sent = [
      producer.send({ topic: 'lines', key: 'abc', value: 'by key' }),
      producer.send({ topic: 'lines', partition: 3, key: 'abc', value: 'by choice' }),
      producer.send({ topic: 'lines', partition: 3, value: 'behind it' }),
      producer.send({ topic: 'lines', value: null }),
    ]
    await writeAll(kafka, clock)
    // murmur2('abc') is 479470107
    expect(await Promise.all(sent)).toEqual([
      { topic: 'lines', partition: 479470107 % 4, offset: 0 },
      { topic: 'lines', partition: 3, offset: 1 },
      { topic: 'lines', partition: 3, offset: 2 },
      { topic: 'lines', partition: 0, offset: 0 },
    ])
    expect(kafka.logs.get('lines/3')).toEqual(['by key', 'by choice', 'behind it'])
  })

  test('waits for the others of its turn of the loop, and shares their batch', async () => {
    const { kafka, producer } = setup()
    for (let i = 0; i < 50; i++) void producer.send({ topic: 'lines', partition: 0, value: String(i) }).catch(() => {})
    await settled()
    expect(kafka.busy.map(({ underway }) => underway.length)).toEqual([1])
    producer.abort()
  })

  test('waits as long as asked for, unless its batch is full or somebody flushes', async () => {
    const { kafka, clock, producer } = setup({ lingerMs: 100, batchBytes: 300 })
    void producer.send({ topic: 'lines', partition: 0, value: 'x' }).catch(() => {})
    await settled()
    clock.advance(99)
    await settled()
    expect(kafka.busy).toHaveLength(0)
    clock.advance(1)
    await settled()
    expect(kafka.busy).toHaveLength(1)
    void producer.send({ topic: 'lines', partition: 1, value: 'y'.repeat(290) }).catch(() => {})
    await settled()
    expect(kafka.busy).toHaveLength(2)
    void producer.send({ topic: 'lines', partition: 0, value: 'z' }).catch(() => {})
    const flushed = producer.flush()
    await settled()
    expect(kafka.busy.map(({ underway }) => underway.length)).toEqual([1, 1])
    expect(await outcome(flushed)).toBe('waits')
    await writeAll(kafka, clock)
    expect(await outcome(flushed)).toBeUndefined()
  })

  test('is refused when its topic or partition does not exist, with the name that was probably meant', async () => {
    const { kafka, clock, producer } = setup()
    const missing = producer.send({ topic: 'line', value: 'x' })
    missing.catch(() => {})
    for (let i = 0; i < 10; i++) {
      await settled()
      clock.advance(1_000)
    }
    await expect(missing).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN', message: 'there is no topic line; did you mean lines?' })
    const partition = producer.send({ topic: 'lines', partition: 4, value: 'x' })
    partition.catch(() => {})
    await writeAll(kafka, clock)
    await expect(partition).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN', place: { partition: 'lines/4' } })
  })

  test('is refused with the missing right, and with what the broker says of it', async () => {
    const { kafka, clock, producer } = setup()
    kafka.topicErrors.set('secret', 'TOPIC_AUTHORIZATION_FAILED')
    const hidden = producer.send({ topic: 'secret', value: 'x' })
    hidden.catch(() => {})
    const large = producer.send({ topic: 'lines', value: 'x' })
    large.catch(() => {})
    await settled()
    kafka.refuse(kafka.busy[0]!, 'MESSAGE_TOO_LARGE')
    await writeAll(kafka, clock)
    await expect(hidden).rejects.toMatchObject({ code: 'MR_KAFKA_AUTHORIZATION' })
    await expect(large).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE', place: { partition: 'lines/0' } })
  })

  test('is given up when it is larger than the requests that brokers answer, for they close the connection every time', async () => {
    const { kafka, clock, producer } = setup()
    const large = producer.send({ topic: 'lines', partition: 0, value: Buffer.alloc(105_000_000) })
    await settled()
    kafka.lose(kafka.busy[0]!, 0)
    await expect(large).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE', place: { partition: 'lines/0' }, remedy: expect.stringContaining('socket.request.max.bytes') as string })
    const small = producer.send({ topic: 'lines', partition: 0, value: 'small' })
    await writeAll(kafka, clock)
    expect((await small).offset).toBe(0)
  })

  test.each<[string, unknown]>([
    ['the record', null],
    ['topic', { topic: 7, value: 'x' }],
    ['value', { topic: 'lines' }],
    ['value', { topic: 'lines', value: { json: true } }],
    ['key', { topic: 'lines', key: 7, value: 'x' }],
    ['timestamp', { topic: 'lines', value: 'x', timestamp: new Date(0) }],
    ['timestamp', { topic: 'lines', value: 'x', timestamp: 0.5 }],
    ['headers', { topic: 'lines', value: 'x', headers: { h: 'v' } }],
    ['headers[0]', { topic: 'lines', value: 'x', headers: ['h'] }],
    ['headers[0][0]', { topic: 'lines', value: 'x', headers: [[1, 'v']] }],
    ['headers[1][1] (n)', { topic: 'lines', value: 'x', headers: [['h', null], ['n', 7]] }],
  ])('of a wrong shape is refused by the name of its field: %s', async (field, record) => {
    const { kafka, clock, producer } = setup()
    const wrong = expect.stringContaining(`: ${field} must be `) as string
    await expect(producer.send(record as ProducerRecord)).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: wrong })
    const sent = producer.send({ topic: 'lines', partition: 0, value: 'right' })
    await writeAll(kafka, clock)
    expect(await sent).toMatchObject({ offset: 0 })
    // A pushed one has no answer of its own: whoever looks for the end hears of it.
    await expect(producer.push(record as ProducerRecord)).rejects.toMatchObject({ message: wrong })
    await expect(producer.flush()).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID' })
  })

  test('does not keep those behind it from arriving when it is refused', async () => {
    const all = setup()
    const { kafka, clock, producer } = all
    await prove(all, 0)
    const sent: Promise<RecordPosition>[] = []
    for (let i = 0; i < 4; i++) {
      sent.push(producer.send({ topic: 'lines', partition: 0, value: String(i) }))
      sent[i]!.catch(() => {})
      await settled()
    }
    const [link] = kafka.busy
    expect(link!.underway).toHaveLength(4)
    kafka.write(link!)
    kafka.refuse(link!, 'INVALID_RECORD')
    await writeAll(kafka, clock)
    await expect(sent[1]).rejects.toMatchObject({ code: 'MR_KAFKA_REFUSED' })
    expect(kafka.logs.get('lines/0')).toEqual(['first', '0', '2', '3'])
    expect(await sent[3]).toMatchObject({ offset: 3 })
    expect(kafka.idsGiven).toBe(1)
  })
})

describe('a producer', () => {
  test('shares a batch with all that come while the broker is busy, however long ago they were due', async () => {
    const all = setup({ maxInFlight: 1, lingerMs: 5 })
    const { kafka, clock, producer } = all
    const sent = Array.from({ length: 20 }, (_, i) => i)
    for (const i of sent) {
      void producer.send({ topic: 'lines', partition: 0, value: String(i) }).catch(() => {})
      await settled()
      clock.advance(5)
      await settled()
    }
    const [link] = kafka.busy
    kafka.write(link!)
    await settled()
    kafka.write(link!)
    await settled()
    expect(kafka.logs.get('lines/0')).toEqual(sent.map(String))
  })

  test('keeps up to five requests to a broker on their way, and fewer when told', async () => {
    for (const maxInFlight of [5, 2]) {
      const all = setup({ maxInFlight })
      const { kafka, producer } = all
      await prove(all, 0)
      for (let i = 0; i < 8; i++) {
        void producer.send({ topic: 'lines', partition: 0, value: String(i) }).catch(() => {})
        await settled()
      }
      expect(kafka.busy[0]!.underway).toHaveLength(maxInFlight)
      producer.abort()
    }
  })

  test('has one batch of a partition on its way when it is not idempotent: a retry would turn the order', async () => {
    const all = setup({ acks: 1 })
    const { kafka, producer } = all
    await prove(all, 0)
    for (let i = 0; i < 4; i++) {
      void producer.send({ topic: 'lines', partition: 0, value: String(i) }).catch(() => {})
      await settled()
    }
    expect(kafka.busy[0]!.underway).toHaveLength(1)
    expect(kafka.idsGiven).toBe(0)
    producer.abort()
  })

  test('waits while memory is full, in the order of the calls, and goes on when there is room', async () => {
    const { kafka, clock, producer } = setup({ memoryBytes: 1_000, batchBytes: 300 })
    const first = producer.push({ topic: 'lines', partition: 0, value: 'a'.repeat(200) })
    await writeAll(kafka, clock)
    expect(await outcome(first!)).toBeUndefined()
    let full: Promise<void> | undefined
    for (let i = 0; full === undefined; i++) full = producer.push({ topic: 'lines', partition: 0, value: `${i}`.repeat(200) })
    expect(await outcome(full)).toBe('waits')
    const later = producer.send({ topic: 'lines', partition: 0, value: 'later' })
    await settled()
    kafka.write(kafka.busy[0]!)
    expect(await outcome(full)).toBeUndefined()
    await writeAll(kafka, clock)
    await later
    expect(kafka.logs.get('lines/0')!.at(-1)).toBe('later')
  })

  test('tells by flush and by every later push that a pushed record has failed', async () => {
    const { kafka, clock, producer } = setup()
    await Promise.all([producer.push({ topic: 'lines', partition: 0, value: 'x' }), settled()])
    kafka.refuse(kafka.busy[0]!, 'INVALID_RECORD')
    await writeAll(kafka, clock)
    await expect(producer.flush()).rejects.toMatchObject({ code: 'MR_KAFKA_REFUSED' })
    await expect(producer.push({ topic: 'lines', value: 'y' })).rejects.toMatchObject({ code: 'MR_KAFKA_REFUSED' })
  })

  test('tells how many pushed records arrived, and which failed first in the order of the calls', async () => {
    const { kafka, clock, producer } = setup()
    kafka.maxBatchBytes = 500
    const values = ['a', 'b', 'c'.repeat(600), 'd', 'e'.repeat(600), 'f']
    for (const value of values) void producer.push({ topic: 'lines', partition: 0, value })?.catch(() => {})
    await writeAll(kafka, clock)
    await expect(producer.flush()).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE' })
    expect(producer.pushed).toMatchObject({ acknowledged: 4, failed: { first: 2, last: 2, error: { code: 'MR_RECORD_TOO_LARGE' } } })
    expect(kafka.logs.get('lines/0')).toEqual(['a', 'b', 'd', 'f'])
  })

  test('tells the first and the last pushed record of a batch that is refused as a whole, and counts no others', async () => {
    const { kafka, clock, producer } = setup()
    void producer.send({ topic: 'lines', partition: 1, value: 'sent' })
    void producer.push({ topic: 'lines', partition: 1, value: 'pushed' })
    for (const value of ['x', 'y']) void producer.push({ topic: 'lines', partition: 0, value })?.catch(() => {})
    await settled()
    kafka.refuse(kafka.busy.find(({ underway }) => underway[0]!.request.batches[0]!.partition === 0)!, 'INVALID_RECORD')
    await writeAll(kafka, clock)
    expect(producer.pushed).toMatchObject({ acknowledged: 1, failed: { first: 1, last: 2, error: { code: 'MR_KAFKA_REFUSED' } } })
  })

  test('gives a record up after the delivery timeout, saying whether the broker may have it', async () => {
    const { kafka, clock, producer } = setup({ deliveryTimeoutMs: 5_000 })
    const sent = producer.send({ topic: 'lines', partition: 0, value: 'x' })
    sent.catch(() => {})
    await settled()
    kafka.lose(kafka.busy[0]!, 1)
    kafka.unreachable = true
    for (let i = 0; i < 8; i++) {
      await settled()
      clock.advance(1_000)
    }
    await expect(sent).rejects.toMatchObject({ code: 'MR_PRODUCE_FAILED', message: expect.stringContaining('may have the records') as string })
    kafka.unreachable = false
    const next = producer.send({ topic: 'lines', partition: 0, value: 'y' })
    await writeAll(kafka, clock)
    expect(await next).toMatchObject({ offset: 1 })
    // Under the old id the broker would have taken it for the one it has.
    expect(kafka.idsGiven).toBe(2)
  })

  test('goes on under a new id when the broker has lost track of the old one', async () => {
    const { kafka, clock, producer } = setup()
    const send = (value: string): Promise<RecordPosition> => producer.send({ topic: 'lines', partition: 0, value })
    const first = send('a')
    await writeAll(kafka, clock)
    await first
    const second = send('b')
    await settled()
    kafka.refuse(kafka.busy[0]!, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    await writeAll(kafka, clock)
    expect(await second).toMatchObject({ offset: 1 })
    expect(kafka.idsGiven).toBe(2)
  })

  test('sends a batch in parts when the broker takes none of its size, and smaller ones from then on', async () => {
    const { kafka, clock, producer } = setup({ compression: 'gzip' })
    kafka.maxBatchBytes = 250
    const values = Array.from({ length: 40 }, (_, i) => `${i} `.repeat(20))
    const sent = values.map((value) => producer.send({ topic: 'lines', partition: 0, value }))
    const hopeless = producer.send({ topic: 'lines', partition: 0, value: randomBytes(300) })
    hopeless.catch(() => {})
    await writeAll(kafka, clock)
    expect((await Promise.all(sent)).map(({ offset }) => kafka.logs.get('lines/0')![offset])).toEqual(values)
    expect(kafka.logs.get('lines/0')).toEqual(values)
    await expect(hopeless).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE' })
    await producer.close()
  })

  test('learns of partitions that are added', async () => {
    const { kafka, clock, producer } = setup()
    const send = (): Promise<RecordPosition> => producer.send({ topic: 'lines', key: 'a', value: 'x' })
    const first = send()
    await writeAll(kafka, clock)
    // murmur2('a') is -1563381124
    expect((await first).partition).toBe((-1563381124 & 0x7fff_ffff) % 4)
    kafka.topics.set('lines', 7)
    clock.advance(300_000)
    void send()
    await writeAll(kafka, clock)
    const last = send()
    await writeAll(kafka, clock)
    expect((await last).partition).toBe((-1563381124 & 0x7fff_ffff) % 7)
  })

  test('takes nothing after it was closed, and ends when all is acknowledged', async () => {
    const { kafka, clock, producer } = setup({ lingerMs: 1_000 })
    const sent = producer.send({ topic: 'lines', value: 'x' })
    await settled()
    const closed = producer.close()
    await expect(producer.send({ topic: 'lines', value: 'y' })).rejects.toMatchObject({ code: 'MR_PRODUCE_FAILED' })
    expect(await outcome(closed)).toBe('waits')
    await writeAll(kafka, clock)
    await closed
    expect(await sent).toMatchObject({ offset: 0 })
    expect(kafka.links.every((link) => link.closed)).toBe(true)
    expect(clock.nextTimerMs()).toBeUndefined()
  })
})

const fault = fc.oneof(
  { weight: 6, arbitrary: fc.constant('write' as const) },
  { weight: 1, arbitrary: fc.constantFrom('NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS', 'LEADER_NOT_AVAILABLE') },
  { weight: 1, arbitrary: fc.record({ lose: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ move: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ send: fc.nat(3) }) },
)

describe('whatever happens on the way', () => {
  test('every record arrives once, in the order of its partition, and its position is right', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fault, { maxLength: 60 }),
      fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
      fc.constantFrom(120, 300, 100_000),
      fc.constantFrom(1_000, 100_000),
      fc.constantFrom(90, 200, Infinity),
      async (faults, choices, batchBytes, memoryBytes, maxBatchBytes) => {
        const { kafka, clock, producer } = setup({ batchBytes, memoryBytes, deliveryTimeoutMs: 10_000_000 })
        kafka.maxBatchBytes = maxBatchBytes
        const given: string[][] = [[], [], [], []]
        const sent: Promise<void>[] = []
        const send = (partition: number): void => {
          const value = `${partition}:${given[partition]!.length}`
          given[partition]!.push(value)
          sent.push(producer.send({ topic: 'lines', partition, value }).then((position) => {
            expect(kafka.logs.get(`lines/${partition}`)![position.offset]).toBe(value)
          }))
        }
        for (let i = 0; i < 30; i++) send(i % 4)
        for (const [i, each] of faults.entries()) {
          await settled()
          const { busy } = kafka
          const link = busy.length === 0 ? undefined : busy[choices[i]! % busy.length]
          if (typeof each === 'object' && 'send' in each) send(each.send)
          else if (typeof each === 'object' && 'move' in each) kafka.leaders.set(`lines/${each.move}`, choices[i]! % 2)
          else if (link === undefined) clock.advance(500)
          else if (each === 'write') kafka.write(link)
          else if (typeof each === 'object') kafka.lose(link, Math.min(each.lose, link.underway.length))
          else kafka.refuse(link, each)
        }
        await writeAll(kafka, clock)
        await Promise.all(sent)
        await producer.close()
        expect(given.map((_, partition) => kafka.logs.get(`lines/${partition}`) ?? [])).toEqual(given)
        expect(kafka.idsGiven).toBe(1)
      },
    ), { numRuns: 60 })
  })

  test('every record arrives at most once, in order, and if its position was told, when some fail for good', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.oneof(fault, { weight: 2, arbitrary: fc.oneof(fc.record({ confuse: fc.nat(5) }), fc.record({ leaveOpen: fc.boolean() })) }), { maxLength: 60 }),
      fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
      async (faults, choices) => {
        const { kafka, clock, producer } = setup({ batchBytes: 90, deliveryTimeoutMs: 10_000_000 })
        const sent: Promise<unknown>[] = []
        let sends = 0
        const send = (): void => {
          const value = String(sends++)
          sent.push(producer.send({ topic: 'lines', partition: 0, value }).then(
            ({ offset }) => expect(kafka.logs.get('lines/0')![offset]).toBe(value),
            (error: unknown) => expect(error).toMatchObject({ code: expect.stringMatching(/^MR_(INTERNAL|PRODUCE_FAILED|KAFKA_REFUSED)$/) as string }),
          ))
        }
        await prove({ kafka, clock, producer }, 0)
        for (let i = 0; i < 30; i++) send()
        for (const [i, each] of faults.entries()) {
          await settled()
          const [link] = kafka.busy
          if (typeof each === 'object' && 'send' in each) send()
          else if (typeof each === 'object' && 'move' in each) kafka.leaders.set('lines/0', choices[i]! % 2)
          else if (link === undefined) clock.advance(500)
          else if (each === 'write') kafka.write(link)
          else if (typeof each === 'object' && 'confuse' in each) kafka.confuse(link, each.confuse)
          else if (typeof each === 'object' && 'leaveOpen' in each) kafka.leaveOpen(link, each.leaveOpen)
          else if (typeof each === 'object') kafka.lose(link, Math.min(each.lose, link.underway.length))
          else kafka.refuse(link, each)
        }
        await writeAll(kafka, clock)
        await Promise.all(sent)
        await producer.close()
        const arrived = kafka.logs.get('lines/0')!.slice(1).map(Number)
        expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b))
      },
    ), { numRuns: 200 })
  })
})
