import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { attribute, batchAt } from '../../../wire/record-batch.ts'
import { Refusal } from '../refusal.ts'
import type { AbortedRange } from './aborted-index.ts'
import { readBatchHeader, writeInt64 } from './batch-header.ts'
import type { BatchHeader } from './batch-header.ts'
import { checkBatch, checkClientBatch, repacked, stampAppendTime } from './client-batch.ts'
import type { LogContents } from './log-contents.ts'
import type { LogSettings } from './log-settings.ts'
import { encodeMarker } from './marker.ts'
import type { MarkerToWrite } from './marker.ts'
import { rollSegment, segmentIsFull } from './roll-segment.ts'

export interface AppendOptions {
  /** Default true: the rules for what clients may write are applied. */
  readonly fromClient?: boolean
  /** Called before a batch would begin a transaction here; throws Refusal when its coordinator knows of none. */
  readonly verifyTransaction?: (producer: { readonly id: number; readonly epoch: number }) => void
}

export interface Appended {
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1 when the records keep the times of their producer. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /** The batch was here before, from the same producer. */
  readonly duplicate: boolean
}

interface Waiting {
  readonly batch: Buffer | MarkerToWrite
  readonly options: AppendOptions
  readonly resolve: (appended: Appended) => void
  readonly reject: (reason: unknown) => void
}

/** Batches that are written in one go. */
interface Run {
  readonly headers: BatchHeader[]
  readonly aborted: AbortedRange[]
  /** Of the segment's tail. */
  readonly parts: Buffer[]
  readonly answers: (readonly [waiting: Waiting, appended: Appended])[]
  position: number
  nextOffset: number
  records: number
}

const leaderEpoch = 0
/** What a system timer can hold. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Takes batches in the order they come and writes those of one turn of the event loop, and those that
 * came while the disk was busy, with one write and at most one sync. Readers see a batch, and its
 * sender an answer, only after that.
 */
export class AppendQueue {
  readonly #log: LogContents
  readonly #settings: () => LogSettings
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #advanced: () => void
  #waiting: Waiting[] = []
  #scheduled = false
  #closed: Refusal | undefined
  /** After a failed sync nobody knows what the disk has. */
  #failed: Refusal | undefined
  /** A failed write left bytes behind the end of the log. */
  #torn = false
  #unsyncedRecords = 0
  #syncTimer: Timer | undefined

  constructor(log: LogContents, settings: () => LogSettings, clock: Clock, logger: Logger, advanced: () => void) {
    this.#log = log
    this.#settings = settings
    this.#clock = clock
    this.#logger = logger
    this.#advanced = advanced
  }

  append(batch: Buffer | MarkerToWrite, options: AppendOptions): Promise<Appended> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed)
        return
      }
      this.#waiting.push({ batch, options, resolve, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => void this.#log.changes.run(() => this.#writeWaiting()))
    })
  }

  /** Waits until the disk has all that was acknowledged. */
  sync(): Promise<void> {
    return this.#log.changes.run(async () => {
      if (this.#unsyncedRecords > 0) await this.#sync()
    })
  }

  /** What comes from now on is refused; what waits is written when it resolves. */
  async close(reason: Refusal): Promise<void> {
    this.#closed ??= reason
    await this.#log.changes.run(() => this.#writeWaiting())
    this.#syncTimer?.cancel()
  }

  /** What waits is refused as well. */
  abandon(reason: Refusal): void {
    this.#closed ??= reason
    this.#syncTimer?.cancel()
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
  }

  async #writeWaiting(): Promise<void> {
    this.#scheduled = false
    const group = this.#waiting
    this.#waiting = []
    let run = this.#newRun()
    for (const waiting of group) {
      try {
        const batch = this.#checked(waiting, run)
        if (this.#failed !== undefined) throw this.#failed
        if (segmentIsFull(this.#log.active, run.position, run.nextOffset, batch, this.#settings(), this.#clock.now())) {
          await this.#write(run)
          if (this.#torn) throw new Error('a full segment still has the rest of a failed write')
          await rollSegment(this.#log, this.#logger)
          run = this.#newRun()
        }
        this.#place(waiting, batch, run)
      } catch (thrown) {
        waiting.reject(thrown instanceof Refusal ? thrown : this.#storageError(thrown))
      }
    }
    await this.#write(run)
  }

  #newRun(): Run {
    return { headers: [], aborted: [], parts: [], answers: [], position: this.#log.active.sizeBytes, nextOffset: this.#log.logEndOffset, records: 0 }
  }

  /** The bytes to store, but for offset and time. */
  #checked({ batch, options }: Waiting, run: Run): Buffer {
    if (!Buffer.isBuffer(batch)) return encodeMarker(batch, run.nextOffset, this.#clock.now())
    const header = checkBatch(batch)
    if (options.fromClient === false) return batch
    const settings = this.#settings()
    const records = checkClientBatch(batch, header, settings, this.#clock.now())
    return records === undefined ? batch : repacked(batch, records, header, settings.compressionType)
  }

  #place(waiting: Waiting, bytes: Buffer, run: Run): void {
    const { producers, active } = this.#log
    const { batch, options } = waiting
    const isMarker = !Buffer.isBuffer(batch)
    const settings = this.#settings()
    const byAppendTime = settings.messageTimestampType === 'LogAppendTime' && !isMarker
    const nowMs = this.#clock.now()
    const received = readBatchHeader(bytes, 0)
    if (isMarker) producers.checkEpoch(batch.producer.id, batch.producer.epoch)
    else if (received.producerId >= 0) {
      const repeated = producers.check(received)
      if (repeated !== undefined) {
        this.#answer(run, waiting, repeated.firstOffset, repeated.lastOffset, byAppendTime ? repeated.timestamp : -1, true)
        return
      }
      if (isTransactional(received) && (producers.get(received.producerId)?.transactionStart ?? -1) < 0) {
        options.verifyTransaction?.({ id: received.producerId, epoch: received.producerEpoch })
      }
    }
    const stored = active.tail.append(bytes, run.position)
    writeInt64(stored, run.nextOffset, batchAt.baseOffset)
    stored.writeInt32BE(leaderEpoch, batchAt.leaderEpoch)
    if (byAppendTime) stampAppendTime(stored, nowMs)
    const header = readBatchHeader(stored, 0)
    if (isMarker) {
      const aborted = producers.end(header, batch.outcome, batch.coordinatorEpoch, nowMs)
      if (aborted !== undefined) run.aborted.push(aborted)
    } else if (header.producerId >= 0) producers.take(header, nowMs)
    run.headers.push(header)
    run.position += stored.length
    run.nextOffset = header.lastOffset + 1
    run.records += header.count
    addPart(run.parts, stored)
    this.#answer(run, waiting, header.baseOffset, header.lastOffset, byAppendTime ? nowMs : -1, false)
  }

  #answer(run: Run, waiting: Waiting, baseOffset: number, lastOffset: number, logAppendTimeMs: number, duplicate: boolean): void {
    run.answers.push([waiting, { baseOffset, lastOffset, logAppendTimeMs, logStartOffset: this.#log.logStartOffset, duplicate }])
  }

  async #write(run: Run): Promise<void> {
    if (run.headers.length > 0) {
      try {
        await this.#writeDown(run)
      } catch (thrown) {
        await this.#takeBack(run, thrown)
        return
      }
      this.#publish(run)
    }
    for (const [{ resolve }, appended] of run.answers) resolve(appended)
    if (run.headers.length > 0) this.#advanced()
  }

  async #writeDown(run: Run): Promise<void> {
    const { active } = this.#log
    const unsynced = this.#unsyncedRecords + run.records
    await active.file.use(async (file) => {
      if (this.#torn) await file.truncate(active.sizeBytes)
      this.#torn = false
      await file.write(run.parts, active.sizeBytes)
    })
    this.#unsyncedRecords = unsynced
    if (unsynced >= this.#settings().flushMessages) await this.#sync()
    else this.#syncLater()
  }

  #publish(run: Run): void {
    const { active } = this.#log
    const { indexIntervalBytes } = this.#settings()
    for (const header of run.headers) active.add(header, indexIntervalBytes)
    active.aborted.push(...run.aborted)
    active.lastWriteMs = this.#clock.now()
    this.#log.advance(run.nextOffset)
  }

  /** As if the run had never come. */
  async #takeBack(run: Run, cause: unknown): Promise<void> {
    const { active, producers } = this.#log
    producers.undo()
    active.tail.truncate(active.sizeBytes)
    this.#torn = true
    const refusal = this.#storageError(cause)
    try {
      await active.file.use((file) => file.truncate(active.sizeBytes))
      this.#torn = false
    } catch (thrown) {
      this.#logger.warn('the rest of a failed write stays in the file until the next', { file: active.file.path, cause: thrown })
    }
    for (const [{ reject }] of run.answers) reject(refusal)
  }

  async #sync(): Promise<void> {
    this.#syncTimer?.cancel()
    this.#syncTimer = undefined
    try {
      await this.#log.active.file.use((file) => file.sync())
      this.#unsyncedRecords = 0
    } catch (thrown) {
      // What the system could not write it forgets: a later sync would succeed without it.
      this.#failed = this.#storageError(thrown)
      throw thrown
    }
  }

  #syncLater(): void {
    const { flushMs } = this.#settings()
    if (this.#syncTimer !== undefined || flushMs > longestTimerMs) return
    this.#syncTimer = this.#clock.setTimer(flushMs, () => {
      this.#syncTimer = undefined
      // A failure is logged, and met by the next append.
      this.sync().catch(() => {})
    }, false)
  }

  #storageError(cause: unknown): Refusal {
    this.#logger.error('a log cannot be written', { file: this.#log.active.file.path, cause })
    return new Refusal('KAFKA_STORAGE_ERROR', `the broker cannot write the log: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function isTransactional({ attributes }: BatchHeader): boolean {
  return (attributes & attribute.transactional) !== 0
}

/** Neighbours in memory become one part. */
function addPart(parts: Buffer[], part: Buffer): void {
  const last = parts.at(-1)
  if (last !== undefined && last.buffer === part.buffer && last.byteOffset + last.length === part.byteOffset) {
    parts[parts.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + part.length)
  } else parts.push(part)
}
