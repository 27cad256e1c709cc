import { expect, test } from 'vitest'
import { ByteRoom } from '../../src/kafka/byte-room.ts'
import { decodeUtf8 } from '../../src/kafka/decoder.ts'
import { PartitionQueue } from '../../src/kafka/partition-queue.ts'
import { columnsOfBatch, PartitionReader } from '../../src/kafka/partition-reader.ts'
import type { SpoutCollector } from '../../src/topology/spout.ts'
import { ColumnPool } from '../../src/tuple/column-pool.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'

const records = 5
const options = { decodeValue: decodeUtf8, decodeKey: undefined, text: true, nullable: false, maxRecordBytes: 10_000, maxBatchBytes: 100_000, checkCrcs: true }
const out = { emit: () => {}, emitBatch: () => expect.unreachable(), reject: () => expect.unreachable() } as unknown as SpoutCollector

function reader(partition: number, codec: 'zstd' | 'none', room: ByteRoom): PartitionReader {
  const queue = new PartitionQueue({ topic: 'a', partition, offset: 0, limit: Number.MAX_SAFE_INTEGER, highBytes: 1_000_000, drained: () => {} })
  const bytes = encodeRecordBatch({ codec, records: Array.from({ length: records }, (_, offset) => ({ offset, timestamp: 5, key: null, value: Buffer.alloc(900, 'z') })) })
  const made = new PartitionReader(queue, options, partition, partition, new ColumnPool(columnsOfBatch), room)
  queue.offer({ frame: undefined, bytes, at: 0, end: bytes.length, wanted: 0, nextOffset: records, aborted: undefined })
  return made
}

test('partitions decompress in turns where all together would hold too much', () => {
  let opened = 0
  const room = new ByteRoom(6_000, () => opened++)
  const readers = [0, 1, 2].map((partition) => reader(partition, 'zstd', room))
  expect(readers.map((one) => one.ready())).toEqual([true, true, false])
  for (let i = 0; i < records; i++) readers[0]!.nextTuple(out)
  expect([readers[2]!.ready(), opened]).toEqual([false, 0])
  expect(readers[0]!.ready()).toBe(false)
  expect([readers[2]!.ready(), opened]).toEqual([true, 1])
  expect(readers.map(({ position }) => position)).toEqual([records, 0, 0])
})

test('what was not compressed needs no room of its own', () => {
  const room = new ByteRoom(6_000, () => {})
  expect([0, 1, 2, 3].map((partition) => reader(partition, 'none', room).ready())).toEqual([true, true, true, true])
})
