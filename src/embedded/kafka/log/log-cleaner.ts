import { rmSync } from 'node:fs'
import type { Logger } from '../../../base/logger.ts'
import { AbortedTransactions } from '../../../wire/aborted-transactions.ts'
import { attribute } from '../../../wire/record-batch.ts'
import type { AbortedRange } from './aborted-index.ts'
import { BatchCleaner } from './batch-cleaner.ts'
import { nextBatchAt, readBatchHeader } from './batch-header.ts'
import type { BatchHeader } from './batch-header.ts'
import { batchWindows } from './batch-windows.ts'
import { groupsToClean, segmentsToClean } from './clean-plan.ts'
import { openRecords } from './client-batch.ts'
import { KeyOffsets } from './key-offsets.ts'
import type { LogContents } from './log-contents.ts'
import type { LogSettings } from './log-settings.ts'
import type { Segment } from './segment.ts'
import { segmentSuffixes } from './segment-names.ts'

/** Keys of one pass; what has more is cleaned in several. */
const mostKeys = 500_000
const writeBytes = 1 << 20

export interface LogCleanerHost {
  readonly log: LogContents
  readonly settings: () => LogSettings
  readonly logger: Logger
  readonly isEnded: () => boolean
  /** Takes away the file of a segment that is out of force, some time later. */
  readonly discard: (segment: Segment) => void
}

/**
 * Writes the full segments of a compacted log anew without the records that later ones of the same key
 * have replaced. Offsets stay; the segment appended to is never touched. Appends and reads go on:
 * who reads an old segment reads it to the end.
 */
export class LogCleaner {
  readonly #host: LogCleanerHost

  constructor(host: LogCleanerHost) {
    this.#host = host
  }

  /** One pass, if the settings say that it is time for it. */
  async clean(nowMs: number): Promise<void> {
    const { log, settings, logger } = this.#host
    if (!settings().cleanupPolicy.compact) return
    const segments = await this.#segmentsToClean(nowMs)
    if (segments.length === 0) return
    const { latest, count } = await this.#latestOffsets(segments)
    const chosen = segments.slice(0, count)
    const endOffset = log.segments[log.segments.indexOf(chosen.at(-1)!) + 1]!.baseOffset
    const before = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const cleaner = new BatchCleaner({
      latest,
      aborted: log.segments.flatMap(({ aborted }) => aborted),
      producer: (id) => log.producers.get(id),
      deleteRetentionMs: settings().deleteRetentionMs,
      nowMs,
    })
    let after = 0
    for (const group of groupsToClean(chosen, endOffset, settings())) {
      const groupEnd = log.segments[log.segments.indexOf(group.at(-1)!) + 1]?.baseOffset
      const written = await this.#writeGroup(group, cleaner)
      if (written === undefined || groupEnd === undefined || !await this.#swap(group, written, groupEnd)) return
      after += written.sizeBytes
    }
    logger.info('a log was compacted', { to: endOffset, keys: latest.size, bytesBefore: before, bytesAfter: after })
  }

  async #segmentsToClean(nowMs: number): Promise<readonly Segment[]> {
    const { log, settings } = this.#host
    const full = log.segments.slice(0, -1)
    const endOffset = log.active.baseOffset
    const seen = []
    for (const [i, segment] of full.entries()) {
      segment.firstTimestamp ??= (await segment.findBatch(segment.baseOffset, () => true))?.header.maxTimestamp ?? -1
      seen.push({
        baseOffset: segment.baseOffset,
        endOffset: full[i + 1]?.baseOffset ?? endOffset,
        sizeBytes: segment.sizeBytes,
        firstTimestamp: segment.firstTimestamp,
        maxTimestamp: segment.maxTimestamp,
      })
    }
    return full.slice(0, segmentsToClean(seen, log.state.cleanedOffset, log.lastStableOffset, settings(), nowMs))
  }

  /** The last offset of each key in what was not cleaned yet, of as many whole segments as there is room for. */
  async #latestOffsets(segments: readonly Segment[]): Promise<{ readonly latest: KeyOffsets; readonly count: number }> {
    const { log } = this.#host
    const { cleanedOffset } = log.state
    const latest = new KeyOffsets()
    const aborted = new AbortedTransactions(log.segments
      .flatMap((segment) => segment.aborted.filter(({ lastOffset }) => lastOffset >= cleanedOffset))
      .map(({ producerId, firstOffset }) => ({ producerId: BigInt(producerId), firstOffset })))
    const clean = segments.filter(({ baseOffset }) => baseOffset < cleanedOffset).length
    for (let count = clean; count < segments.length; count++) {
      if (count > clean && latest.size >= mostKeys) return { latest, count }
      await this.#eachBatch(segments[count]!, (batch, header) => {
        if (aborted.covers(batch, 0) || (header.attributes & attribute.control) !== 0 || header.count === 0) return
        const columns = openRecords(batch, header)
        for (let i = 0; i < columns.count; i++) {
          const key = columns.keyAt[i]!
          if (columns.keyLength[i]! >= 0) latest.set(columns.bytes.subarray(key, key + columns.keyLength[i]!), header.baseOffset + columns.offsetDelta[i]!)
        }
      })
    }
    return { latest, count: segments.length }
  }

  /** Undefined when the log has ended meanwhile. */
  async #writeGroup(group: readonly Segment[], cleaner: BatchCleaner): Promise<Segment | undefined> {
    const { log, settings, isEnded } = this.#host
    const cleaned = log.newSegment(group[0]!.baseOffset, true)
    await cleaned.file.create()
    const { indexIntervalBytes } = settings()
    const markers = new Set<number>()
    let parts: Buffer[] = []
    let partsAt = 0
    const flush = async (): Promise<void> => {
      if (parts.length > 0) await cleaned.file.use((file) => file.write(parts, partsAt))
      partsAt = cleaned.sizeBytes
      parts = []
    }
    for (const segment of group) {
      await this.#eachBatch(segment, (batch, header) => {
        const kept = cleaner.clean(batch, header)
        if (kept === undefined) return
        parts.push(kept)
        const written = readBatchHeader(kept, 0)
        if ((written.attributes & attribute.control) !== 0) markers.add(written.lastOffset)
        cleaned.add(written, indexIntervalBytes)
      }, async () => {
        if (cleaned.sizeBytes - partsAt >= writeBytes) await flush()
      })
    }
    await flush()
    if (isEnded()) {
      await cleaned.file.removeWhenIdle()
      return undefined
    }
    // A transaction is aborted as long as its marker is there to end it.
    cleaned.aborted.push(...group.flatMap(({ aborted }): readonly AbortedRange[] => aborted).filter(({ lastOffset }) => markers.has(lastOffset)))
    await cleaned.file.use((file) => file.sync())
    await cleaned.writeIndexes()
    await log.place.disk.syncDirectory(log.place.directory)
    return cleaned
  }

  /** Puts the new segment in the place of the old ones; false when they are no longer there. */
  async #swap(group: readonly Segment[], cleaned: Segment, endOffset: number): Promise<boolean> {
    const { log, isEnded, discard } = this.#host
    return log.changes.run(async () => {
      const first = log.segments.indexOf(group[0]!)
      if (isEnded() || first < 0) {
        await cleaned.file.removeWhenIdle()
        return false
      }
      await log.changeState({
        swap: { baseOffset: cleaned.baseOffset, replaced: group.map(({ baseOffset }) => baseOffset) },
        cleanedOffset: Math.max(log.state.cleanedOffset, endOffset),
      })
      // In one step, so that nobody looks for a file that has the other's name.
      for (const segment of group) {
        segment.retire()
        for (const suffix of segmentSuffixes) if (suffix !== '.log') rmSync(segment.pathOf(suffix), { force: true })
      }
      cleaned.takeNames()
      log.segments = [...log.segments.slice(0, first), cleaned, ...log.segments.slice(first + group.length)]
      for (const segment of group) discard(segment)
      await log.place.disk.syncDirectory(log.place.directory)
      await log.changeState({ swap: undefined })
      return true
    })
  }

  async #eachBatch(segment: Segment, visit: (batch: Buffer, header: BatchHeader) => void, pause: () => Promise<void> = async () => {}): Promise<void> {
    await segment.file.use(async (file) => {
      let end = 0
      for await (const { bytes, position } of batchWindows(file, 0, segment.sizeBytes)) {
        // Whoever asked for the batches looks whether they were all.
        if (this.#host.isEnded()) return
        for (let at = 0; at < bytes.length;) {
          const next = nextBatchAt(bytes, at)
          const batch = bytes.subarray(at, next)
          visit(batch, readBatchHeader(batch, 0))
          at = next
        }
        end = position + bytes.length
        await pause()
      }
      if (end < segment.sizeBytes) throw new Error(`${segment.file.path} is damaged near byte ${end}`)
    })
  }
}
