import { Refusal } from '../refusal.ts'
import type { LogContents } from './log-contents.ts'

export type Isolation = 'read_uncommitted' | 'read_committed'

export interface LogRead {
  readonly offset: number
  readonly maxBytes: number
  /** Whether the first batch comes also when it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  readonly isolation: Isolation
}

export interface LogSlice {
  /** Whole batches back to back, the first one with or before the offset asked for. They stay as they are. */
  readonly batches: readonly Buffer[]
  readonly sizeBytes: number
  /** Of the range read, with read_committed, by first offset. */
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: number }[]
}

const nothing: LogSlice = { batches: [], sizeBytes: 0, abortedTransactions: [] }

/** Refusal OFFSET_OUT_OF_RANGE outside of the log; KAFKA_STORAGE_ERROR when the file cannot be read. */
export async function readLog(log: LogContents, { offset, maxBytes, minOneBatch, isolation }: LogRead): Promise<LogSlice> {
  if (!(offset >= log.logStartOffset && offset <= log.logEndOffset)) {
    throw new Refusal('OFFSET_OUT_OF_RANGE', `offset ${offset} is not in the log, which has ${log.logStartOffset} to ${log.logEndOffset}`)
  }
  const readable = readableEnd(log, isolation)
  if (offset >= readable) return nothing
  const { segments } = log
  for (let i = log.segmentAt(offset); i < segments.length; i++) {
    const segment = segments[i]!
    const wholeSegment = readable >= (segments[i + 1]?.baseOffset ?? log.logEndOffset)
    try {
      const size = segment.sizeBytes
      const limit = wholeSegment ? size : Math.min(size, await segment.locate(readable))
      const start = await segment.locate(offset)
      // Compaction may have taken what stood at the end of a segment.
      if (start >= limit) {
        if (wholeSegment) continue
        return nothing
      }
      const batches = await segment.readAt(start, limit, maxBytes, minOneBatch)
      const sizeBytes = batches.reduce((sum, { length }) => sum + length, 0)
      if (isolation === 'read_uncommitted' || sizeBytes === 0) return { batches, sizeBytes, abortedTransactions: [] }
      const end = Math.min(readable, (await segment.offsetFrom(start + sizeBytes) ?? readable - 1) + 1)
      return { batches, sizeBytes, abortedTransactions: abortedIn(log, offset, end) }
    } catch (thrown) {
      if (thrown instanceof Refusal) throw thrown
      throw new Refusal('KAFKA_STORAGE_ERROR', `cannot read ${segment.file.path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  return nothing
}

export function readableEnd(log: LogContents, isolation: Isolation): number {
  return isolation === 'read_committed' ? log.lastStableOffset : log.logEndOffset
}

/** Bytes there are to read from the offset on; an estimate that is 0 only when there are none. */
export function availableBytes(log: LogContents, offset: number, isolation: Isolation): number {
  const end = readableEnd(log, isolation)
  if (offset >= end) return 0
  let bytes = 0
  for (let i = log.segmentAt(offset); i < log.segments.length; i++) {
    const segment = log.segments[i]!
    if (segment.baseOffset >= end) break
    bytes += offset > segment.baseOffset ? segment.bytesFrom(offset) : segment.sizeBytes
    if (end < log.endOf(i)) bytes -= segment.bytesFrom(end)
  }
  return Math.max(1, bytes)
}

function abortedIn(log: LogContents, from: number, end: number): LogSlice['abortedTransactions'] {
  const found: { producerId: number; firstOffset: number }[] = []
  for (let i = log.segmentAt(from); i < log.segments.length; i++) {
    for (const { producerId, firstOffset, lastOffset, lastStableOffset } of log.segments[i]!.aborted) {
      if (lastOffset >= from && firstOffset < end) found.push({ producerId, firstOffset })
      // Whatever is aborted behind this marker began behind it or is open here.
      if (lastStableOffset >= end) return sorted(found)
    }
  }
  return sorted(found)
}

function sorted<T extends { readonly firstOffset: number }>(found: T[]): T[] {
  return found.sort((a, b) => a.firstOffset - b.firstOffset)
}
