import { Segment } from './segment.ts'
import type { SegmentPlace } from './segment.ts'
import { writePartitionState } from './partition-state.ts'
import type { PartitionState } from './partition-state.ts'
import { ProducerWindows } from './producer-windows.ts'
import { SerialTasks } from './serial-tasks.ts'

/** Where a log lives. */
export type LogPlace = Omit<SegmentPlace, 'baseOffset'>

/** What a partition's log consists of, for those who append, read, delete and clean. */
export class LogContents {
  readonly place: LogPlace
  readonly producers: ProducerWindows
  /** What changes the end of the log or its set of segments, one at a time. */
  readonly changes = new SerialTasks()
  /** In the order of their base offsets, never empty; the last is appended to. */
  segments: readonly Segment[]
  #logEndOffset: number
  #lastStableOffset: number
  #state: PartitionState
  /** What follows from changes and need not hold them up. */
  readonly aside = new SerialTasks()
  readonly #writes = new SerialTasks()
  /** The files say all there is to say, so that a start can trust them as they are. */
  isSaved: boolean
  #hasMovedStart = false

  constructor(place: LogPlace, segments: readonly Segment[], logEndOffset: number, producers: ProducerWindows, state: PartitionState, isSaved: boolean) {
    this.place = place
    this.segments = segments
    this.producers = producers
    this.#logEndOffset = logEndOffset
    this.#lastStableOffset = producers.firstOpenOffset ?? logEndOffset
    this.#state = state
    this.isSaved = isSaved
  }

  get active(): Segment {
    return this.segments[this.segments.length - 1]!
  }

  get state(): PartitionState {
    return this.#state
  }

  get logStartOffset(): number {
    return this.#state.logStartOffset
  }

  /** Everything before it is written, and readable. */
  get logEndOffset(): number {
    return this.#logEndOffset
  }

  /** Everything before it belongs to no transaction, or to one that ended. */
  get lastStableOffset(): number {
    return this.#lastStableOffset
  }

  /** The producers' last changes, and all before the offset, are written. */
  advance(logEndOffset: number): void {
    this.isSaved = false
    this.producers.settle()
    this.#logEndOffset = logEndOffset
    this.#lastStableOffset = this.producers.firstOpenOffset ?? logEndOffset
  }

  get sizeBytes(): number {
    let sum = 0
    for (const segment of this.segments) sum += segment.sizeBytes
    return sum
  }

  /** Not yet part of the log. */
  newSegment(baseOffset: number, isCleaned = false): Segment {
    return new Segment({ ...this.place, baseOffset }, isCleaned)
  }

  /** Place of the segment that an offset of the log belongs to. */
  segmentAt(offset: number): number {
    let low = 0
    let high = this.segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.segments[middle]!.baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /** Offset after the segment's last possible one. */
  endOf(place: number): number {
    return this.segments[place + 1]?.baseOffset ?? this.logEndOffset
  }

  /** Holds in memory at once, and on the disk when it resolves. */
  changeState(change: Partial<PartitionState>): Promise<void> {
    this.#state = { ...this.#state, ...change }
    this.#hasMovedStart = false
    return this.#writes.run(() => writePartitionState(this.place.disk, this.place.directory, this.#state))
  }

  /** Holds in memory; reaches the disk with the next change that has to. */
  moveStart(logStartOffset: number): void {
    this.#state = { ...this.#state, logStartOffset }
    this.#hasMovedStart = true
    this.isSaved = false
  }

  /** A start that only memory knows of. */
  get hasMovedStart(): boolean {
    return this.#hasMovedStart
  }
}
