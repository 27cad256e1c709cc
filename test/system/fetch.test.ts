import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { kafkaSpout } from '../../src/kafka/index.ts'
import { openCluster } from '../../src/kafka/kafkajs-cluster.ts'
import type { SpoutDefinition } from '../../src/topology/spout.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { codecs } from '../../src/wire/codec.ts'
import { kafkaLibraries } from '../support/kafka-libraries.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { openSpout } from '../support/spout-reader.ts'
import type { SpoutReader } from '../support/spout-reader.ts'
import { createTopic, endOffsets, produce } from '../support/topics.ts'

async function reading(spout: SpoutDefinition, brokers: readonly string[], positions: Readonly<Record<string, number>>, limits: Readonly<Record<string, number>> = {}): Promise<SpoutReader> {
  const reader = await openSpout(spout, brokers, positions, limits)
  onTestFinished(() => reader.close())
  return reader
}

function values(tuples: readonly Tuple[]): unknown[] {
  return tuples.map((tuple) => tuple['value'])
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i} to be or not to be`)
}

/** Runs a program to its end with these lines as input. */
async function feed(command: string, args: readonly string[], lines: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors}`)
}

/** Offsets of all records of partition 0, as librdkafka sees them. */
async function offsetsByKcat(brokers: readonly string[], topic: string): Promise<number[]> {
  const child = spawn('kcat', ['-C', '-q', '-e', '-b', brokers[0]!, '-t', topic, '-p', '0', '-o', 'beginning', '-f', '%o\n'], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return output.trimEnd().split('\n').map(Number)
}

describe('one broker', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka({ config: { 'log.cleaner.backoff.ms': '100' } })
  })
  afterAll(() => kafka.stop())

  test('batches of every codec, as kcat and the Java client write them', async () => {
    await createTopic(kafka.brokers, 'codecs', 1)
    const expected: string[] = []
    const libraries = await kafkaLibraries()
    for (const codec of codecs) {
      const fromKcat = numbered(`kcat ${codec}`, 300)
      await feed('kcat', ['-P', '-q', '-b', kafka.brokers[0]!, '-t', 'codecs', '-p', '0', '-z', codec], fromKcat)
      const fromJava = numbered(`java ${codec}`, 300)
      await feed('java', ['-cp', join(libraries, '*'), 'org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', kafka.brokers[0]!, '--topic', 'codecs', '--compression-codec', codec], fromJava)
      expected.push(...fromKcat, ...fromJava)
    }
    const end = (await endOffsets(kafka.brokers, 'codecs'))[0]!
    const reader = await reading(kafkaSpout({ topic: 'codecs', value: 'utf8' }), kafka.brokers, { 'codecs/0': 0 }, { 'codecs/0': end })
    expect(values(await reader.until(() => false))).toEqual(expected)
  })

  test('transactions: aborted records are not seen, committed ones are, markers are passed over', async () => {
    await createTopic(kafka.brokers, 'transactions', 1)
    const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } })
    const producer = client.producer({ transactionalId: 'fetch-test', idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const expected: string[] = []
    for (let i = 0; i < 20; i++) {
      const transaction = await producer.transaction()
      const messages = [`${i} a`, `${i} b`].map((value) => ({ value }))
      await transaction.send({ topic: 'transactions', messages })
      if (i % 3 === 0) await transaction.abort()
      else {
        await transaction.commit()
        expected.push(...messages.map((message) => message.value))
      }
    }
    await producer.disconnect()
    const end = (await endOffsets(kafka.brokers, 'transactions'))[0]!
    expect(end).toBe(60)
    const committed = await reading(kafkaSpout({ topic: 'transactions', value: 'utf8' }), kafka.brokers, { 'transactions/0': 0 }, { 'transactions/0': end })
    expect(values(await committed.until(() => false))).toEqual(expected)
    expect(committed.task.positions()).toEqual([{ partition: 'transactions/0', offset: end }])
    const all = await reading(kafkaSpout({ topic: 'transactions', value: 'utf8', isolation: 'read_uncommitted' }), kafka.brokers, { 'transactions/0': 0 }, { 'transactions/0': end })
    expect(await all.until(() => false)).toHaveLength(40)
  })

  test('a compacted topic: holes are passed over, tombstones come as null', async () => {
    await createTopic(kafka.brokers, 'compacted', 1, {
      'cleanup.policy': 'compact', 'segment.bytes': '1048576', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.001', 'max.compaction.lag.ms': '100',
    })
    await produce(kafka.brokers, 'compacted', Array.from({ length: 2_000 }, (_, i) => ({ key: `k${i % 50}`, value: i % 50 === 7 ? null : `v${i}` })))
    const spout = kafkaSpout({ topic: 'compacted', value: 'utf8', key: 'utf8', nullable: true })
    for (let more = 0; ; more++) {
      // A segment is only closed, and so compacted, when something is written after its time.
      await produce(kafka.brokers, 'compacted', [{ key: 'last', value: String(more) }])
      const end = (await endOffsets(kafka.brokers, 'compacted'))[0]!
      const before = await offsetsByKcat(kafka.brokers, 'compacted')
      const reader = await openSpout(spout, kafka.brokers, { 'compacted/0': 0 }, { 'compacted/0': end })
      const tuples = await reader.until(() => false)
      await reader.close()
      const read = tuples.map((tuple) => tuple['offset'])
      expect(before).toEqual(expect.arrayContaining(read))
      expect(read).toEqual(expect.arrayContaining(await offsetsByKcat(kafka.brokers, 'compacted')))
      expect(reader.task.positions()).toEqual([{ partition: 'compacted/0', offset: end }])
      const latest = new Map(tuples.map((tuple) => [tuple['key'], tuple['value']]))
      expect(latest.size).toBe(51)
      for (let k = 0; k < 50; k++) expect(latest.get(`k${k}`)).toBe(k === 7 ? null : `v${1_950 + k}`)
      if (tuples.length < 500) break
    }
  })

  test('a record larger than what one partition may bring, beside others', async () => {
    await createTopic(kafka.brokers, 'large', 2, { 'max.message.bytes': '4000000' })
    const large = 'x'.repeat(2_000_000)
    for (const partition of [0, 1]) {
      await produce(kafka.brokers, 'large', [{ partition, value: 'before' }, { partition, value: 'and' }])
      await produce(kafka.brokers, 'large', [{ partition, value: large }])
      await produce(kafka.brokers, 'large', [{ partition, value: 'after' }])
    }
    const reader = await reading(kafkaSpout({ topic: 'large', value: 'utf8', fetch: { maxPartitionBytes: 1_000 } }), kafka.brokers, { 'large/0': 0, 'large/1': 0 }, { 'large/0': 4, 'large/1': 4 })
    const tuples = await reader.until(() => false)
    for (const partition of [0, 1]) expect(values(tuples.filter((tuple) => tuple['partition'] === partition))).toEqual(['before', 'and', large, 'after'])
  })

  test('offsets that are not in the log, topics that do not exist', async () => {
    await createTopic(kafka.brokers, 'short', 1)
    await produce(kafka.brokers, 'short', [{ value: 'a' }])
    const beyond = await reading(kafkaSpout({ topic: 'short', value: 'utf8' }), kafka.brokers, { 'short/0': 9 })
    await expect(beyond.until(() => false)).rejects.toMatchObject({ code: 'MR_OFFSET_OUT_OF_RANGE', message: 'offset 9 is not in the log, which holds 0 to 1' })
    const missing = await reading(kafkaSpout({ topic: 'missing', value: 'utf8' }), kafka.brokers, { 'missing/0': 0 })
    await expect(missing.until(() => false)).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
  })

  test('a broker killed with -9 while records are read and written: each comes once, in order', async () => {
    await createTopic(kafka.brokers, 'restart', 1, { 'flush.messages': '1' })
    const expected = numbered('line', 200)
    await produce(kafka.brokers, 'restart', expected.slice(0, 100).map((value) => ({ value })))
    const reader = await reading(kafkaSpout({ topic: 'restart', value: 'utf8' }), kafka.brokers, { 'restart/0': 0 })
    await reader.until((tuples) => tuples.length >= 100)
    await kafka.kill('SIGKILL')
    await kafka.start()
    await produce(kafka.brokers, 'restart', expected.slice(100).map((value) => ({ value })))
    expect(values(await reader.until((tuples) => tuples.length >= 200))).toEqual(expected)
    expect(reader.task.positions()).toEqual([{ partition: 'restart/0', offset: 200 }])
  })
})

test('a leader killed with -9: its partitions go on from their new leaders, each record once, in order', async () => {
  const kafka = await startKafka({ brokers: 3 })
  onTestFinished(() => kafka.stop())
  await createTopic(kafka.brokers, 'moving', 3, {}, 3)
  // kcat goes on when a leader dies; kafkajs's producer does not when the controller does.
  const write = async (from: number, to: number): Promise<void> => {
    const lines = Array.from({ length: to - from }, (_, i) => String(from + i))
    await Promise.all([0, 1, 2].map((partition) => feed('kcat', ['-P', '-q', '-b', kafka.brokers.join(','), '-t', 'moving', '-p', String(partition), '-X', 'enable.idempotence=true'], lines)))
  }
  await write(0, 100)
  const reader = await reading(kafkaSpout({ topic: 'moving', value: 'utf8' }), kafka.brokers, { 'moving/0': 0, 'moving/1': 0, 'moving/2': 0 })
  await reader.until((tuples) => tuples.length >= 300)
  const cluster = await openCluster({ brokers: kafka.brokers }, silentLogger, 'test')
  await cluster.refreshMetadata(['moving'])
  const leader = cluster.leader('moving', 0)
  cluster.disconnect()
  await kafka.nodes.find((node) => node.id === leader)!.kill('SIGKILL')
  await write(100, 200)
  await reader.until((tuples) => tuples.length >= 600)
  await kafka.start()
  await write(200, 300)
  const tuples = await reader.until((all) => all.length >= 900)
  for (const partition of [0, 1, 2]) {
    expect(values(tuples.filter((tuple) => tuple['partition'] === partition))).toEqual(Array.from({ length: 300 }, (_, i) => String(i)))
  }
})
