import type { LogSettings } from './log-settings.ts'

/** A segment as retention sees it. */
export interface SegmentAge {
  readonly sizeBytes: number
  /** Greatest timestamp of its records, or when it was last written. */
  readonly lastTimeMs: number
  /** Offset after its last possible one. */
  readonly endOffset: number
}

/**
 * How many of a log's segments, from its start on, are to go: those before the log start always, those
 * too old or too much only where old records are deleted. It may be all of them.
 */
export function expiredSegments(segments: readonly SegmentAge[], logStartOffset: number, settings: LogSettings, nowMs: number): number {
  let count = 0
  while (count < segments.length && segments[count]!.endOffset <= logStartOffset) count++
  if (!settings.cleanupPolicy.delete) return count
  const { retentionMs, retentionBytes } = settings
  if (retentionMs >= 0) {
    while (count < segments.length && nowMs - segments[count]!.lastTimeMs > retentionMs) count++
  }
  if (retentionBytes >= 0) {
    let surplus = -retentionBytes
    for (const { sizeBytes } of segments.slice(count)) surplus += sizeBytes
    // The active segment alone is never too much.
    while (count < segments.length - 1 && surplus >= segments[count]!.sizeBytes) surplus -= segments[count++]!.sizeBytes
  }
  return count
}
