import { encodeTransactionMarker } from '../../../wire/encode-record-batch.ts'
import { batchAt } from '../../../wire/record-batch.ts'
import { RecordColumns } from '../../../wire/record-columns.ts'

/** What ends a producer's transaction in a partition. */
export interface Marker {
  readonly outcome: 'commit' | 'abort'
  readonly coordinatorEpoch: number
}

export interface MarkerToWrite extends Marker {
  readonly producer: { readonly id: number; readonly epoch: number }
}

export function encodeMarker({ outcome, producer, coordinatorEpoch }: MarkerToWrite, offset: number, nowMs: number): Buffer {
  return encodeTransactionMarker(outcome, offset, nowMs, { id: BigInt(producer.id), epoch: producer.epoch }, coordinatorEpoch)
}

/** The marker in a control batch; undefined when it holds something else. Its key is i16 version, i16 type, its value i16 version, i32 coordinator epoch. */
export function readMarker(bytes: Buffer, at: number, end: number): Marker | undefined {
  const columns = new RecordColumns()
  if (columns.fill(bytes, at + batchAt.records, end, bytes.readInt32BE(at + batchAt.count), bytes.readInt32BE(at + batchAt.lastOffsetDelta), 0) !== undefined) return undefined
  if (columns.count !== 1 || columns.keyLength[0]! < 4) return undefined
  const type = bytes.readInt16BE(columns.keyAt[0]! + 2)
  if (type !== 0 && type !== 1) return undefined
  const coordinatorEpoch = columns.valueLength[0]! < 6 ? 0 : bytes.readInt32BE(columns.valueAt[0]! + 2)
  return { outcome: type === 0 ? 'abort' : 'commit', coordinatorEpoch }
}
