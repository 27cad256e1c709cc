import { AbortedTransactions } from '../../src/wire/aborted-transactions.ts'
import type { AbortedTransaction } from '../../src/wire/aborted-transactions.ts'
import { recordHeaders, recordKey, recordTimestamp } from '../../src/wire/record-fields.ts'
import { RecordSetReader } from '../../src/wire/record-set-reader.ts'

export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string | null>>
}

export interface ReadResult {
  readonly records: readonly ReadRecord[]
  readonly nextOffset: number
}

/** Everything a record set holds from `wanted` on, as plain objects. */
export function readAll(bytes: Buffer, options: { wanted?: number; aborted?: readonly AbortedTransaction[]; checkCrcs?: boolean; maxBatchBytes?: number } = {}): ReadResult {
  const reader = new RecordSetReader({ checkCrcs: options.checkCrcs ?? true, maxBatchBytes: options.maxBatchBytes ?? 1 << 24 })
  const aborted = options.aborted === undefined ? undefined : new AbortedTransactions(options.aborted)
  reader.begin({ partition: 'lines/0', bytes, at: 0, end: bytes.length, wanted: options.wanted ?? 0, aborted })
  const records: ReadRecord[] = []
  while (reader.next()) {
    const { columns } = reader
    for (let i = 0; i < columns.count; i++) {
      const at = columns.recordAt[i]!
      const length = columns.valueLength[i]!
      const value = columns.valueAt[i]!
      const key = recordKey(columns.bytes, at)
      records.push({
        offset: columns.baseOffset + columns.offsetDelta[i]!,
        timestamp: columns.appendTimestamp >= 0 ? columns.appendTimestamp : recordTimestamp(columns.bytes, at, columns.baseTimestamp),
        key: key === null ? null : key.toString('latin1'),
        value: length < 0 ? null : columns.bytes.toString('latin1', value, value + length),
        headers: recordHeaders(columns.bytes, at),
      })
    }
  }
  return { records, nextOffset: reader.nextOffset }
}
