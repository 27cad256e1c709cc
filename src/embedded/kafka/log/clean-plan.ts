import type { LogSettings } from './log-settings.ts'

/** A full segment as the cleaner sees it. */
export interface SegmentToClean {
  readonly baseOffset: number
  readonly endOffset: number
  readonly sizeBytes: number
  /** Greatest timestamp of its first batch. */
  readonly firstTimestamp: number
  readonly maxTimestamp: number
}

/** How many of the full segments, from the log's start on, are to be cleaned; 0 when it is not worth it yet. */
export function segmentsToClean(full: readonly SegmentToClean[], cleanedOffset: number, stableOffset: number, settings: LogSettings, nowMs: number): number {
  let count = 0
  let cleanBytes = 0
  let dirtyBytes = 0
  let isOverdue = false
  for (const { baseOffset, endOffset, sizeBytes, firstTimestamp, maxTimestamp } of full) {
    if (endOffset > stableOffset) break
    if (baseOffset < cleanedOffset) cleanBytes += sizeBytes
    else {
      if (settings.minCompactionLagMs > 0 && maxTimestamp > nowMs - settings.minCompactionLagMs) break
      dirtyBytes += sizeBytes
      isOverdue ||= firstTimestamp >= 0 && firstTimestamp < nowMs - settings.maxCompactionLagMs
    }
    count++
  }
  if (dirtyBytes === 0) return 0
  return isOverdue || dirtyBytes / (cleanBytes + dirtyBytes) >= settings.minCleanableDirtyRatio ? count : 0
}

/** Neighbours that fit into one segment come together. */
export function groupsToClean<S extends { readonly baseOffset: number; readonly sizeBytes: number }>(segments: readonly S[], endOffset: number, { segmentBytes, segmentIndexBytes, indexIntervalBytes }: LogSettings): S[][] {
  // An index that is full ends a segment too.
  const mostBytes = Math.min(segmentBytes, Math.floor(segmentIndexBytes / 12) * Math.max(1, indexIntervalBytes))
  const groups: S[][] = []
  let bytes = 0
  for (const [i, segment] of segments.entries()) {
    const group = groups.at(-1)
    const end = segments[i + 1]?.baseOffset ?? endOffset
    bytes += segment.sizeBytes
    if (group !== undefined && bytes <= mostBytes && end - group[0]!.baseOffset < 2 ** 31) group.push(segment)
    else {
      groups.push([segment])
      bytes = segment.sizeBytes
    }
  }
  return groups
}
