import { crc32c } from '../../../../src/base/crc32c.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import type { ErrorCodeName } from '../../../../src/wire/api/error-code.ts'
import { codecs, compress } from '../../../../src/wire/codec.ts'
import type { Codec } from '../../../../src/wire/codec.ts'
import { encodeTransactionMarker } from '../../../../src/wire/encode-record-batch.ts'
import { batchOf, recordsOf } from './batches.ts'
import { LogOnDisk, startMs } from './log-on-disk.ts'

let made: LogOnDisk

beforeAll(async () => {
  made = await LogOnDisk.open()
})

afterAll(() => made.remove())

/** The batch with bytes changed and a checksum that fits. */
function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch)
  change(copy)
  copy.writeUInt32BE(crc32c(copy.subarray(21)), 17)
  return copy
}

const plain = batchOf([{}, {}])
const compact: Partial<LogSettings> = { cleanupPolicy: { delete: false, compact: true } }

const refused: [what: string, batch: Buffer, error: ErrorCodeName, settings?: Partial<LogSettings>][] = [
  ['nothing', Buffer.alloc(0), 'CORRUPT_MESSAGE'],
  ['a batch that is cut off', plain.subarray(0, plain.length - 1), 'CORRUPT_MESSAGE'],
  ['a header that is cut off', plain.subarray(0, 60), 'CORRUPT_MESSAGE'],
  ['a length that is negative', changed(plain, (batch) => batch.writeInt32BE(-1, 8)), 'CORRUPT_MESSAGE'],
  ['a length that is too short', changed(plain, (batch) => batch.writeInt32BE(10, 8)), 'CORRUPT_MESSAGE'],
  ['a wrong checksum', Buffer.concat([plain.subarray(0, -1), Buffer.of(plain.at(-1)! ^ 1)]), 'CORRUPT_MESSAGE'],
  ['two batches', Buffer.concat([plain, plain]), 'INVALID_RECORD'],
  ['an older format', changed(plain, (batch) => void (batch[16] = 1)), 'INVALID_RECORD'],
  ['a format to come', changed(plain, (batch) => void (batch[16] = 3)), 'CORRUPT_MESSAGE'],
  ['no record', batchOf([]), 'INVALID_RECORD'],
  ['a count other than the offsets', changed(plain, (batch) => batch.writeInt32BE(3, 57)), 'INVALID_RECORD'],
  ['more records than bytes', changed(plain, (batch) => {
    batch.writeInt32BE(1_000_000, 57)
    batch.writeInt32BE(999_999, 23)
  }), 'INVALID_RECORD'],
  ['a control batch', encodeTransactionMarker('commit', 0, startMs, { id: 1n, epoch: 0 }), 'INVALID_RECORD'],
  ['a delete horizon', changed(plain, (batch) => batch.writeInt16BE(0x40, 21)), 'INVALID_RECORD'],
  ['a transaction without a producer', batchOf([{}], undefined, { transactional: true }), 'INVALID_RECORD'],
  ['a producer without a sequence', batchOf([{}], { id: 1, epoch: 0, sequence: -1 }), 'INVALID_RECORD'],
  ['a producer without an epoch', batchOf([{}], { id: 1, epoch: -1, sequence: 0 }), 'INVALID_RECORD'],
  ['a codec nobody knows', changed(plain, (batch) => batch.writeInt16BE(5, 21)), 'UNSUPPORTED_COMPRESSION_TYPE'],
  ['too many bytes', plain, 'MESSAGE_TOO_LARGE', { maxMessageBytes: plain.length - 1 }],
  ['a time too far ahead', batchOf([{ timestamp: startMs + 3_600_001 }]), 'INVALID_TIMESTAMP'],
  ['a time too far back', batchOf([{}, { timestamp: startMs - 1_001 }]), 'INVALID_TIMESTAMP', { messageTimestampBeforeMaxMs: 1_000 }],
  ['an append time', batchOf([{}], undefined, { appendTimestamp: startMs }), 'INVALID_TIMESTAMP'],
  ['a record without a key on a compacted topic', batchOf([{}, { key: null }], undefined, { codec: 'gzip' }), 'INVALID_RECORD', compact],
  ['rubbish that says to be packed, on a compacted topic', changed(plain, (batch) => batch.writeInt16BE(1, 21)), 'CORRUPT_MESSAGE', compact],
]

/** Two records with something else in their place, packed or only said to be. */
function withRecords(codec: Codec, records: Buffer, packed: Buffer = Buffer.from(compress(codec, records))): Buffer {
  return changed(Buffer.concat([plain.subarray(0, 61), packed]), (batch) => {
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt16BE(codecs.indexOf(codec), 21)
  })
}

const good = plain.subarray(61)
const rubbish = Buffer.alloc(good.length, 0xa7)
const withHeader = batchOf([], undefined, { records: [0, 1].map((offset) => ({ offset, timestamp: startMs, key: null, value: Buffer.from('v'), headers: [['name', Buffer.from('value')]] })) }).subarray(61)
/** Apache 4.3.1 refuses all of these, too. */
const broken: [what: string, records: Buffer][] = [
  ['rubbish', rubbish],
  ['records cut short', good.subarray(0, -2)],
  ['records with bytes behind them', Buffer.concat([good, Buffer.from('more')])],
  ['one record too few', good.subarray(0, good.length / 2)],
  ['headers that run past their record', Buffer.concat([withHeader.subarray(0, -6), Buffer.of(0x70), withHeader.subarray(-5)])],
  ['more headers than there are', Buffer.concat([withHeader.subarray(0, -12), Buffer.of(4), withHeader.subarray(-11)])],
]

describe.each(broken)('a log refuses %s', (_, records) => {
  test.each(codecs.flatMap((codec) => codecs.map((wanted) => [codec, wanted] as const)))('packed with %s where the topic wants %s', async (codec, wanted) => {
    const other = await LogOnDisk.open({ settings: { compressionType: wanted === 'none' ? 'uncompressed' : wanted } })
    await expect(other.log.append(withRecords(codec, records))).rejects.toMatchObject({ kafkaError: 'INVALID_RECORD' })
    await other.log.append(withRecords(codec, withHeader))
    await other.remove()
  })

  test('that are not packed, whatever the topic wants', async () => {
    await expect(made.log.append(withRecords('none', records))).rejects.toMatchObject({ kafkaError: 'INVALID_RECORD' })
  })
})

describe('a log refuses', () => {
  test.each(codecs.slice(1))('rubbish that says to be %s, where the topic wants that', async (codec) => {
    const other = await LogOnDisk.open({ settings: { compressionType: codec as 'gzip' } })
    await expect(other.log.append(withRecords(codec, rubbish, rubbish))).rejects.toMatchObject({ kafkaError: 'CORRUPT_MESSAGE' })
    await other.remove()
  })

  test('a batch that unpacks to more than the broker has room for, as one its producer can split', async () => {
    const other = await LogOnDisk.open({ settings: { compressionType: 'gzip' } })
    await expect(other.log.append(withRecords('gzip', Buffer.alloc((1 << 26) + 1)))).rejects.toMatchObject({ kafkaError: 'MESSAGE_TOO_LARGE' })
    await other.remove()
  })

  test.each(refused)('%s', async (_, batch, kafkaError, settings) => {
    const before = made.settings
    made.settings = { ...before, ...settings }
    await expect(made.log.append(batch)).rejects.toMatchObject({ name: 'Refusal', kafkaError })
    made.settings = before
    expect(made.log.logEndOffset).toBe(0)
  })

  test('any bytes that are no batch, with an error of Kafka', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.tuple(fc.nat(plain.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => changed(plain, (batch) => {
        for (const [at, byte] of changes) if (at > 7) batch[at] = byte
      })),
    )
    const other = await LogOnDisk.open({ settings: compact })
    await fc.assert(fc.asyncProperty(bytes, async (batch) => {
      const before = other.log.logEndOffset
      const answer = await other.log.append(batch).catch((thrown: unknown) => thrown)
      if (answer instanceof Error) {
        expect(answer).toMatchObject({ name: 'Refusal' })
        expect((answer as unknown as { kafkaError: string }).kafkaError).not.toBe('KAFKA_STORAGE_ERROR')
        expect(other.log.logEndOffset).toBe(before)
      }
    }), { numRuns: 300 })
    await other.remove()
  })
})

describe('a log stores', () => {
  const readOne = async (log: LogOnDisk['log']): Promise<Buffer> => (await log.read({ offset: log.logEndOffset - 1, maxBytes: 1, minOneBatch: true, isolation: 'read_uncommitted' })).batches[0]!

  test('the bytes of a batch as they came, but for offset and leader epoch', async () => {
    const { log } = made
    const batch = batchOf([{ value: 'a' }, { value: 'b' }], undefined, { codec: 'lz4', leaderEpoch: 7 })
    const received = Buffer.from(batch)
    await log.append(batch)
    expect(batch.equals(received)).toBe(true)
    const stored = await readOne(log)
    expect(stored.subarray(16).equals(received.subarray(16))).toBe(true)
    expect(stored.readInt32BE(12)).toBe(0)
  })

  test('the time of the append where the topic wants that', async () => {
    const other = await LogOnDisk.open({ settings: { messageTimestampType: 'LogAppendTime' } })
    other.clock.advance(5_000)
    expect(await other.log.append(batchOf([{ timestamp: 1 }, { timestamp: 2 }]))).toMatchObject({ logAppendTimeMs: startMs + 5_000 })
    const stored = await readOne(other.log)
    expect(stored.readInt16BE(21) & 0x08).toBe(0x08)
    expect(recordsOf([stored])).toHaveLength(2)
    expect(await other.log.offsetForTimestamp(startMs + 5_000)).toEqual({ offset: 0, timestamp: startMs + 5_000 })
    await other.remove()
  })

  test.each(codecs)('batches packed with %s where the topic wants that', async (codec) => {
    const other = await LogOnDisk.open({ settings: { compressionType: codec === 'none' ? 'uncompressed' : codec } })
    for (const from of codecs) await other.log.append(batchOf([{ value: `from ${from}` }, { value: 'b' }], undefined, { codec: from }))
    const { batches } = await other.log.read({ offset: 0, maxBytes: 10_000, minOneBatch: true, isolation: 'read_uncommitted' })
    expect(recordsOf(batches).filter(({ value }) => value !== 'b').map(({ value }) => value)).toEqual(codecs.map((from) => `from ${from}`))
    expect((await readOne(other.log)).readInt16BE(21) & 7).toBe(codecs.indexOf(codec))
    await other.remove()
  })
})
