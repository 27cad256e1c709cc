import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../../base/logger.ts'
import { readBatchHeader } from './batch-header.ts'
import type { LogContents } from './log-contents.ts'
import type { LogSettings } from './log-settings.ts'
import { encodeProducers } from './producer-snapshot.ts'
import type { Segment } from './segment.ts'
import { offsetOfName, segmentPath, snapshotSuffix } from './segment-names.ts'
import { writeFileDurably } from './write-file-durably.ts'

/** Offsets in an index are 32 bits wide. */
const mostOffsets = 2 ** 31 - 1

/** Whether the batch, which would come to lie at `position`, begins a new segment. */
export function segmentIsFull(active: Segment, position: number, offset: number, batch: Buffer, settings: LogSettings, nowMs: number): boolean {
  if (position === 0) return false
  if (position + batch.length > settings.segmentBytes) return true
  const { lastOffset, baseOffset, maxTimestamp } = readBatchHeader(batch, 0)
  if (offset + (lastOffset - baseOffset) - active.baseOffset > mostOffsets) return true
  if (active.indexIsFull(settings.segmentIndexBytes)) return true
  const longestMs = settings.cleanupPolicy.compact ? Math.min(settings.segmentMs, settings.maxCompactionLagMs) : settings.segmentMs
  const { firstTimestamp } = active
  if (firstTimestamp === undefined || firstTimestamp < 0) return false
  return (settings.messageTimestampType === 'LogAppendTime' ? nowMs : maxTimestamp) - firstTimestamp > longestMs
}

/** Begins a new segment at the end of the log; nothing may be on its way into the old one. */
export async function rollSegment(log: LogContents, logger: Logger): Promise<void> {
  const full = log.active
  if (full.sizeBytes === 0) return
  const next = log.newSegment(log.logEndOffset)
  try {
    await next.file.create()
    await log.place.disk.syncDirectory(log.place.directory)
  } catch (thrown) {
    await next.file.closeWhenIdle()
    throw thrown
  }
  log.segments = [...log.segments, next]
  log.isSaved = false
  const producers = encodeProducers(log.producers.entries())
  log.aside.run(() => bringToDisk(log, producers, next.baseOffset)).catch((thrown: unknown) => {
    logger.warn('a full segment is not on the disk for certain; a restart after a crash reads it again', { file: full.file.path, cause: thrown })
  })
}

/** Syncs all before the offset, which is where a segment or the log ends, so that recovery begins there, with the producers as they were. */
export async function bringToDisk(log: LogContents, producers: Buffer, offset: number): Promise<void> {
  const { directory, disk } = log.place
  for (const [i, segment] of log.segments.entries()) {
    if (segment.baseOffset >= offset) break
    // One that could not be synced when it was full comes with the next.
    if (log.endOf(i) <= log.state.recoveryPoint && segment !== log.active) continue
    await segment.file.use((file) => file.sync())
    await segment.writeIndexes()
  }
  await writeFileDurably(disk, segmentPath(directory, offset, snapshotSuffix), producers)
  await log.changeState({ recoveryPoint: offset })
  for (const name of await readdir(directory)) {
    const other = offsetOfName(name, snapshotSuffix)
    if (other !== undefined && other < offset) await disk.remove(join(directory, name))
  }
}
