import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { BoltTask } from '../topology/bolt.ts'
import type { ComponentOptions } from '../topology/topology.ts'
import type { Batch } from '../tuple/batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import { tupleBytes } from '../tuple/tuple-bytes.ts'
import { CallBatches } from './batch-collector.ts'
import { Collector } from './collector.ts'
import type { Route } from './route.ts'
import type { EpochState, Scope } from './scope.ts'

/** A tuple that has to wait: behind an async call or a retry. */
interface Waiting {
  readonly tuple: Tuple
  readonly epoch: EpochState
  readonly partition: number
  readonly offset: number
  readonly bytes: number
  /** How often it has failed. */
  readonly failures: number
}

/** What a runner tells the attempt it belongs to. */
export interface RunnerHost {
  readonly clock: Clock
  readonly scope: Scope
  /** True once the attempt was given up: nothing of it may run any more. */
  readonly closed: boolean
  /** One tuple more, or less, that waits or runs in this component; keeps the epoch's barrier back. */
  unsettle(component: number, epoch: number): void
  settle(component: number, epoch: number): void
  /** There may be something to do again. */
  wake(): void
  /** The same after so many ms. */
  wakeIn(delayMs: number): void
  place(partition: number, offset: number): { readonly partition?: string; readonly offset?: number }
  fail(error: MillraceError): void
  /** Notes the fate of the scope's record. False when the scope is of no one record: tuples a bolt has gathered. */
  give(fate: 'skipped' | 'dead-lettered', failure: Failure): boolean
}

/** What is said of a record that a component has given up. */
export interface Failure {
  readonly component: string
  readonly error: unknown
  readonly attempts: number
  /** Other tuples of the record may be counted. */
  readonly partial: boolean
}

export interface BoltRunnerOptions {
  /** Topology-wide task number. */
  readonly task: number
  readonly component: string
  /** Number of the component in its worker's barrier. */
  readonly node: number
  readonly options: ComponentOptions
  /** Each record is one tuple of this component and of no other, and a call that fails leaves nothing behind. */
  readonly takesWholeRecords: boolean
  readonly log: Logger
}

/** From this many waiting tuples, or bytes of them, on, whoever feeds the bolt has to stop; with as many bytes in calls under way no other begins. */
const highMark = 128
export const highMarkBytes = 2 ** 22
/** Batches in calls under way: each keeps the answer of a broker that it stands in. */
const mostBatches = 4
/** One call in so many is timed: reading the clock costs as much as a small bolt. */
const timedEvery = 256

/** Runs the calls of one bolt task: at once by direct call while it can, else in the order of arrival. */
export class BoltRunner {
  readonly metrics: TaskMetrics
  readonly #bolt: BoltTask
  readonly #routes: ReadonlyMap<string, Route>
  readonly #host: RunnerHost
  readonly #at: BoltRunnerOptions
  readonly #maxConcurrency: number
  #collector: Collector
  #waiting: Waiting[] = []
  #next = 0
  #waitingBytes = 0
  #inFlight = 0
  #inFlightBytes = 0
  #inFlightBatches = 0
  #retrying = 0
  /** True while a tuple that comes must queue. */
  #held = false
  #batchHasFailed = false

  constructor(bolt: BoltTask, routes: ReadonlyMap<string, Route>, metrics: TaskMetrics, host: RunnerHost, at: BoltRunnerOptions) {
    this.#bolt = bolt
    this.#routes = routes
    this.metrics = metrics
    this.#host = host
    this.#at = at
    this.#maxConcurrency = at.options.maxConcurrency ?? 64
    this.#collector = new Collector(routes, host.scope)
  }

  get queued(): number {
    return this.#waiting.length - this.#next
  }

  get full(): boolean {
    return this.queued >= highMark || this.#waitingBytes >= highMarkBytes
  }

  /** A tuple of the scope's epoch and record. */
  deliver(tuple: Tuple): void {
    this.metrics.received++
    if (this.#held) {
      const { epoch, partition, offset } = this.#host.scope
      this.#queue({ tuple, epoch, partition, offset, bytes: tupleBytes(tuple), failures: 0 })
    } else this.#run(tuple, 0)
  }

  /** The first `count`, all of the scope's epoch and record. */
  deliverEach(tuples: readonly Tuple[], count: number): void {
    for (let i = 0; i < count; i++) this.deliver(tuples[i]!)
  }

  /** Whether batches are better than their rows. */
  get takesBatches(): boolean {
    return this.#bolt.executeBatch !== undefined
  }

  /** Whether a batch would be executed now, and as one. */
  get takesBatchNow(): boolean {
    return this.takesBatches && !this.#held
  }

  /** Rows of the scope's epoch, each of a record of its own. */
  deliverBatch(batch: Batch): void {
    if (this.#bolt.executeBatch === undefined || this.#held) {
      this.#eachRow(batch)
      return
    }
    const { clock, scope } = this.#host
    const out = new CallBatches(this.#routes, scope.epoch)
    const start = clock.monotonic()
    let result: boolean | Promise<boolean>
    try {
      result = this.#bolt.executeBatch(batch, out)
    } catch (error) {
      if (this.#fatal(error)) return
      this.#tellOfBatch(error)
      result = false
    }
    if (isPromise(result)) this.#finishLater(result, batch, out, start)
    else if (this.#isAnswer(result)) this.#finishBatch(result, batch, out, start)
  }

  /** Tuples the task will hand on at the end of the epoch. */
  gathered(epoch: number): number {
    return this.#bolt.gathered?.(epoch) ?? 0
  }

  /** Hands on what the task has gathered of an epoch. */
  endEpoch(epoch: EpochState): void {
    if (this.#bolt.endEpoch === undefined) return
    const { scope } = this.#host
    scope.epoch = epoch
    scope.partition = scope.offset = -1
    const out = new CallBatches(this.#routes, epoch)
    this.#bolt.endEpoch(epoch.epoch, out)
    this.#deliver(out)
  }

  /** Whoever writes without types may answer anything, and nobody knows then what was done. */
  #isAnswer(done: unknown): done is boolean {
    if (typeof done === 'boolean') return true
    this.#host.fail(new MillraceError('MR_BOLT_FAILED', `executeBatch has answered ${done === null ? 'null' : typeof done}`, {
      place: this.#place(),
      remedy: 'answer true when the batch is done, false when its rows are to be executed one by one, or a promise of either',
    }))
    return false
  }

  #finishBatch(done: boolean, batch: Batch, out: CallBatches, startMs: number): void {
    if (!done) {
      this.#eachRow(batch)
      return
    }
    this.metrics.received += batch.rows
    this.metrics.executeMs.record((this.#host.clock.monotonic() - startMs) / batch.rows)
    this.#deliver(out)
  }

  #finishLater(result: Promise<boolean>, batch: Batch, out: CallBatches, startMs: number): void {
    const { scope } = this.#host
    const { epoch } = scope
    batch.keep()
    this.#host.unsettle(this.#at.node, epoch.epoch)
    this.#inFlight++
    this.#inFlightBatches++
    this.#hold()
    const settled = (done: unknown) => {
      if (this.#host.closed) return
      this.#inFlight--
      this.#inFlightBatches--
      scope.epoch = epoch
      if (!this.#isAnswer(done)) return
      this.#hold()
      this.#finishBatch(done, batch, out, startMs)
      this.#hold()
      this.#host.settle(this.#at.node, epoch.epoch)
      this.#host.wake()
    }
    result.then(settled, (error: unknown) => {
      if (this.#host.closed || this.#fatal(error)) return
      this.#tellOfBatch(error)
      settled(false)
    })
  }

  /** Its rows may do what it cannot, so nothing is wrong; but who does not know of it wonders what became of the speed. */
  #tellOfBatch(error: unknown): void {
    if (this.#batchHasFailed) return
    this.#batchHasFailed = true
    const { component, task, log } = this.#at
    log.warn('executeBatch has failed, its rows are executed one by one; told once', { component, task, error: asMillraceError(error, 'MR_BOLT_FAILED').message })
  }

  #eachRow(batch: Batch): void {
    const { scope } = this.#host
    for (let row = 0; row < batch.rows; row++) {
      scope.partition = batch.partitionOf(row)
      scope.offset = batch.offsetOf(row)
      this.deliver(batch.tuple(row))
      if (this.#host.closed) return
    }
  }

  /** Takes the next waiting tuple, if it may run now. */
  step(): boolean {
    if (this.queued === 0 || this.#retrying > 0 || this.#busy()) return false
    const next = this.#waiting[this.#next++]!
    this.#waitingBytes -= next.bytes
    if (this.#next === this.#waiting.length) {
      this.#waiting = []
      this.#next = 0
    }
    this.#resume(next)
    this.#host.settle(this.#at.node, next.epoch.epoch)
    return true
  }

  #queue(waiting: Waiting): void {
    this.#host.unsettle(this.#at.node, waiting.epoch.epoch)
    this.#waiting.push(waiting)
    this.#waitingBytes += waiting.bytes
    this.#host.wake()
  }

  #resume(waiting: Waiting): void {
    const { scope } = this.#host
    scope.epoch = waiting.epoch
    scope.partition = waiting.partition
    scope.offset = waiting.offset
    this.#run(waiting.tuple, waiting.failures)
    this.#hold()
  }

  #run(tuple: Tuple, failures: number): void {
    const out = this.#collector
    out.begin()
    let result: unknown
    try {
      result = this.metrics.received % timedEvery === 0 ? this.#timed(tuple, out) : this.#bolt.execute(tuple, out)
    } catch (error) {
      out.discard()
      this.#failed(tuple, error, failures)
      return
    }
    if (isPromise(result)) this.#settleLater(tuple, result, out, failures)
    else this.#deliver(out)
  }

  #timed(tuple: Tuple, out: Collector): unknown {
    const start = this.#host.clock.monotonic()
    const result = this.#bolt.execute(tuple, out)
    this.metrics.executeMs.record(this.#host.clock.monotonic() - start)
    return result
  }

  #settleLater(tuple: Tuple, result: PromiseLike<unknown>, out: Collector, failures: number): void {
    const { epoch, partition, offset } = this.#host.scope
    const start = this.#host.clock.monotonic()
    out.detach()
    this.#collector = new Collector(this.#routes, this.#host.scope)
    this.#host.unsettle(this.#at.node, epoch.epoch)
    const bytes = tupleBytes(tuple)
    this.#inFlight++
    this.#inFlightBytes += bytes
    this.#hold()
    const settled = (hand: () => void) => {
      if (this.#host.closed) return
      this.#inFlight--
      this.#inFlightBytes -= bytes
      this.metrics.executeMs.record(this.#host.clock.monotonic() - start)
      const { scope } = this.#host
      scope.epoch = epoch
      scope.partition = partition
      scope.offset = offset
      hand()
      this.#hold()
      this.#host.settle(this.#at.node, epoch.epoch)
      this.#host.wake()
    }
    result.then(
      () => settled(() => this.#deliver(out)),
      (error: unknown) => settled(() => {
        out.discard()
        this.#failed(tuple, error, failures)
      }),
    )
  }

  /** What goes wrong on the way (a grouping throws, a tuple does not fit its stream) is this component's fault, and some of it is gone already. */
  #deliver(out: Collector | CallBatches): void {
    try {
      this.metrics.emitted += out.deliver()
    } catch (error) {
      this.#host.fail(asMillraceError(error, 'MR_EMIT_INVALID', { place: this.#place(), remedy: 'correct the grouping that chooses among the tasks of the subscriber' }))
    }
  }

  /** Tries again after a while, in place; the tuples behind wait, so that their order stays. */
  #failed(tuple: Tuple, error: unknown, failures: number): void {
    this.metrics.failed++
    const { retries = 3, retryBackoffMs = 100, onError = 'stop' } = this.#at.options
    const { epoch, partition, offset } = this.#host.scope
    if (this.#fatal(error)) return
    if (failures < retries) {
      this.#retrying++
      this.#host.unsettle(this.#at.node, epoch.epoch)
      this.#hold()
      this.#host.clock.setTimer(retryBackoffMs * 2 ** failures, () => {
        if (this.#host.closed) return
        this.#retrying--
        this.#resume({ tuple, epoch, partition, offset, bytes: 0, failures: failures + 1 })
        this.#host.settle(this.#at.node, epoch.epoch)
        this.#host.wake()
      })
    } else if (onError === 'skip') {
      this.metrics.skipped++
      this.#host.give('skipped', this.#failure(error, failures))
    } else if (onError === 'dead-letter' && this.#host.give('dead-lettered', this.#failure(error, failures))) {
      this.metrics.deadLettered++
    } else {
      this.#host.fail(asMillraceError(error, 'MR_BOLT_FAILED', {
        place: this.#place(),
        remedy: onError === 'dead-letter'
          ? 'correct the bolt: the tuple that fails was gathered from many records, so none of them can be dead-lettered for it'
          : `correct the bolt or the data, or choose onError: 'dead-letter' or 'skip'; nothing of this epoch is committed (${retries} retries were made)`,
      }))
    }
  }

  #failure(error: unknown, failures: number): Failure {
    const { component, takesWholeRecords } = this.#at
    return { component, error, attempts: failures + 1, partial: !takesWholeRecords }
  }

  /** Part of a call is in the write-set already: only dropping the epoch makes that undone. */
  #fatal(error: unknown): boolean {
    if (!(error instanceof MillraceError) || error.code !== 'MR_RESULTS_CONFLICT') return false
    this.#host.fail(error.within(this.#place()))
    return true
  }

  #hold(): void {
    this.#held = this.#retrying > 0 || this.queued > 0 || this.#busy()
  }

  /** Whether as much as may be is in calls under way. */
  #busy(): boolean {
    return this.#inFlight >= this.#maxConcurrency || this.#inFlightBytes >= highMarkBytes || this.#inFlightBatches >= mostBatches
  }

  #place() {
    const { scope } = this.#host
    return { component: this.#at.component, task: this.#at.task, ...this.#host.place(scope.partition, scope.offset) }
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
