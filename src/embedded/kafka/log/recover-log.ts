import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '../../../base/crc32c.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { attribute, batchAt } from '../../../wire/record-batch.ts'
import { decodeAborted } from './aborted-index.ts'
import { nextBatchAt, readBatchHeader } from './batch-header.ts'
import { batchWindows } from './batch-windows.ts'
import { finishSwap } from './cleaner-swap.ts'
import { LogContents } from './log-contents.ts'
import type { LogPlace } from './log-contents.ts'
import type { LogSettings } from './log-settings.ts'
import { readMarker } from './marker.ts'
import { firstState, readPartitionState } from './partition-state.ts'
import type { PartitionState } from './partition-state.ts'
import { decodeProducers } from './producer-snapshot.ts'
import { ProducerWindows } from './producer-windows.ts'
import { readAtStartBytes } from './save-log.ts'
import { Segment } from './segment.ts'
import { cleanedSuffix, deletedSuffix, offsetOfName, segmentPath, segmentSuffixes, snapshotSuffix } from './segment-names.ts'

/** What a clean shutdown left behind: when the files are still these, nothing is read again. */
export interface CleanPartition {
  readonly logEndOffset: number
  /** Size of each segment's log by its name. */
  readonly sizes: Readonly<Record<string, number>>
}

interface Found {
  readonly baseOffset: number
  readonly sizeBytes: number
  readonly lastWriteMs: number
}

/**
 * Opens a partition's directory, whatever state a crash has left it in. What was synced is trusted;
 * the rest is read batch by batch, and cut off where it is no longer whole: at a short header, a
 * wrong length, format or checksum, or an offset that is not the next.
 */
export async function recoverLog(place: LogPlace, settings: LogSettings, clean: CleanPartition | undefined, clock: Clock, logger: Logger): Promise<LogContents> {
  const known = await readPartitionState(place.directory)
  const state = await finishSwap(place, known ?? firstState)
  await removeLeftovers(place)
  const found = await findSegments(place.directory)
  const snapshot = await newestSnapshot(place.directory, clean?.logEndOffset ?? state.recoveryPoint)
  const recovery = new Recovery(place, settings, state, known !== undefined, found, clock.now(), logger)
  try {
    // A log that never had a record has no snapshot.
    const producers = snapshot?.offset === clean?.logEndOffset ? snapshot?.producers : clean?.logEndOffset === 0 ? [] : undefined
    const isTrusted = clean !== undefined && producers !== undefined && sameFiles(found, clean) && await recovery.trustAll(clean.logEndOffset, producers)
    if (!isTrusted) await recovery.readFrom(snapshot)
    return recovery.contents(isTrusted)
  } catch (thrown) {
    await recovery.letGo()
    throw thrown
  }
}

interface Snapshot {
  readonly offset: number
  readonly producers: NonNullable<ReturnType<typeof decodeProducers>>
}

class Recovery {
  readonly #place: LogPlace
  readonly #settings: LogSettings
  readonly #state: PartitionState
  readonly #found: readonly Found[]
  readonly #nowMs: number
  readonly #logger: Logger
  #segments: Segment[] = []
  #producers = new ProducerWindows()
  #end = 0
  /** Only the cleaner leaves gaps between batches; elsewhere a higher offset is a wrong one, which the checksum does not cover. */
  readonly #gapsBefore: number

  constructor(place: LogPlace, settings: LogSettings, state: PartitionState, isKnown: boolean, found: readonly Found[], nowMs: number, logger: Logger) {
    this.#place = place
    this.#settings = settings
    this.#state = state
    this.#found = found
    this.#gapsBefore = isKnown ? state.cleanedOffset : Infinity
    this.#nowMs = nowMs
    this.#logger = logger
  }

  contents(isTrusted: boolean): LogContents {
    const start = Math.max(this.#state.logStartOffset, this.#segments[0]!.baseOffset)
    const state = { ...this.#state, logStartOffset: start, recoveryPoint: Math.min(this.#state.recoveryPoint, this.#end) }
    return new LogContents(this.#place, this.#segments, this.#end, this.#producers, state, isTrusted || this.#end === 0)
  }

  /** False when an index is missing or the last segment damaged: then the segments are read. */
  async trustAll(logEndOffset: number, producers: Snapshot['producers']): Promise<boolean> {
    const segments: Segment[] = []
    for (const { baseOffset, sizeBytes, lastWriteMs } of this.#found) {
      const segment = this.#segment(baseOffset)
      segment.lastWriteMs = lastWriteMs
      const isRead = baseOffset === this.#found.at(-1)!.baseOffset && sizeBytes <= readAtStartBytes
      if (!(isRead ? await this.#isWhole(segment, sizeBytes, logEndOffset) : await segment.openIndex(sizeBytes)) || !await readAborted(segment)) return false
      segments.push(segment)
    }
    if (segments.length === 0) return false
    this.#segments = segments
    this.#producers.restore(producers)
    this.#end = logEndOffset
    return true
  }

  /** Reads a segment for its index. */
  async #isWhole(segment: Segment, sizeBytes: number, endOffset: number): Promise<boolean> {
    this.#end = segment.baseOffset
    try {
      if (sizeBytes > 0) await this.#read(segment, sizeBytes, Infinity)
    } finally {
      await segment.file.closeWhenIdle()
    }
    return segment.sizeBytes === sizeBytes && this.#end === endOffset
  }

  async readFrom(snapshot: Snapshot | undefined): Promise<void> {
    const from = snapshot === undefined ? 0 : snapshot.offset
    this.#end = 0
    if (snapshot !== undefined) this.#producers.restore(snapshot.producers)
    const found = this.#found
    let cut = false
    for (const [i, { baseOffset, sizeBytes, lastWriteMs }] of found.entries()) {
      const segment = this.#segment(baseOffset)
      segment.lastWriteMs = lastWriteMs
      if (cut) {
        this.#logger.warn('a segment behind a damaged one is dropped', { file: segment.file.path, bytes: sizeBytes })
        await removeSegment(this.#place, baseOffset)
        continue
      }
      const next = found[i + 1]?.baseOffset
      this.#segments.push(segment)
      if (next !== undefined && next <= from) {
        if (!await readAborted(segment)) return this.#readAnew()
        if (await segment.openIndex(sizeBytes)) {
          this.#end = next
          continue
        }
      }
      this.#end = Math.max(this.#end, baseOffset)
      await this.#read(segment, sizeBytes, from)
      if (segment.sizeBytes === sizeBytes) {
        // Compaction may have taken the last records of a segment.
        if (next !== undefined && next <= this.#state.recoveryPoint) {
          this.#end = next
          await segment.writeIndexes()
        }
        continue
      }
      if (next !== undefined && next <= this.#state.recoveryPoint) {
        // No crash tears what was synced, so what follows is as good as it was.
        this.#logger.error('a segment is damaged; the records behind the damage, up to the next segment, are lost', { file: segment.file.path, offset: this.#end })
        this.#end = next
        continue
      }
      this.#logger.warn('a log is cut off where its batches are no longer whole', { file: segment.file.path, offset: this.#end, bytes: sizeBytes - segment.sizeBytes })
      await segment.file.use((file) => file.truncate(segment.sizeBytes))
      cut = true
    }
    await this.#settle()
  }

  async letGo(): Promise<void> {
    for (const segment of this.#segments) await segment.file.closeWhenIdle()
    this.#segments = []
  }

  /** What was rolled back can only be told from all there is. */
  async #readAnew(): Promise<void> {
    await this.letGo()
    this.#producers = new ProducerWindows()
    await this.readFrom(undefined)
  }

  /** Takes the whole batches of a segment, those before `producersFrom` only for its index. */
  async #read(segment: Segment, sizeBytes: number, producersFrom: number): Promise<void> {
    const intervalBytes = this.#settings.indexIntervalBytes
    await segment.file.use(async (file) => {
      for await (const { bytes } of batchWindows(file, 0, sizeBytes)) {
        for (let at = 0; at < bytes.length; at = nextBatchAt(bytes, at)) {
          const end = nextBatchAt(bytes, at)
          if (!isIntact(bytes, at, end)) return
          const header = readBatchHeader(bytes, at)
          const isNext = header.baseOffset === this.#end || (header.baseOffset > this.#end && header.baseOffset < this.#gapsBefore)
          if (!isNext || header.lastOffset < header.baseOffset || header.lastOffset - segment.baseOffset >= 2 ** 31) return
          if (header.baseOffset >= producersFrom && header.producerId >= 0) {
            if ((header.attributes & attribute.control) === 0) this.#producers.take(header, this.#nowMs)
            else {
              const marker = readMarker(bytes, at, end)
              const aborted = marker === undefined ? undefined : this.#producers.end(header, marker.outcome, marker.coordinatorEpoch, this.#nowMs)
              if (aborted !== undefined) segment.aborted.push(aborted)
            }
          }
          segment.add(header, intervalBytes)
          this.#end = header.lastOffset + 1
        }
      }
    })
    this.#producers.settle()
  }

  async #settle(): Promise<void> {
    const start = this.#state.logStartOffset
    if (this.#end < start || this.#segments.length === 0) {
      // The end of the log was lost, and with it all that was not deleted.
      for (const segment of this.#segments) await removeSegment(this.#place, segment.baseOffset)
      const segment = this.#segment(start)
      this.#segments = [segment]
      await segment.file.create()
      this.#end = start
    } else {
      // What was read may be served from now on: it must not vanish in a power cut.
      await this.#segments.at(-1)!.file.use((file) => file.sync())
    }
    for (const name of await readdir(this.#place.directory)) {
      // Of offsets that will be given anew.
      if ((offsetOfName(name, snapshotSuffix) ?? 0) > this.#end) await this.#place.disk.remove(join(this.#place.directory, name))
    }
    await this.#place.disk.syncDirectory(this.#place.directory)
  }

  #segment(baseOffset: number): Segment {
    return new Segment({ ...this.#place, baseOffset })
  }
}

function isIntact(bytes: Buffer, at: number, end: number): boolean {
  return bytes[at + batchAt.magic] === 2 && crc32c(bytes.subarray(at + batchAt.attributes, end)) === bytes.readUInt32BE(at + batchAt.crc)
}

async function findSegments(directory: string): Promise<Found[]> {
  const found: Found[] = []
  for (const name of await readdir(directory)) {
    const baseOffset = offsetOfName(name, '.log')
    if (baseOffset === undefined) continue
    const { size, mtimeMs } = await stat(join(directory, name))
    found.push({ baseOffset, sizeBytes: size, lastWriteMs: mtimeMs })
  }
  return found.sort((a, b) => a.baseOffset - b.baseOffset)
}

function sameFiles(found: readonly Found[], { sizes }: CleanPartition): boolean {
  return found.length === Object.keys(sizes).length && found.every(({ baseOffset, sizeBytes }) => sizes[baseOffset] === sizeBytes)
}

/** The newest whole snapshot that is not beyond the offset. */
async function newestSnapshot(directory: string, highest: number): Promise<Snapshot | undefined> {
  const offsets = (await readdir(directory)).map((name) => offsetOfName(name, snapshotSuffix)).filter((offset) => offset !== undefined && offset <= highest)
  for (const offset of offsets.sort((a, b) => b! - a!)) {
    const producers = decodeProducers(await readFile(segmentPath(directory, offset!, snapshotSuffix)))
    if (producers !== undefined) return { offset: offset!, producers }
  }
  return undefined
}

/** False when there is an index of aborted transactions that cannot be read. */
async function readAborted(segment: Segment): Promise<boolean> {
  let bytes: Buffer
  try {
    bytes = await readFile(segment.pathOf('.txnindex'))
  } catch {
    return true
  }
  const ranges = decodeAborted(bytes)
  if (ranges === undefined) return false
  segment.aborted.push(...ranges)
  return true
}

async function removeLeftovers({ directory, disk }: LogPlace): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith(deletedSuffix) || name.endsWith(cleanedSuffix) || name.endsWith('.tmp')) await disk.remove(join(directory, name))
  }
}

async function removeSegment({ directory, disk }: LogPlace, baseOffset: number): Promise<void> {
  for (const suffix of segmentSuffixes) await disk.remove(segmentPath(directory, baseOffset, suffix))
}
