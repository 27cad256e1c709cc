import { attribute } from '../../../wire/record-batch.ts'
import { recordTimestamp } from '../../../wire/record-fields.ts'
import type { BatchHeader } from './batch-header.ts'
import { openRecords } from './client-batch.ts'
import type { LogContents } from './log-contents.ts'
import type { Segment } from './segment.ts'

export interface TimedOffset {
  readonly offset: number
  readonly timestamp: number
}

/** The first record, from the log's start on, that is not older. */
export async function offsetForTimestamp(log: LogContents, time: number): Promise<TimedOffset | undefined> {
  for (const segment of log.segments) {
    if (segment.maxTimestamp < time || log.endOf(log.segments.indexOf(segment)) <= log.logStartOffset) continue
    let from = Math.max(await segment.offsetBeforeTime(time), log.logStartOffset)
    for (;;) {
      const batch = await segment.findBatch(from, ({ maxTimestamp, count }) => maxTimestamp >= time && count > 0)
      if (batch === undefined) break
      const found = recordIn(batch.bytes, batch.header, log.logStartOffset, (timestamp) => timestamp >= time)
      if (found !== undefined) return found
      from = batch.header.lastOffset + 1
    }
  }
  return undefined
}

/** The first of the records with the greatest timestamp. */
export async function offsetOfMaxTimestamp(log: LogContents): Promise<TimedOffset | undefined> {
  let newest: Segment | undefined
  for (const segment of log.segments) {
    if (segment.maxTimestamp >= 0 && segment.maxTimestamp > (newest?.maxTimestamp ?? -1)) newest = segment
  }
  if (newest === undefined) return undefined
  const { maxTimestamp } = newest
  const batch = await newest.findBatch(newest.maxTimestampOffset, (header) => header.maxTimestamp === maxTimestamp && header.count > 0)
  return batch === undefined ? undefined : recordIn(batch.bytes, batch.header, log.logStartOffset, (timestamp) => timestamp >= maxTimestamp)
}

function recordIn(bytes: Buffer, header: BatchHeader, from: number, fits: (timestamp: number) => boolean): TimedOffset | undefined {
  const columns = openRecords(bytes, header)
  const byAppend = (header.attributes & attribute.appendTime) !== 0
  for (let i = 0; i < columns.count; i++) {
    const offset = header.baseOffset + columns.offsetDelta[i]!
    const timestamp = byAppend ? header.maxTimestamp : recordTimestamp(columns.bytes, columns.recordAt[i]!, header.baseTimestamp)
    if (offset >= from && fits(timestamp)) return { offset, timestamp }
  }
  return undefined
}
