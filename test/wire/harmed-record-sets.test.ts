import { gzipSync, zstdCompressSync } from 'node:zlib'
import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/base/crc32c.ts'
import { MillraceError } from '../../src/errors.ts'
import { codecs } from '../../src/wire/codec.ts'
import { encodeRecordBatch, type BatchToWrite } from '../../src/wire/encode-record-batch.ts'
import { batchAt, scanBatches } from '../../src/wire/record-batch.ts'
import { RecordSetReader } from '../../src/wire/record-set-reader.ts'

/** What lengths and counts are replaced by: negative ones, the largest of their kind, and varints that never end. */
const lies = ['80000000', 'ffffffff', '7fffffff', '3b9aca00', '00000000', '00000001', '7f', 'ff', 'ffffffff0f', 'ffffffffffffffffff7f', '8080808000', '00'].map((hex) => Buffer.from(hex, 'hex'))
const harm = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('overwrite' as const), at: fc.oneof(fc.nat(), fc.constantFrom<number>(...Object.values(batchAt))), by: fc.constantFrom(...lies) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), by: fc.oneof(fc.constantFrom(...lies), fc.uint8Array({ minLength: 1, maxLength: 9 })) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), size: fc.integer({ min: 1, max: 70 }) }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant('codec' as const), at: fc.nat(), codec: fc.nat({ max: 7 }) }),
)
type Harm = typeof harm extends fc.Arbitrary<infer T> ? T : never

function harmed(bytes: Buffer, { at: place, ...harm }: Harm): Buffer {
  const at = place % (bytes.length + 1)
  switch (harm.kind) {
    case 'cut': return bytes.subarray(0, at)
    case 'overwrite': return Buffer.concat([bytes.subarray(0, at), harm.by, bytes.subarray(at + harm.by.length)])
    case 'insert': return Buffer.concat([bytes.subarray(0, at), harm.by, bytes.subarray(at)])
    case 'remove': return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + harm.size)])
    default: {
      const copy = Buffer.from(bytes)
      if (harm.kind === 'codec') copy[batchAt.attributes + 1] = (copy[batchAt.attributes + 1]! & ~7) | harm.codec
      else if (at < copy.length) copy[at]! ^= 1 << harm.bit
      return copy
    }
  }
}

/** As if the harm had been done before the batch was written: its length and checksum fit. */
function resealed(batch: Buffer): Buffer {
  if (batch.length < batchAt.records) return batch
  const copy = Buffer.from(batch)
  copy.writeInt32BE(copy.length - 12, batchAt.length)
  copy[batchAt.magic] = 2
  copy.writeUInt32BE(crc32c(copy.subarray(batchAt.attributes)), batchAt.crc)
  return copy
}

const record = fc.record({ gap: fc.integer({ min: 1, max: 4 }), key: fc.option(fc.uint8Array({ maxLength: 5 })), value: fc.option(fc.uint8Array({ maxLength: 60 })) })
const sets = fc.array(fc.record({ records: fc.array(record, { minLength: 1, maxLength: 6 }), codec: fc.constantFrom(...codecs), gap: fc.nat({ max: 3 }) }), { minLength: 1, maxLength: 4 }).map((list) => {
  let offset = 0
  return list.map(({ records, codec, gap }): BatchToWrite => {
    offset += gap
    return { codec, baseOffset: offset, records: records.map((one) => ({ key: one.key, value: one.value, timestamp: 5, offset: (offset += one.gap) - 1 })) }
  })
})

interface Reading {
  /** `offset:value` in hex. */
  readonly records: string[]
  readonly nextOffset: number
  readonly error: MillraceError | undefined
}

/** Whatever else is thrown fails the test; so does a place outside the bytes. */
function read(bytes: Buffer, checkCrcs: boolean): Reading {
  const reader = new RecordSetReader({ checkCrcs, maxBatchBytes: 1 << 20 })
  reader.begin({ partition: 'lines/0', bytes, at: 0, end: bytes.length, wanted: 0, aborted: undefined })
  const records: string[] = []
  try {
    while (reader.next()) {
      const { columns } = reader
      for (let i = 0; i < columns.count; i++) {
        const [at, length] = [columns.valueAt[i]!, columns.valueLength[i]!]
        expect(at + Math.max(0, length)).toBeLessThan(columns.bytes.length + 1)
        records.push(`${columns.baseOffset + columns.offsetDelta[i]!}:${length < 0 ? 'null' : columns.bytes.toString('hex', at, at + length)}`)
      }
    }
    return { records, nextOffset: reader.nextOffset, error: undefined }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    expect(error.place.partition).toBe('lines/0')
    return { records, nextOffset: reader.nextOffset, error }
  }
}

function rightRecords(batches: readonly BatchToWrite[]): { readonly offset: number; readonly text: string }[] {
  return batches.flatMap(({ records }) => records.map(({ offset, value }) => ({ offset, text: `${offset}:${value === null ? 'null' : Buffer.from(value).toString('hex')}` })))
}

describe('of a record set that was harmed', () => {
  test('all records are read up to where reading stops, and none that is not there', () => {
    fc.assert(fc.property(sets, fc.array(harm, { minLength: 1, maxLength: 3 }), (batches, harms) => {
      const whole = Buffer.concat(batches.map(encodeRecordBatch))
      const bytes = harms.reduce(harmed, whole)
      // Where a batch begins lies outside its checksum, so that brokers can set it: nobody can tell there.
      fc.pre(baseOffsetsAreWhole(batches, whole, bytes))
      const { records, nextOffset } = read(bytes, true)
      expect(records).toEqual(rightRecords(batches).filter(({ offset }) => offset < nextOffset).map(({ text }) => text))
    }), { numRuns: 2_000 })
  })

  test('nothing comes but records and errors with their place, even where lengths and checksums fit again', () => {
    fc.assert(fc.property(sets, fc.array(fc.tuple(fc.nat(), harm), { minLength: 1, maxLength: 3 }), fc.boolean(), (batches, harms, checkCrcs) => {
      const parts = batches.map(encodeRecordBatch)
      for (const [batch, one] of harms) parts[batch % parts.length] = resealed(harmed(parts[batch % parts.length]!, one))
      const bytes = Buffer.concat(parts)
      const { error, nextOffset, records } = read(bytes, checkCrcs)
      expect(records.every((record) => Number(record.split(':')[0]) < Math.max(1, nextOffset) || error !== undefined)).toBe(true)
      try {
        const scan = scanBatches(bytes, 0, bytes.length, 0, 'lines/0')
        if (error === undefined) expect(nextOffset).toBe(scan.nextOffset)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
        expect(error).toBeDefined()
      }
    }), { numRuns: 3_000 })
  })

  test('a batch that declares no records but has some is refused, not passed over', () => {
    const batch = encodeRecordBatch({ records: [{ offset: 0, timestamp: 0, key: null, value: Buffer.from('lost') }] })
    batch.writeInt32BE(0, batchAt.count)
    expect(read(resealed(batch), true)).toMatchObject({ nextOffset: 0, error: { code: 'MR_RECORD_BATCH_CORRUPT' } })
  })
})

describe('a bomb', () => {
  const packers: readonly (readonly [string, number, (bytes: Buffer) => Buffer])[] = [
    ['gzip', 1, gzipSync], ['gzip in many members', 1, (bytes) => Buffer.concat(Array<Buffer>(200).fill(gzipSync(bytes.subarray(0, 2 ** 19))))],
    ['snappy', 2, snappyCompress], ['lz4', 3, lz4Compress], ['zstd', 4, zstdCompressSync],
  ]

  test.each(packers)('of %s is refused before it is unpacked', (_, codec, pack) => {
    const packed = pack(Buffer.alloc(64 * 2 ** 20))
    const head = encodeRecordBatch({ records: [{ offset: 0, timestamp: 0, key: null, value: null }] }).subarray(0, batchAt.records)
    const bomb = resealed(Buffer.concat([head, packed]))
    bomb[batchAt.attributes + 1] = codec
    const before = process.memoryUsage().arrayBuffers
    expect(read(resealed(bomb), true)).toMatchObject({ records: [], error: { code: 'MR_RECORD_TOO_LARGE', place: { partition: 'lines/0', offset: 0 } } })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20)
  })
})

/** Whether every batch that is still found stands where it was, with the beginning it had. */
function baseOffsetsAreWhole(batches: readonly BatchToWrite[], whole: Buffer, bytes: Buffer): boolean {
  let at = 0
  for (const batch of batches) {
    const length = encodeRecordBatch(batch).length
    if (at + 8 <= bytes.length && !bytes.subarray(at, at + 8).equals(whole.subarray(at, at + 8))) return false
    at += length
  }
  return true
}
