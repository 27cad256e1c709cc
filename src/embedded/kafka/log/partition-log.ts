import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { Refusal } from '../refusal.ts'
import { AppendQueue } from './append-queue.ts'
import type { Appended, AppendOptions } from './append-queue.ts'
import type { LogContents, LogPlace } from './log-contents.ts'
import type { LogSettings } from './log-settings.ts'
import type { ProducerEntry } from './producer-windows.ts'
import { availableBytes, readLog } from './read-log.ts'
import type { Isolation, LogRead, LogSlice } from './read-log.ts'
import { LogCleaner } from './log-cleaner.ts'
import { recoverLog } from './recover-log.ts'
import type { CleanPartition } from './recover-log.ts'
import { expiredSegments } from './retention.ts'
import { rollSegment } from './roll-segment.ts'
import { saveLog } from './save-log.ts'
import type { Segment } from './segment.ts'
import { offsetForTimestamp, offsetOfMaxTimestamp } from './time-search.ts'
import type { TimedOffset } from './time-search.ts'

export interface PartitionLogOptions {
  readonly topic: string
  readonly partition: number
  readonly place: LogPlace
  readonly settings: () => LogSettings
  readonly clock: Clock
  readonly logger: Logger
  /** From the last clean shutdown, if there was one. */
  readonly clean?: CleanPartition | undefined
}

/**
 * One partition: records in the order they were taken, each at its offset for ever. All of it below
 * the log end is written and can be read; whether it survives a power cut is for the flush settings.
 * A killed process loses nothing that was acknowledged.
 */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly #log: LogContents
  readonly #settings: () => LogSettings
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #queue: AppendQueue
  readonly #listeners = new Set<() => void>()
  readonly #cleaner: LogCleaner
  #cleaning: Promise<void> | undefined
  /** Out of force, and waiting for their files to be removed. */
  readonly #discarded = new Map<Segment, Timer>()
  #ended: Refusal | undefined

  private constructor({ topic, partition, settings, clock, logger }: PartitionLogOptions, log: LogContents) {
    this.topic = topic
    this.partition = partition
    this.#log = log
    this.#settings = settings
    this.#clock = clock
    this.#logger = logger
    this.#queue = new AppendQueue(log, settings, clock, logger, () => this.#advanced())
    this.#cleaner = new LogCleaner({ log, settings, logger, isEnded: () => this.#ended !== undefined, discard: (segment) => this.#discard(segment) })
  }

  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const { place, settings, clean, clock } = options
    const logger = options.logger.child({ partition: `${options.topic}/${options.partition}` })
    return new PartitionLog({ ...options, logger }, await recoverLog(place, settings(), clean, clock, logger))
  }

  /** First offset that can be read. */
  get logStartOffset(): number {
    return this.#log.logStartOffset
  }

  /** Offset of the next record; also the high watermark, as there are no other replicas. */
  get logEndOffset(): number {
    return this.#log.logEndOffset
  }

  /** First offset of the oldest open transaction, or the log end. */
  get lastStableOffset(): number {
    return this.#log.lastStableOffset
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes
  }

  /**
   * Takes one whole batch as received, in the order of the calls. The bytes are not changed and not
   * kept after the promise settles. Rejects with a Refusal when the batch is not taken.
   */
  append(batch: Buffer, options: AppendOptions = {}): Promise<Appended> {
    return this.#queue.append(batch, options)
  }

  /** Ends a producer's transaction here; Refusal INVALID_PRODUCER_EPOCH when the producer has gone on. */
  async appendMarker(outcome: 'commit' | 'abort', producer: { readonly id: number; readonly epoch: number }, coordinatorEpoch: number): Promise<void> {
    await this.#queue.append({ outcome, producer, coordinatorEpoch }, {})
  }

  /** Rejects with Refusal OFFSET_OUT_OF_RANGE outside of the log. */
  async read(read: LogRead): Promise<LogSlice> {
    this.#refuseWhenEnded()
    return readLog(this.#log, read)
  }

  /** What there is to read from an offset on: an estimate that needs no disk, 0 only when there is nothing. */
  availableBytes(offset: number, isolation: Isolation): number {
    return availableBytes(this.#log, offset, isolation)
  }

  /** The first record whose timestamp is not less. */
  async offsetForTimestamp(ms: number): Promise<TimedOffset | undefined> {
    this.#refuseWhenEnded()
    return offsetForTimestamp(this.#log, ms)
  }

  async offsetOfMaxTimestamp(): Promise<TimedOffset | undefined> {
    this.#refuseWhenEnded()
    return offsetOfMaxTimestamp(this.#log)
  }

  /** Called when the log end, the last stable offset or the log start has moved, and when the log is closed or deleted. Answers how to be left alone. */
  onAdvance(listener: () => void): () => void {
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  activeProducers(): ProducerEntry[] {
    return [...this.#log.producers.entries()]
  }

  /** First offset of the producer's open transaction here. */
  openTransaction(producerId: number): number | undefined {
    const start = this.#log.producers.get(producerId)?.transactionStart ?? -1
    return start < 0 ? undefined : start
  }

  /** Moves the log start, on the disk when it resolves with the new one; -1 stands for the log end. Never moves it back. */
  async deleteRecordsBefore(offset: number): Promise<number> {
    this.#refuseWhenEnded()
    if (!this.#settings().cleanupPolicy.delete) throw new Refusal('POLICY_VIOLATION', 'records of a topic that is only compacted cannot be deleted; set cleanup.policy to delete or compact,delete')
    const end = this.#log.logEndOffset
    const wanted = offset === -1 ? end : offset
    if (!(wanted >= 0 && wanted <= end)) throw new Refusal('OFFSET_OUT_OF_RANGE', `offset ${offset} is not in the log, which ends at ${end}`)
    if (wanted > this.#log.logStartOffset) {
      await this.#log.changeState({ logStartOffset: wanted })
      this.#advanced()
      await this.enforceRetention(this.#clock.now())
    }
    return this.#log.logStartOffset
  }

  /** Removes what is too old or too much, forgets producers that are gone, and lets go of what has not been used since the last call. */
  async enforceRetention(nowMs: number): Promise<void> {
    await this.#log.changes.run(async () => {
      if (this.#ended !== undefined) return
      const settings = this.#settings()
      const log = this.#log
      log.producers.expire(nowMs - settings.producerIdExpirationMs)
      const ages = log.segments.map((segment, i) => ({ sizeBytes: segment.sizeBytes, lastTimeMs: lastTimeOf(segment), endOffset: log.endOf(i) }))
      let count = expiredSegments(ages, log.logStartOffset, settings, nowMs)
      if (count === log.segments.length) {
        if (log.active.sizeBytes > 0) await rollSegment(log, this.#logger)
        count = Math.min(count, log.segments.length - 1)
      }
      if (count > 0) await this.#drop(count)
      for (const segment of log.segments.slice(0, -1)) await segment.releaseIdle()
    })
  }

  /** Compacts the log, if its settings want that and it is time for it. */
  async clean(nowMs: number): Promise<void> {
    this.#cleaning ??= this.#cleaner.clean(nowMs).finally(() => (this.#cleaning = undefined))
    await this.#cleaning
  }

  /** Waits until the disk has all that was acknowledged. */
  async flush(): Promise<void> {
    await this.#queue.sync()
    await this.#log.aside.idle()
  }

  /** Writes what is outstanding; answers what lets the next start trust the files. Nothing is taken or read after. */
  async close(): Promise<CleanPartition> {
    const reason = new Refusal('NOT_LEADER_OR_FOLLOWER', 'the broker is shutting down')
    await this.#queue.close(reason)
    this.#end(reason)
    await this.#cleaning?.catch(() => {})
    return this.#log.changes.run(async () => {
      const log = this.#log
      await log.aside.idle()
      await saveLog(log)
      await this.#letGo()
      return { logEndOffset: log.logEndOffset, sizes: Object.fromEntries(log.segments.map(({ baseOffset, sizeBytes }) => [baseOffset, sizeBytes])) }
    })
  }

  /** Stops without writing anything: its directory is about to be removed. */
  async abandon(): Promise<void> {
    const reason = new Refusal('UNKNOWN_TOPIC_OR_PARTITION', 'the topic was deleted')
    this.#queue.abandon(reason)
    this.#end(reason)
    await this.#cleaning?.catch(() => {})
    await this.#log.changes.idle()
    await this.#log.aside.idle()
    await this.#letGo()
  }

  async #letGo(): Promise<void> {
    for (const segment of this.#discarded.keys()) await this.#removeFile(segment)
    for (const segment of this.#log.segments) {
      segment.tail.clear()
      await segment.file.closeWhenIdle()
    }
  }

  /** Takes the first segments out of the log; their files go once nobody can still be reading them. */
  async #drop(count: number): Promise<void> {
    const log = this.#log
    const dropped = log.segments.slice(0, count)
    log.segments = log.segments.slice(count)
    const start = Math.max(log.logStartOffset, log.segments[0]!.baseOffset)
    for (const segment of dropped) await this.#remove(segment)
    if (start > log.logStartOffset) {
      log.moveStart(start)
      this.#advanced()
    }
  }

  async #remove(segment: Segment): Promise<void> {
    segment.retire()
    for (const suffix of ['.index', '.timeindex', '.txnindex'] as const) await this.#log.place.disk.remove(segment.pathOf(suffix))
    this.#discard(segment)
  }

  #discard(segment: Segment): void {
    const timer = this.#clock.setTimer(this.#settings().fileDeleteDelayMs, () => void this.#removeFile(segment), false)
    this.#discarded.set(segment, timer)
  }

  async #removeFile(segment: Segment): Promise<void> {
    this.#discarded.get(segment)?.cancel()
    this.#discarded.delete(segment)
    try {
      await segment.file.removeWhenIdle()
    } catch (thrown) {
      this.#logger.warn('a deleted segment stays on the disk until the next start', { file: segment.file.path, cause: thrown })
    }
  }

  #end(reason: Refusal): void {
    this.#ended ??= reason
    this.#advanced()
  }

  #refuseWhenEnded(): void {
    if (this.#ended !== undefined) throw this.#ended
  }

  #advanced(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Of its records, or when they have no time, of its file. */
function lastTimeOf({ maxTimestamp, lastWriteMs }: Segment): number {
  return maxTimestamp >= 0 ? maxTimestamp : lastWriteMs
}
