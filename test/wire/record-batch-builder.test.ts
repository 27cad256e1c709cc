import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codecs } from '../../src/wire/codec.ts'
import { batchAt } from '../../src/wire/record-batch.ts'
import { byteLength, RecordBatchBuilder, recordBound, stampBatch } from '../../src/wire/record-batch-builder.ts'
import type { Bytes, HeadersToWrite } from '../../src/wire/record-batch-builder.ts'
import { readAll } from './read-all.ts'

interface Given {
  readonly gap: number
  readonly timestamp: number
  readonly key: Bytes | null
  readonly value: Bytes | null
  readonly headers: HeadersToWrite
}

const bytes = fc.option(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 100 })), { nil: null })
const given = fc.record({
  gap: fc.oneof(fc.constant(0), fc.nat(1_000_000)),
  timestamp: fc.oneof(fc.integer({ min: -1, max: 4_000_000_000_000 }), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 })),
  key: bytes,
  value: bytes,
  headers: fc.uniqueArray(fc.tuple(fc.string({ maxLength: 10 }), bytes), { maxLength: 3, selector: ([name]) => name }),
}) satisfies fc.Arbitrary<Given>

function text(bytes: Bytes | null): string | null {
  return bytes === null ? null : Buffer.from(bytes as string).toString('latin1')
}

describe('a record batch', () => {
  test('holds what was appended, in every codec, as text or as bytes', () => {
    fc.assert(fc.property(fc.array(given, { minLength: 1, maxLength: 40 }), fc.constantFrom(...codecs), fc.nat(2 ** 40), (records, codec, baseOffset) => {
      const builder = new RecordBatchBuilder(64)
      let delta = -1
      const deltas = records.map(({ gap, timestamp, key, value, headers }) => {
        delta += 1 + gap
        const before = builder.sizeBytes
        builder.append(delta, timestamp, key, byteLength(key), value, byteLength(value), headers)
        expect(builder.sizeBytes - before).toBeLessThanOrEqual(recordBound(byteLength(key), byteLength(value), headers))
        return delta
      })
      expect(builder.count).toBe(records.length)
      const batch = builder.finish({ baseOffset, codec })
      if (codec === 'none') expect(batch).toHaveLength(builder.sizeBytes)
      const read = readAll(batch)
      expect(read.nextOffset).toBe(baseOffset + delta + 1)
      expect(read.records).toEqual(records.map(({ timestamp, key, value, headers }, i) => ({
        offset: baseOffset + deltas[i]!,
        timestamp,
        key: text(key),
        value: text(value),
        headers: Object.fromEntries(headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value as string).toString('utf8')])),
      })))
    }), { numRuns: 60 })
  })

  test('tells the newest timestamp, wherever it stands', () => {
    const builder = new RecordBatchBuilder()
    for (const timestamp of [5, 9, 7]) builder.append(builder.count, timestamp, null, -1, null, -1)
    const batch = builder.finish({ baseOffset: 0, codec: 'none' })
    expect([batch.readBigInt64BE(batchAt.baseTimestamp), batch.readBigInt64BE(batchAt.maxTimestamp)]).toEqual([5n, 9n])
  })

  test('can be cut into halves, which hold the same records', () => {
    fc.assert(fc.property(fc.array(given, { minLength: 2, maxLength: 30 }), fc.boolean(), (records, finishedBefore) => {
      const builder = new RecordBatchBuilder()
      for (const { timestamp, key, value, headers } of records) builder.append(builder.count, timestamp, key, byteLength(key), value, byteLength(value), headers)
      const whole = finishedBefore ? readAll(builder.finish({ baseOffset: 0, codec: 'none' })).records : undefined
      const [first, second] = builder.halves()
      expect(first.count + second.count).toBe(records.length)
      const halves = [...readAll(first.finish({ baseOffset: 0, codec: 'none' })).records, ...readAll(second.finish({ baseOffset: first.count, codec: 'none' })).records]
      expect(halves).toEqual(whole ?? readAll(builder.finish({ baseOffset: 0, codec: 'none' })).records)
    }))
  })

  test('can be given another producer without being written anew', () => {
    const batch = (producer: { id: number; epoch: number; baseSequence: number }) => {
      const builder = new RecordBatchBuilder()
      builder.append(0, 1, null, -1, 'x', 1)
      return builder.finish({ baseOffset: 0, codec: 'gzip', producer })
    }
    const stamped = batch({ id: 1, epoch: 0, baseSequence: 100 })
    stampBatch(stamped, { id: 2 ** 40, epoch: 3, baseSequence: 0 })
    expect(stamped).toEqual(batch({ id: 2 ** 40, epoch: 3, baseSequence: 0 }))
    expect(readAll(stamped).records).toHaveLength(1)
  })
})
