import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { splitText } from '../../src/bolts/split-text.ts'
import { decodeUtf8 } from '../../src/kafka/decoder.ts'
import { FetchedFrame } from '../../src/kafka/fetched-frame.ts'
import { KafkaSpoutTask } from '../../src/kafka/spout-task.ts'
import type { BatchCollector } from '../../src/topology/bolt.ts'
import type { SpoutCollector } from '../../src/topology/spout.ts'
import type { Batch } from '../../src/tuple/batch.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'
import { taskContext } from '../topology/task-context.ts'
import { answerOf, ScriptedKafka, settled } from './scripted-kafka.ts'

const partitions = ['a/0', 'a/1']
const perBatch = 6

function valueAt(partition: string, offset: number): string {
  return `${partition} at-${offset}`
}

function batchAt(partition: string, from: number, codec: 'none' | 'gzip'): Buffer {
  return encodeRecordBatch({
    codec,
    records: Array.from({ length: perBatch }, (_, i) => ({ offset: from + i, timestamp: 7 * (from + i), key: Buffer.from(`key ${from + i}`), value: Buffer.from(valueAt(partition, from + i)) })),
  })
}

/** What is done with a batch, or with a record where it is 'row'. */
const use = fc.constantFrom('look', 'keep', 'tuple', 'split', 'split and keep', 'row')
const answer = fc.record({ of: fc.array(fc.constantFrom(...partitions), { minLength: 1, maxLength: 2 }), batches: fc.integer({ min: 1, max: 3 }), codec: fc.constantFrom('none' as const, 'gzip' as const) })

test('an answer is read over when nobody looks at it any more, and never before', async () => {
  await fc.assert(fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 6 }), fc.infiniteStream(use), fc.integer({ min: 1, max: 8 }), async (answers, uses, rows) => {
    const kafka = new ScriptedKafka()
    for (const name of partitions) kafka.leaders.set(name, 1)
    const task = new KafkaSpoutTask({
      topology: 'lines', component: 'read', task: 1, index: 0, parallelism: 1, worker: 0,
      tasksOf: () => [],
      log: silentLogger, clock: new ManualClock(), connections: {}, metrics: { counter: () => ({ add: () => {} }) },
      positions: partitions.map((partition) => ({ partition, offset: 0 })),
      lineage: [0, 1],
      limits: new Map(),
      wake: () => {},
      fail: (error) => { throw error },
    }, {
      isolation: 'read_uncommitted', maxWaitMs: 500, minBytes: 1, maxBytes: 100_000, maxPartitionBytes: 100_000, maxHeldBytes: 1_000_000, requestTimeoutMs: 3_000,
      text: true, decodeValue: decodeUtf8, decodeKey: undefined, nullable: false, checkCrcs: true, maxRecordBytes: 1_000, maxBatchBytes: 10_000,
    }, () => ({ port: kafka, release: () => {} }))
    task.open()
    await settled()

    const frames: { codec: string; givenBack: number }[] = []
    const next = new Map(partitions.map((name) => [name, 0]))
    for (const { of, batches, codec } of answers) {
      const names = [...new Set(of)]
      const sets = names.map((name) => Buffer.concat(Array.from({ length: batches }, (_, i) => batchAt(name, next.get(name)! + i * perBatch, codec))))
      const bytes = Buffer.concat(sets)
      const frame = { codec, givenBack: 0 }
      frames.push(frame)
      const held = new FetchedFrame(names.length, bytes.length, () => {
        frame.givenBack++
        bytes.fill(0xee)
      })
      let at = 0
      const fetched = names.map((name, i) => answerOf(name, bytes, { frame: held, at, end: at += sets[i]!.length }))
      for (const name of names) next.set(name, next.get(name)! + batches * perBatch)
      await kafka.only.answer(fetched)
    }

    const emitted = new Map(partitions.map((name) => [name, [] as string[]]))
    /** Read at the very end, when all that may be overwritten is. */
    const later: (() => void)[] = []
    let pins = 0
    const note = (partition: number, value: unknown): void => void emitted.get(partitions[partition]!)!.push(value as string)
    const isWhole = (tuple: Tuple, partition: number, offset: number): void => {
      expect(tuple['value']).toBe(valueAt(partitions[partition]!, offset))
      expect(tuple['timestamp']).toBe(7 * offset)
      expect(Buffer.from(tuple['key'] as Uint8Array).toString()).toBe(`key ${offset}`)
    }
    const textIn = (batch: Batch, field: string, row: number): string => {
      const column = batch.column(field)
      return column?.kind === 'text' ? column.text(row) : expect.unreachable()
    }
    const split = splitText({ field: 'value', as: 'word' }).createTask(taskContext())
    let how = ''
    const out: SpoutCollector = {
      emit(tuple, partition, offset) {
        note(partition, tuple['value'])
        pins++
        later.push(() => isWhole(tuple, partition, offset))
      },
      emitBatch(batch) {
        for (let row = 0; row < batch.rows; row++) note(batch.partitionOf(row), textIn(batch, 'value', row))
        const offsets = Array.from({ length: batch.rows }, (_, row) => batch.offsetOf(row))
        const partition = batch.partitionOf(0)
        if (how === 'keep') {
          batch.keep()
          pins++
          later.push(() => expect(offsets.map((_, row) => textIn(batch, 'value', row))).toEqual(offsets.map((offset) => valueAt(partitions[partition]!, offset))))
        } else if (how === 'tuple') {
          pins++
          const tuple = batch.tuple(0)
          later.push(() => isWhole(tuple, partition, offsets[0]!))
        } else if (how.startsWith('split')) {
          const words: Batch[] = []
          const collector = { emit: (batch: Batch) => void words.push(batch) } as unknown as BatchCollector
          expect(split.executeBatch!(batch, collector)).toBe(true)
          const right = offsets.flatMap((offset) => valueAt(partitions[partition]!, offset).split(' '))
          const check = (): void => expect(right.map((_, row) => textIn(words[0]!, 'word', row))).toEqual(right)
          if (how === 'split and keep') {
            pins++
            words[0]!.keep()
            later.push(check)
          } else check()
          words[0]!.release()
        }
        batch.release()
      },
      reject: (error) => { throw error },
    }
    for (;;) {
      how = uses.next().value
      if (!(how === 'row' ? task.nextTuple(out) : task.nextBatch(rows, out))) break
    }
    for (const check of later) check()
    for (const [name, values] of emitted) expect(values).toEqual(Array.from({ length: next.get(name)! }, (_, offset) => valueAt(name, offset)))
    for (const { codec, givenBack } of frames) {
      expect(givenBack).toBeLessThanOrEqual(1)
      // What was decompressed stands elsewhere.
      if (codec === 'gzip' || pins === 0) expect(givenBack).toBe(1)
    }
    task.close()
  }), { numRuns: 300 })
})
