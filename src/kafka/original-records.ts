import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Position } from '../topology/source.ts'
import { recordHeaderBytes, recordTimestamp } from '../wire/record-fields.ts'
import type { RawHeader } from './dead-letter-headers.ts'
import type { FetchPort } from './fetch-port.ts'
import { RecordReader, type PartitionToRead, type RecordsRead } from './record-reader.ts'

/** A record as it stands in Kafka, in bytes of its own. */
export interface OriginalRecord extends Position {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
  readonly timestamp: number
}

/** Records that stand no farther apart are read in one go. */
const nearBy = 500
/** How single records are read. */
export const rereading = { maxWaitMs: 500, minBytes: 1, maxBytes: 8_388_608, maxPartitionBytes: 1_048_576, maxHeldBytes: 16 * 1_048_576, checkCrcs: true, maxBatchBytes: 0x3fff_ffff, isolation: 'read_uncommitted' } as const

/**
 * Reads single records again, whatever their transactions: they were read before. The port must be of
 * read_uncommitted. Records that are not there any more are left out. Waits for brokers that are away,
 * until `closed`: then it ends early.
 */
export async function* originalRecords(port: FetchPort, wanted: readonly Position[], requestTimeoutMs: number, clock: Clock, log: Logger, closed: AbortSignal): AsyncGenerator<readonly OriginalRecord[]> {
  const runs = runsOf(wanted)
  while (runs.size > 0 && !closed.aborted) {
    const next: PartitionToRead[] = []
    const offsets = new Map<string, ReadonlySet<number>>()
    for (const [partition, of] of runs) {
      const run = of.shift()
      if (run === undefined) {
        runs.delete(partition)
        continue
      }
      next.push({ partition, offset: run[0]!, limit: run.at(-1)! + 1 })
      offsets.set(partition, new Set(run))
    }
    if (next.length === 0) return
    const reader = new RecordReader(port, next, { ...rereading, requestTimeoutMs }, clock, log)
    const close = () => reader.close()
    closed.addEventListener('abort', close)
    try {
      for (let records = await reader.next(); records !== undefined; records = await reader.next()) {
        const found = chosen(records, offsets.get(`${records.topic}/${records.partition}`)!)
        if (found.length > 0) yield found
      }
    } finally {
      closed.removeEventListener('abort', close)
      reader.close()
    }
  }
}

/** By partition: ascending offsets, in groups that stand close together. */
function runsOf(wanted: readonly Position[]): Map<string, number[][]> {
  const runs = new Map<string, number[][]>()
  for (const { partition, offset } of wanted.toSorted((a, b) => a.offset - b.offset)) {
    const of = runs.get(partition) ?? []
    runs.set(partition, of)
    const last = of.at(-1)
    if (last === undefined || offset - last.at(-1)! > nearBy) of.push([offset])
    else last.push(offset)
  }
  return runs
}

function chosen(records: RecordsRead, offsets: ReadonlySet<number>): readonly OriginalRecord[] {
  const { columns, count } = records
  const found: OriginalRecord[] = []
  for (let row = 0; row < count; row++) {
    if (offsets.has(columns.baseOffset + columns.offsetDelta[row]!)) found.push(recordOf(records, row))
  }
  return found
}

/** A copy of one row. */
export function recordOf({ topic, partition, columns }: RecordsRead, row: number): OriginalRecord {
  const { bytes } = columns
  const at = columns.recordAt[row]!
  const part = (from: number, length: number) => (length < 0 ? null : Buffer.from(bytes.subarray(from, from + length)))
  return {
    partition: `${topic}/${partition}`,
    offset: columns.baseOffset + columns.offsetDelta[row]!,
    key: part(columns.keyAt[row]!, columns.keyLength[row]!),
    value: part(columns.valueAt[row]!, columns.valueLength[row]!),
    headers: recordHeaderBytes(bytes, at).map(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)]),
    timestamp: columns.appendTimestamp >= 0 ? columns.appendTimestamp : recordTimestamp(bytes, at, columns.baseTimestamp),
  }
}
