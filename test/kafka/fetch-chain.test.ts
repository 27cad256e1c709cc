import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { decodeUtf8 } from '../../src/kafka/decoder.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import { KafkaSpoutTask } from '../../src/kafka/spout-task.ts'
import type { Batch } from '../../src/tuple/batch.ts'
import { answerOf, batchOf, ScriptedKafka, settled } from './scripted-kafka.ts'
import type { Asked } from './scripted-kafka.ts'

const partitions = ['a/0', 'a/1', 'b/0'] as const
const batches = 12
const perBatch = 5
const end = batches * perBatch
const logs = new Map(partitions.map((name) => [name as string, Array.from({ length: batches }, (_, i) => batchOf(name, i * perBatch, (i + 1) * perBatch))]))

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('answer'), which: fc.nat(5), cut: fc.integer({ min: 0, max: 1_500 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('refuse', 'break', 'empty'), which: fc.nat(5), cut: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('move', 'vanish'), which: fc.nat(2), cut: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('wait', 'read'), which: fc.nat(4_000), cut: fc.constant(0) }) },
)

/** What a broker that leads all it is asked for would send, cut off after `cut` bytes per partition, but for one batch of the first that has any. */
function honest(asked: Asked, cut: number): Promise<void> {
  let sent = false
  return asked.answer(asked.request.partitions.map(({ topic, partition, offset }) => {
    const name = `${topic}/${partition}`
    const wanted = logs.get(name)!.slice(Math.floor(offset / perBatch))
    const bytes = Buffer.concat(wanted).subarray(0, sent ? cut : Math.max(cut, wanted[0]?.length ?? 0))
    sent ||= bytes.length > 0
    return answerOf(name, bytes, { highWatermark: end, lastStableOffset: end })
  }))
}

test('whatever happens to leaders, connections and answers, every record comes once and in order', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(7), fc.boolean(), async (steps, first, byBatch) => {
    const kafka = new ScriptedKafka()
    for (const [i, name] of partitions.entries()) kafka.leaders.set(name, i % 2)
    const clock = new ManualClock()
    const emitted = partitions.map((): unknown[] => [])
    const failures: unknown[] = []
    const task = new KafkaSpoutTask({
      topology: 'lines', component: 'read', task: 1, index: 0, parallelism: 1, worker: 0,
    tasksOf: () => [],
      log: silentLogger, clock, connections: {}, metrics: { counter: () => ({ add: () => {} }) },
      positions: partitions.map((partition) => ({ partition, offset: first })),
      lineage: partitions.map((_, i) => i),
      limits: new Map(partitions.map((partition) => [partition, end])),
      wake: () => {},
      fail: (error) => failures.push(error),
    }, {
      isolation: 'read_committed', maxWaitMs: 500, minBytes: 1, maxBytes: 10_000, maxPartitionBytes: 600, maxHeldBytes: 1_500, requestTimeoutMs: 3_000,
      text: true, decodeValue: decodeUtf8, decodeKey: undefined, nullable: false, checkCrcs: true, maxRecordBytes: 1_000, maxBatchBytes: 10_000,
    }, () => ({ port: kafka, release: () => {} }))
    task.open()
    await settled()
    const out = {
      emit: (tuple: Readonly<Record<string, unknown>>, partition: number, offset: number): void => {
        expect(offset).toBe(first + emitted[partition]!.length)
        emitted[partition]!.push(tuple['value'])
      },
      emitBatch: (batch: Batch): void => {
        const values = batch.column('value')
        if (values?.kind !== 'text') return expect.unreachable()
        for (let row = 0; row < batch.rows; row++) out.emit({ value: values.text(row) }, batch.partitionOf(row), batch.offsetOf(row))
        batch.release()
      },
      reject: (error: unknown): void => void failures.push(error),
    }
    const read = (): boolean => (byBatch ? task.nextBatch(3, out) : task.nextTuple(out))
    for (const { act, which, cut } of steps) {
      const asked = kafka.asked[which % Math.max(1, kafka.asked.length)]
      const name = partitions[which % partitions.length]!
      if (act === 'move') kafka.leaders.set(name, cut)
      else if (act === 'vanish') kafka.leaders.set(name, -1)
      else if (act === 'wait') clock.advance(which)
      else if (act === 'read') for (let i = 0; i < which % 20; i++) read()
      else if (asked !== undefined) {
        if (act === 'answer') await honest(asked, cut)
        else if (act === 'empty') await asked.answer([])
        else if (act === 'break') await asked.fail(new KafkaFailure('CONNECTION', 'reset', true))
        else await asked.answer(asked.request.partitions.map(({ topic, partition }) => answerOf(`${topic}/${partition}`, Buffer.alloc(0), { error: 'NOT_LEADER_FOR_PARTITION' })))
      }
      await settled()
    }
    // From here on all is well, and all must come.
    for (const name of partitions) if (kafka.leaders.get(name) === -1) kafka.leaders.set(name, 0)
    for (let i = 0; i < 200 && !task.finished(); i++) {
      for (const asked of kafka.asked) await honest(asked, 1_000)
      while (read());
      clock.advance(500)
      await settled()
    }
    task.close()
    expect(failures).toEqual([])
    for (const [i, name] of partitions.entries()) {
      expect(emitted[i]).toEqual(Array.from({ length: end - first }, (_, j) => `${name}@${first + j}`))
    }
  }), { numRuns: 150 })
})
