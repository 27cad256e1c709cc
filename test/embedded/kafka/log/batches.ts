import { encodeRecordBatch } from '../../../../src/wire/encode-record-batch.ts'
import type { BatchToWrite } from '../../../../src/wire/encode-record-batch.ts'
import type { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts'
import { nextBatchAt } from '../../../../src/embedded/kafka/log/batch-header.ts'
import { RecordSetReader } from '../../../../src/wire/record-set-reader.ts'
import { startMs } from './log-on-disk.ts'

export interface Sent {
  readonly key?: string | null
  readonly value?: string | null
  readonly timestamp?: number
}

export interface SentBy {
  readonly id: number
  readonly epoch: number
  readonly sequence: number
  readonly transactional?: boolean
}

/** As a producer sends it: offsets from 0 on. */
export function batchOf(records: readonly Sent[], by?: SentBy, more: Partial<BatchToWrite> = {}): Buffer {
  return encodeRecordBatch({
    records: records.map(({ key = 'k', value = 'v', timestamp = startMs }, offset) => ({ offset, timestamp, key: bytesOf(key), value: bytesOf(value) })),
    ...(by === undefined ? {} : { producer: { id: BigInt(by.id), epoch: by.epoch, baseSequence: by.sequence }, transactional: by.transactional === true }),
    ...more,
  })
}

export function batchOfValues(...values: readonly string[]): Buffer {
  return batchOf(values.map((value) => ({ value })))
}

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text)
}

export interface Got {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}

/** Records of whole batches, from an offset on, control records left out. */
export function recordsOf(batches: readonly Buffer[], wanted = 0): Got[] {
  const found: Got[] = []
  for (const bytes of batches) {
    const reader = new RecordSetReader({ checkCrcs: true, maxBatchBytes: 1 << 24 })
    reader.begin({ partition: 'lines/0', bytes, at: 0, end: bytes.length, wanted, aborted: undefined })
    while (reader.next()) {
      const { columns } = reader
      for (let i = 0; i < columns.count; i++) {
        found.push({
          offset: columns.baseOffset + columns.offsetDelta[i]!,
          key: textAt(columns.bytes, columns.keyAt[i]!, columns.keyLength[i]!),
          value: textAt(columns.bytes, columns.valueAt[i]!, columns.valueLength[i]!),
        })
      }
    }
  }
  return found
}

function textAt(bytes: Buffer, at: number, length: number): string | null {
  return length < 0 ? null : bytes.toString('utf8', at, at + length)
}

/** Everything there is from an offset on, some bytes at a time. */
export async function readAll(log: PartitionLog, from = log.logStartOffset, maxBytes = 1_000): Promise<Got[]> {
  const found: Got[] = []
  let offset = from
  while (offset < log.logEndOffset) {
    const { batches } = await log.read({ offset, maxBytes, minOneBatch: true, isolation: 'read_uncommitted' })
    if (batches.length === 0) break
    found.push(...recordsOf(batches, offset))
    offset = nextOffset(batches)
  }
  return found
}

export function nextOffset(batches: readonly Buffer[]): number {
  const bytes = batches.at(-1)!
  let last = 0
  for (let at = 0; at < bytes.length; at = nextBatchAt(bytes, at)) last = at
  return Number(bytes.readBigInt64BE(last)) + bytes.readInt32BE(last + 23) + 1
}
