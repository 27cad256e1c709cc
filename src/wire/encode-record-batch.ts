import type { Codec } from './codec.ts'
import { byteLength, RecordBatchBuilder } from './record-batch-builder.ts'

export interface RecordToWrite {
  /** Ascending in a batch; gaps are those of a compacted topic. */
  readonly offset: number
  /** Ms since 1970. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[]
}

export interface BatchToWrite {
  /** Default: the first record's. */
  readonly baseOffset?: number
  /** Default: the last record's. */
  readonly lastOffset?: number
  readonly records: readonly RecordToWrite[]
  readonly codec?: Codec
  /** The broker's time of the append, which then holds for every record. */
  readonly appendTimestamp?: number
  readonly leaderEpoch?: number
  /** Of an idempotent or transactional producer. */
  readonly producer?: { readonly id: bigint; readonly epoch: number; readonly baseSequence: number }
  readonly transactional?: boolean
  readonly control?: boolean
}

/** A record batch of format 2. */
export function encodeRecordBatch(batch: BatchToWrite): Buffer {
  const { records, codec = 'none' } = batch
  const baseOffset = batch.baseOffset ?? records[0]?.offset ?? 0
  const builder = new RecordBatchBuilder()
  for (const { offset, timestamp, key, value, headers } of records) {
    builder.append(offset - baseOffset, timestamp, key, byteLength(key), value, byteLength(value), headers)
  }
  return builder.finish({ ...batch, codec, baseOffset })
}

/** The marker that ends a producer's transaction in a partition. */
export function encodeTransactionMarker(outcome: 'abort' | 'commit', offset: number, timestamp: number, producer: { readonly id: bigint; readonly epoch: number }, coordinatorEpoch = 0): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(outcome === 'abort' ? 0 : 1, 2)
  // Version, then the coordinator's epoch.
  const value = Buffer.alloc(6)
  value.writeInt32BE(coordinatorEpoch, 2)
  return encodeRecordBatch({ records: [{ offset, timestamp, key, value }], producer: { ...producer, baseSequence: -1 }, transactional: true, control: true })
}
