import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import type { Codec } from '../../src/wire/codec.ts'
import { codecs } from '../../src/wire/codec.ts'
import { encodeRecordBatch, encodeTransactionMarker } from '../../src/wire/encode-record-batch.ts'
import type { BatchToWrite, RecordToWrite } from '../../src/wire/encode-record-batch.ts'
import { batchAt, scanBatches } from '../../src/wire/record-batch.ts'
import { readAll } from './read-all.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const codec = fc.constantFrom(...codecs)
const record = fc.record({
  gap: fc.integer({ min: 1, max: 300 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
  key: fc.option(bytes),
  value: fc.option(fc.oneof(bytes, fc.uint8Array({ minLength: 100, maxLength: 400 }).map((array) => Buffer.from(array)))),
  headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.option(fc.string({ maxLength: 9 }).map((text) => Buffer.from(text)))), { maxLength: 3 }),
})
const batches = fc.array(fc.record({ codec, records: fc.array(record, { minLength: 1, maxLength: 12 }), tail: fc.integer({ min: 0, max: 3 }) }), { minLength: 1, maxLength: 4 })
  .map((drawn): readonly BatchToWrite[] => {
    let offset = 0
    return drawn.map(({ codec, records, tail }) => {
      const baseOffset = offset
      const written = records.map(({ gap, ...rest }): RecordToWrite => ({ ...rest, offset: (offset += gap) }))
      const lastOffset = offset + tail
      offset = lastOffset + 1
      return { codec, baseOffset, lastOffset, records: written }
    })
  })

function setOf(batches: readonly BatchToWrite[]): Buffer {
  return Buffer.concat(batches.map(encodeRecordBatch))
}

function expected(batches: readonly BatchToWrite[], wanted = 0): unknown[] {
  return batches.flatMap((batch) => batch.records).filter((record) => record.offset >= wanted).map((record) => ({
    offset: record.offset,
    timestamp: record.timestamp,
    key: record.key === null ? null : Buffer.from(record.key).toString('latin1'),
    value: record.value === null ? null : Buffer.from(record.value).toString('latin1'),
    headers: Object.fromEntries((record.headers ?? []).map(([name, value]) => [name, value === null ? null : Buffer.from(value).toString('utf8')])),
  }))
}

function values(count: number, from = 0): RecordToWrite[] {
  return Array.from({ length: count }, (_, i) => ({ offset: from + i, timestamp: 1_000, key: null, value: Buffer.from(`v${from + i}`) }))
}

describe('reading a record set', () => {
  test('gives back what was written, with every codec, through gaps of compaction', () => {
    fc.assert(fc.property(batches, (batches) => {
      expect(readAll(setOf(batches))).toEqual({ records: expected(batches), nextOffset: batches.at(-1)!.lastOffset! + 1 })
    }))
  })

  test('begins at the wanted offset wherever it lies in a batch', () => {
    fc.assert(fc.property(batches, fc.nat(1_500), (batches, wanted) => {
      const end = batches.at(-1)!.lastOffset! + 1
      expect(readAll(setOf(batches), { wanted })).toEqual({ records: expected(batches, wanted), nextOffset: Math.max(end, wanted) })
    }))
  })

  test('leaves out a batch the answer cuts off, and says where to go on', () => {
    fc.assert(fc.property(batches, fc.nat(), (batches, cut) => {
      const whole = setOf(batches)
      const length = cut % whole.length
      const kept: BatchToWrite[] = []
      let size = 0
      for (const batch of batches) {
        size += encodeRecordBatch(batch).length
        if (size <= length) kept.push(batch)
      }
      const next = kept.length === 0 ? 0 : kept.at(-1)!.lastOffset! + 1
      expect(readAll(whole.subarray(0, length))).toEqual({ records: expected(kept), nextOffset: next })
      expect(scanBatches(whole, 0, length, 0, 'lines/0')).toEqual({ nextOffset: next, whole: kept.length > 0 })
    }))
  })

  test('never lets a record through whose checksum is wrong', () => {
    fc.assert(fc.property(batches, fc.nat(), fc.integer({ min: 1, max: 255 }), (batches, place, flip) => {
      const broken = setOf(batches)
      broken[place % broken.length]! ^= flip
      const known = new Set(expected(batches).map((record) => JSON.stringify({ ...(record as object), offset: 0 })))
      try {
        // Offsets and the leader's epoch lie outside the checksum, so that brokers can set them.
        for (const record of readAll(broken).records) expect(known).toContain(JSON.stringify({ ...record, offset: 0 }))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
      }
    }), { numRuns: 500 })
  })

  test('throws nothing but MillraceError when checksums are not looked at', () => {
    fc.assert(fc.property(batches, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }), (batches, changes) => {
      const broken = setOf(batches)
      for (const [place, byte] of changes) broken[place % broken.length] = byte
      try {
        readAll(broken, { checkCrcs: false, maxBatchBytes: 1 << 20 })
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
      }
    }), { numRuns: 1_000 })
  })

  test('refuses the formats of before Kafka 0.11', () => {
    const old = encodeRecordBatch({ records: values(1) })
    old[batchAt.magic] = 1
    expect(() => readAll(old)).toThrow(/message format 1 is older/u)
  })

  test('names codec, topic and offset when it does not know the codec', () => {
    const batch = encodeRecordBatch({ records: values(2, 7) })
    batch[batchAt.attributes + 1] = 6
    expect(() => readAll(batch, { checkCrcs: false })).toThrow(expect.objectContaining({ code: 'MR_KAFKA_CODEC', message: expect.stringContaining('codec 6') as string, place: { partition: 'lines/0', offset: 7 } }))
  })

  test.each(codecs.filter((name) => name !== 'none'))('refuses a %s batch that decompresses to more than allowed', (codec: Codec) => {
    const bomb = encodeRecordBatch({ codec, records: [{ offset: 0, timestamp: 0, key: null, value: Buffer.alloc(1_000_000) }] })
    expect(() => readAll(bomb, { maxBatchBytes: 500_000 })).toThrow(expect.objectContaining({ code: 'MR_RECORD_TOO_LARGE' }))
    expect(readAll(bomb, { maxBatchBytes: 5_000_000 }).records).toHaveLength(1)
  })

  test('takes the time of the append for all records when the broker set it', () => {
    expect(readAll(encodeRecordBatch({ records: values(2), appendTimestamp: 77 })).records.map((record) => record.timestamp)).toEqual([77, 77])
  })

  test('reads snappy without the framing of Java too', async () => {
    const { snappyCompress } = await import('@platformatic/wasm-utils')
    const plain = encodeRecordBatch({ records: values(50) })
    const bare = Buffer.concat([plain.subarray(0, batchAt.records), snappyCompress(plain.subarray(batchAt.records))])
    bare.writeInt32BE(bare.length - 12, batchAt.length)
    bare[batchAt.attributes + 1] = 2
    expect(readAll(bare, { checkCrcs: false }).records).toHaveLength(50)
  })

  // Key k, value hello, header a=b: the log segment after one record of the console producer of Kafka 4.3.
  const golden = '00000000000000000000004200000000029bc5107d000000000000000001a1fdf2f33f000001a1fdf2f33f00000000000000000000000000000000000120000000026b0a68656c6c6f0202610262'
  const timestamp = 1_795_261_920_063

  test('reads the bytes of Apache Kafka', () => {
    expect(readAll(Buffer.from(golden, 'hex')).records).toEqual([{ offset: 0, timestamp, key: 'k', value: 'hello', headers: { a: 'b' } }])
  })

  test('writes the same bytes', () => {
    const record = { offset: 0, timestamp, key: Buffer.from('k'), value: Buffer.from('hello'), headers: [['a', Buffer.from('b')]] as const }
    expect(encodeRecordBatch({ records: [record], producer: { id: 0n, epoch: 0, baseSequence: 0 } }).toString('hex')).toBe(golden)
  })
})

describe('transactions', () => {
  const step = fc.record({ producer: fc.nat(2), act: fc.constantFrom('write', 'write', 'write', 'commit', 'abort', 'plain'), count: fc.integer({ min: 1, max: 3 }) })

  test('records of aborted transactions are passed over, whatever is interleaved', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), fc.nat(40), (steps, wanted) => {
      let offset = 0
      const parts: Buffer[] = []
      const open = new Map<number, { first: number; offsets: number[] }>()
      const visible: number[] = []
      const aborted: { producerId: bigint; firstOffset: number; last: number }[] = []
      const finish = (producer: number, outcome: 'commit' | 'abort'): void => {
        const transaction = open.get(producer)
        if (transaction === undefined) return
        parts.push(encodeTransactionMarker(outcome, offset, 0, { id: BigInt(producer), epoch: 0 }))
        if (outcome === 'commit') visible.push(...transaction.offsets)
        else aborted.push({ producerId: BigInt(producer), firstOffset: transaction.first, last: offset })
        offset++
        open.delete(producer)
      }
      for (const { producer, act, count } of steps) {
        if (act === 'commit' || act === 'abort') {
          finish(producer, act)
          continue
        }
        const records = values(count, offset)
        const offsets = records.map((record) => record.offset)
        if (act === 'plain') {
          parts.push(encodeRecordBatch({ records }))
          visible.push(...offsets)
        } else {
          const transaction = open.get(producer) ?? { first: offset, offsets: [] }
          transaction.offsets.push(...offsets)
          open.set(producer, transaction)
          parts.push(encodeRecordBatch({ records, transactional: true, producer: { id: BigInt(producer), epoch: 0, baseSequence: 0 } }))
        }
        offset += count
      }
      // What is readable ends before the first transaction that is still open: finish them all.
      for (const producer of open.keys()) finish(producer, producer % 2 === 0 ? 'commit' : 'abort')
      // The answer begins with the batch that holds the wanted offset, and lists what was aborted from there on.
      const first = parts.findIndex((part) => part.readInt32BE(4) + part.readInt32BE(23) >= wanted)
      const answer = first < 0 ? Buffer.alloc(0) : Buffer.concat(parts.slice(first))
      const listed = aborted.filter((transaction) => transaction.last >= wanted)
      const read = readAll(answer, { wanted, aborted: listed })
      expect(read.records.map((record) => record.offset)).toEqual(visible.filter((offset) => offset >= wanted).toSorted((a, b) => a - b))
      expect(read.nextOffset).toBe(Math.max(offset, wanted))
    }))
  })

  test('read_uncommitted passes over the markers only', () => {
    const producer = { id: 9n, epoch: 0 }
    const set = Buffer.concat([
      encodeRecordBatch({ records: values(2), transactional: true, producer: { ...producer, baseSequence: 0 } }),
      encodeTransactionMarker('abort', 2, 0, producer),
    ])
    expect(readAll(set)).toMatchObject({ records: [{ offset: 0 }, { offset: 1 }], nextOffset: 3 })
  })
})
