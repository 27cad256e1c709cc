import { describe, expect, test } from 'vitest'
import wordCount from '../../topologies/word-count.ts'
import { memoryCeiling } from '../../src/runtime/memory-ceiling.ts'
import { planTopology } from '../../src/runtime/plan.ts'
import { compileOptions, type SubmitOptions } from '../../src/runtime/submit-options.ts'
import { bolt } from '../../src/topology/bolt-definition.ts'
import { defineTopology } from '../../src/topology/define-topology.ts'
import { describeTopology } from '../../src/topology/describe.ts'
import { kafkaSpout, type FetchOptions } from '../../src/kafka/kafka-spout.ts'
import { redisCounter } from '../../src/redis/sinks/redis-counter.ts'
import type { Topology } from '../../src/topology/topology.ts'

function ceiling(topology: Topology, options: SubmitOptions = {}) {
  const description = describeTopology(topology)
  const compiled = compileOptions({ workers: 2, ...options })
  return memoryCeiling(description, planTopology(description, compiled.workers), compiled)
}

const reading = (fetch: FetchOptions, crossing = false): Topology => defineTopology('reading', (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: 'lines', value: 'utf8', fetch }))
  const words = builder.setBolt('words', bolt({ word: 'string' }, (tuple: { value: string }, out) => out.emit({ word: tuple.value })))
  const emitted = crossing ? words.fieldsGrouping(lines, 'value') : words.shuffleGrouping(lines)
  builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(emitted, 'word')
})

const part = (topology: Topology, what: string, options?: SubmitOptions): number => ceiling(topology, options).parts.find((one) => one.what === what)?.bytes ?? 0

describe('the memory ceiling', () => {
  test('is the sum of its parts, below a gigabyte for the word count with two workers', () => {
    const { bytes, parts } = ceiling(wordCount)
    expect(bytes).toBe(parts.reduce((sum, one) => sum + one.bytes, 0))
    expect(bytes).toBeGreaterThan(100e6)
    expect(bytes).toBeLessThan(1e9)
    expect(parts.map(({ what }) => what)).not.toContain('between workers')
  })

  test('follows the options it names', () => {
    const mebibyte = 2 ** 20
    expect(part(reading({ maxBatchBytes: 200 * mebibyte }), 'read from Kafka') - part(reading({ maxBatchBytes: 100 * mebibyte }), 'read from Kafka')).toBe(2 * 100 * mebibyte)
    expect(part(reading({ maxHeldBytes: 4 * mebibyte }), 'read from Kafka')).toBeLessThan(part(reading({}), 'read from Kafka'))
    expect(part(reading({}), 'read from Kafka', { workers: 4 })).toBe(2 * part(reading({}), 'read from Kafka'))
    expect(part(reading({}), 'results of two epochs', { epochs: { maxBytes: mebibyte } })).toBeLessThan(part(reading({}), 'results of two epochs'))
  })

  test('has room for the largest record on each way between two workers', () => {
    expect(part(reading({ maxRecordBytes: 10_000_000 }, true), 'between workers')).toBeGreaterThan(2 * 10_000_000)
    expect(part(reading({ maxRecordBytes: 1_000 }, true), 'between workers')).toBeLessThan(4_000_000)
  })
})
