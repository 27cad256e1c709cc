import { asMillraceError, MillraceError } from '../errors.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { Position } from '../topology/source.ts'
import type { SpoutCollector, SpoutTask } from '../topology/spout.ts'
import type { ComponentOptions } from '../topology/topology.ts'
import { FateLedger, type DeadRecord } from '../tracking/record-fates.ts'
import type { Batch } from '../tuple/batch.ts'
import { defaultStream, type Tuple } from '../tuple/fields.ts'
import { BatchSize } from './batch-size.ts'
import type { RunnerHost } from './bolt-runner.ts'
import type { Route } from './route.ts'
import type { EpochState } from './scope.ts'
import type { Turn } from './turn.ts'
import type { TokenBucket } from '../tracking/token-bucket.ts'

export interface SpoutRunnerOptions {
  readonly task: number
  readonly component: string
  readonly options: ComponentOptions
  /** The task's partitions as indexes into those of the attempt. */
  readonly partitions: readonly number[]
  /** By such an index: records whose fate is decided, by offset. Undefined when there are none. */
  readonly excluded: ReadonlyMap<number, ReadonlyMap<number, DeadRecord>> | undefined
  /** What it may read; undefined: as much as there is. */
  readonly bucket: TokenBucket | undefined
}

const timedEvery = 256

/** Draws records from one spout task into the topology, as long as those behind it have room. */
export class SpoutRunner implements SpoutCollector {
  readonly metrics: TaskMetrics
  readonly #spout: SpoutTask
  readonly #routes: ReadonlyMap<string, Route>
  readonly #default: Route | undefined
  readonly #host: RunnerHost
  readonly #at: SpoutRunnerOptions
  readonly #size = new BatchSize()
  /** By partition of the attempt: records since the last `takeRecords`, and the offset of the last one. */
  readonly #records: number[] = []
  readonly #lastOffset: number[] = []

  constructor(spout: SpoutTask, routes: ReadonlyMap<string, Route>, metrics: TaskMetrics, host: RunnerHost, at: SpoutRunnerOptions) {
    this.#spout = spout
    this.#routes = routes
    this.#default = routes.get(defaultStream)
    this.metrics = metrics
    this.#host = host
    this.#at = at
    for (const partition of at.partitions) {
      this.#records[partition] = 0
      this.#lastOffset[partition] = -1
    }
  }

  get lag(): number {
    return this.#spout.lag()
  }

  get finished(): boolean {
    return this.#spout.finished()
  }

  positions(): readonly Position[] {
    return this.#spout.positions()
  }

  /** How many records of a partition, by its index in the attempt, have come since the last call. */
  takeRecords(partition: number): number {
    const records = this.#records[partition]!
    this.#records[partition] = 0
    return records
  }

  /**
   * Reads into `epoch` until nothing is ready, someone behind is full, or the turn is over. Answers whether
   * it stopped for the turn only; in the other cases a wake follows when it can go on.
   */
  step(epoch: EpochState, room: () => boolean, turn: Turn): boolean {
    const { clock, scope } = this.#host
    scope.epoch = epoch
    const before = this.metrics.received
    const batches = this.#spout.nextBatch !== undefined && this.#default?.takesBatches === true
    const { bucket } = this.#at
    const allowed = bucket === undefined ? Infinity : before + bucket.available(clock.monotonic())
    let busy = false
    while (room()) {
      if (this.metrics.received >= allowed) {
        this.#host.wakeIn(bucket!.waitMs)
        break
      }
      if (batches) {
        if (!this.#stepBatch(allowed - this.metrics.received)) break
        busy = turn.ended()
        if (busy) break
        continue
      }
      const timed = this.metrics.received % timedEvery === 0
      const start = timed ? clock.monotonic() : 0
      if (!this.#spout.nextTuple(this)) break
      if (timed) this.metrics.executeMs.record(clock.monotonic() - start)
      busy = turn.over()
      if (busy) break
    }
    const read = this.metrics.received - before
    epoch.records += read
    bucket?.spend(read)
    return busy
  }

  #stepBatch(most: number): boolean {
    const { clock } = this.#host
    const start = clock.monotonic()
    const { received } = this.metrics
    const worked = this.#spout.nextBatch!(Math.min(this.#size.rows, most), this)
    const tookMs = clock.monotonic() - start
    const rows = this.metrics.received - received
    if (rows > 0) this.metrics.executeMs.record(tookMs / rows)
    this.#size.took(rows, tookMs)
    return worked
  }

  emitBatch(batch: Batch): void {
    this.metrics.received += batch.rows
    this.metrics.emitted += batch.rows
    const { scope } = this.#host
    scope.partition = batch.partitionOf(0)
    scope.offset = batch.offsetOf(0)
    this.#records[scope.partition]! += batch.rows
    try {
      if (this.#at.excluded !== undefined && this.#holdsExcluded(batch)) this.#sendRows(batch)
      else this.#default!.sendBatch(batch)
      batch.release()
    } catch (error) {
      const place = { component: this.#at.component, task: this.#at.task, ...this.#host.place(scope.partition, scope.offset) }
      this.#host.fail(asMillraceError(error, 'MR_EMIT_INVALID', { place, remedy: 'correct the grouping that chooses among the tasks of the subscriber' }))
    }
  }

  emit(tuple: Tuple, partition: number, offset: number, stream?: string): void {
    const route = stream === undefined ? this.#default : this.#routes.get(stream)
    if (route === undefined) {
      throw new MillraceError('MR_EMIT_INVALID', `stream ${stream ?? defaultStream} is not declared`, { place: { component: this.#at.component, task: this.#at.task } })
    }
    const { scope } = this.#host
    scope.partition = this.#at.partitions[partition]!
    scope.offset = offset
    this.metrics.received++
    this.#count(scope.partition, offset)
    if (this.#at.excluded !== undefined && this.#isExcluded(scope.partition, offset)) return
    this.metrics.emitted++
    try {
      route.send(tuple)
    } catch (error) {
      const place = { component: this.#at.component, task: this.#at.task, ...this.#host.place(scope.partition, offset) }
      this.#host.fail(asMillraceError(error, 'MR_EMIT_INVALID', { place, remedy: 'correct the grouping that chooses among the tasks of the subscriber' }))
    }
  }

  reject(error: unknown, partition: number, offset: number): void {
    this.metrics.received++
    this.metrics.failed++
    const { scope } = this.#host
    scope.partition = this.#at.partitions[partition]!
    scope.offset = offset
    this.#count(scope.partition, offset)
    if (this.#at.excluded !== undefined && this.#isExcluded(scope.partition, offset)) return
    const { component, options } = this.#at
    const failure = { component, error, attempts: 1, partial: false }
    if (options.onError === 'skip') {
      this.metrics.skipped++
      this.#host.give('skipped', failure)
      return
    }
    if (options.onError === 'dead-letter') {
      this.metrics.deadLettered++
      this.#host.give('dead-lettered', failure)
      return
    }
    const place = { component, task: this.#at.task, ...this.#host.place(scope.partition, offset) }
    const known = asMillraceError(error, 'MR_RECORD_INVALID', { place })
    const remedy = `${known.remedy ?? 'correct the producer'}, or choose onError: 'dead-letter' or 'skip' for this spout (setSpout's options)`
    this.#host.fail(new MillraceError(known.code, known.message, { place: known.place, cause: known.cause, remedy }))
  }

  /** A spout may emit several tuples for one offset. */
  #count(partition: number, offset: number): void {
    if (this.#lastOffset[partition] === offset) return
    this.#lastOffset[partition] = offset
    this.#records[partition]!++
  }

  /** Notes the fate of an excluded record. */
  #isExcluded(partition: number, offset: number): boolean {
    const record = this.#at.excluded!.get(partition)?.get(offset)
    if (record === undefined) return false
    this.metrics.deadLettered++
    const { epoch } = this.#host.scope
    epoch.fates ??= new FateLedger()
    epoch.fates.die({ ...record, partial: false })
    return true
  }

  #holdsExcluded(batch: Batch): boolean {
    const excluded = this.#at.excluded!.get(batch.partitionOf(0))
    if (excluded === undefined) return false
    for (let row = 0; row < batch.rows; row++) if (excluded.has(batch.offsetOf(row))) return true
    return false
  }

  #sendRows(batch: Batch): void {
    const { scope } = this.#host
    for (let row = 0; row < batch.rows; row++) {
      scope.offset = batch.offsetOf(row)
      if (this.#isExcluded(scope.partition, scope.offset)) this.metrics.emitted--
      else this.#default!.send(batch.tuple(row))
    }
  }
}
