import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaSpout } from '../../src/kafka/index.ts'
import { codecs } from '../../src/wire/codec.ts'
import { javaArgs } from '../support/kafka-java.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { runWithLines } from '../support/run-with-lines.ts'
import { openSpout, reading, values } from '../support/spout-reader.ts'
import { createTopic, endOffsets, produce } from '../support/topics.ts'

/** Offsets of all records of partition 0, as librdkafka sees them. */
async function offsetsByKcat(brokers: readonly string[], topic: string): Promise<number[]> {
  const child = spawn('kcat', ['-C', '-q', '-e', '-b', brokers[0]!, '-t', topic, '-p', '0', '-o', 'beginning', '-f', '%o\n'], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return output.trimEnd().split('\n').map(Number)
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i} to be or not to be`)
}

describe('what others have written', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka({ config: { 'log.cleaner.backoff.ms': '100' } })
  })
  afterAll(() => kafka.stop())

  test('batches of every codec, as kcat and the Java client write them', async () => {
    await createTopic(kafka.brokers, 'codecs', 1)
    const expected: string[] = []
    for (const codec of codecs) {
      const fromKcat = numbered(`kcat ${codec}`, 300)
      await runWithLines('kcat', ['-P', '-q', '-b', kafka.brokers[0]!, '-t', 'codecs', '-p', '0', '-z', codec], fromKcat)
      const fromJava = numbered(`java ${codec}`, 300)
      await runWithLines('java', await javaArgs('org.apache.kafka.tools.ConsoleProducer', ['--bootstrap-server', kafka.brokers[0]!, '--topic', 'codecs', '--compression-codec', codec]), fromJava)
      expected.push(...fromKcat, ...fromJava)
    }
    const end = (await endOffsets(kafka.brokers, 'codecs'))[0]!
    const reader = await reading(kafkaSpout({ topic: 'codecs', value: 'utf8' }), kafka.brokers, { 'codecs/0': 0 }, { 'codecs/0': end })
    expect(values(await reader.until(() => false))).toEqual(expected)
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
})
