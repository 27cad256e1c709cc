import type { Timer } from '../base/clock.ts'
import { failing, failpoint, failpointNow } from '../base/failpoint.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { CommitMetrics } from '../metrics/snapshot.ts'
import type { Commit, CommitAnswer } from '../topology/commit-store.ts'
import type { SourcePartition } from '../topology/source.ts'
import { CommitBudget } from '../tracking/commit-budget.ts'
import { Detour } from '../tracking/detour.ts'
import { EpochLength, type Length } from '../tracking/epoch-length.ts'
import { EpochPace } from '../tracking/epoch-pace.ts'
import { commitRefused } from './commit-refused.ts'
import { CommitTotals } from './commit-totals.ts'
import type { CoordinatorEnvironment } from './coordinator-environment.ts'
import { DeadLetterGate } from './dead-letter-gate.ts'
import { gatheredEpoch } from './gathered-epoch.ts'
import { KillerSearch } from './killer-search.ts'
import { SingleAdds } from './single-adds.ts'
import { acquirePositions } from './start-positions.ts'
import type { FromWorker, Progress, SealedEpoch } from './thread/protocol.ts'

/** The epoch that is cut but not committed. */
interface CutEpoch {
  readonly epoch: number
  readonly last: boolean
  readonly sealed: Map<number, SealedEpoch>
  readonly lengthMs: number
  readonly length: Length
  /** It was cut because it was full. */
  readonly full: boolean
}

/** Of partitions, workers and commits in one process:
 *
 *     idle ──assigned──► opening ──all ready──► running ──drain──► draining ──last commit──► idle
 *       ▲                   │                      │                   │
 *       └──────── fault, lost, rebalance: abort, then open again ──────┘
 *
 * Every way out of `running` but `draining` drops what is not committed; the next attempt reads it again.
 */
type Phase = 'idle' | 'opening' | 'running' | 'draining' | 'ended'

const firstBackoffMs = 50
const lastBackoffMs = 5000
/** Time for membership to notice that we lost the partitions, before we would take them back. */
const fencedBackoffMs = 1000
/** After this long without a commit the store is asked where it stands. */
const idleLookMs = 5_000
/** After this long without all workers' results of a cut epoch, a line in the log says so, and again after as long. */
const unsealedWarningMs = 10_000
const idleProgress: Progress = { dirty: false, full: false, lag: 0, finished: false }

/** Cuts epochs, gathers what the workers sealed, commits it, and starts anew from the store after any fault. */
export class Coordinator {
  readonly #env: CoordinatorEnvironment
  readonly #pace: EpochPace
  readonly #budget = new CommitBudget()
  readonly #lengths = new EpochLength()
  /** Where results go at most once. */
  readonly #adds: SingleAdds | undefined
  readonly #deadLetters: DeadLetterGate
  readonly #limits: Map<string, number>
  readonly #ready = new Set<number>()
  readonly #progress: Progress[]
  readonly #totals = new CommitTotals()
  #phase: Phase = 'idle'
  #partitions: readonly SourcePartition[] = []
  #known: boolean
  #attempt = 0
  #owner = ''
  #active = true
  #epoch = 0
  /** Of the epoch that fills. */
  #length: Length = 'short'
  #cutEpoch: CutEpoch | undefined
  #lastCutAt = 0
  #timer: Timer | undefined
  #watchTimer: Timer | undefined
  #lookTimer: Timer | undefined
  /** What the store has, as far as this attempt knows. */
  readonly #stored = new Map<string, number>()
  /** Faults since the last commit. */
  #faults = 0
  #drained: (() => void)[] = []
  readonly #detour = new Detour()
  readonly #killers: KillerSearch
  /** This attempt ends early, where a detour or a search says; another follows. */
  #bounded = false
  /** The epoch in the making is the last there is to do. */
  #finishing = false

  constructor(env: CoordinatorEnvironment) {
    this.#env = env
    this.#known = env.options.known
    this.#limits = new Map(env.options.limits)
    this.#pace = new EpochPace(env.options.pace)
    this.#deadLetters = new DeadLetterGate(env)
    this.#killers = new KillerSearch(env, this.#deadLetters, this.#totals)
    if (env.options.guarantee === 'at-most-once') this.#adds = new SingleAdds({ ...env, failed: (error) => this.#fail(error) })
    this.#progress = Array.from({ length: env.plan.workers }, () => idleProgress)
  }

  get attempt(): number {
    return this.#attempt
  }

  metrics(): CommitMetrics {
    return this.#totals.metrics()
  }

  /** These are our partitions from now on. */
  assigned(partitions: readonly SourcePartition[]): void {
    if (this.#phase === 'ended') return
    this.#partitions = partitions
    this.#restart('partitions assigned', 0)
    if (partitions.length === 0 && this.#env.options.untilCaughtUp) this.#env.caughtUp()
  }

  /** The partitions are gone without a chance to commit. */
  lost(): void {
    if (this.#phase === 'ended') return
    this.#partitions = []
    this.#abort('partitions lost')
  }

  /** All workers wait for an attempt. */
  workersUp(): void {
    if (this.#phase === 'idle' && this.#partitions.length > 0) this.#begin()
  }

  /** A worker has ended; `workersUp` follows once it is back. Answers whether that is part of a search for the record that ends it. */
  workerDied(worker: number, cause: MillraceError): boolean {
    if (this.#phase === 'ended') return false
    const first = this.#phase === 'running' || this.#phase === 'draining'
    this.#abort('a worker ended')
    return this.#killers.died(worker, first, cause)
  }

  setActive(active: boolean): void {
    this.#active = active
    this.#env.broadcast({ kind: 'active', active })
  }

  /** Where to stop reading from now on; partitions that are not in it stay as they are. */
  limit(limits: ReadonlyMap<string, number>): void {
    for (const [partition, offset] of limits) this.#limits.set(partition, offset)
    // An attempt that leaves records out, or looks for one, has its own end; the next one gets these.
    if (!this.#bounded) this.#env.broadcast({ kind: 'limits', limits: this.#limits })
  }

  /**
   * Stops reading and commits all that was read; then nothing runs until partitions are assigned again.
   * Resolves also when a fault drops the rest, for then nothing is left to commit.
   */
  async drain(): Promise<void> {
    this.#partitions = []
    if (this.#phase === 'running' || this.#phase === 'draining') {
      this.#phase = 'draining'
      const drained = new Promise<void>((resolve) => this.#drained.push(resolve))
      this.#schedule()
      await drained
    } else this.#abort('drained before it ran')
    await this.#adds?.settled()
  }

  /** Nothing happens any more, whatever is still on its way; only results whose positions are stored still go out once. */
  end(): void {
    this.#abort('ended')
    this.#phase = 'ended'
  }

  receive(worker: number, message: FromWorker): void {
    if (!('attempt' in message) || message.attempt !== this.#attempt) return
    switch (message.kind) {
      case 'ready':
        this.#ready.add(worker)
        if (this.#phase === 'opening' && this.#ready.size === this.#env.plan.workers) this.#run()
        return
      case 'progress':
        this.#progress[worker] = message.progress
        this.#schedule()
        return
      case 'sealed':
        this.#sealed(worker, message.sealed)
        return
      case 'failed': {
        const error = MillraceError.fromData(message.error)
        // The epoch does not add up: it must not be committed, but reading it again is sound.
        if (error.code === 'MR_CONSERVATION') this.#fault(error.message)
        else this.#fail(error)
      }
    }
  }

  #restart(why: string, delayMs: number): void {
    this.#abort(why)
    this.#after(delayMs, () => {
      if (this.#phase === 'idle' && this.#partitions.length > 0 && this.#env.workersUp()) this.#begin()
    })
  }

  /** Something went wrong that a fresh attempt cures. */
  #fault(why: string, leastDelayMs = 0): void {
    const delayMs = Math.max(leastDelayMs, Math.min(lastBackoffMs, firstBackoffMs * 2 ** Math.min(this.#faults, 10)))
    this.#faults++
    this.#restart(why, delayMs)
  }

  #fail(error: MillraceError): void {
    if (this.#phase === 'ended') return
    this.end()
    this.#env.failed(error)
  }

  #abort(why: string): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#watchTimer?.cancel()
    this.#lookTimer?.cancel()
    this.#cutEpoch = undefined
    if (this.#phase !== 'idle' && this.#phase !== 'ended') {
      if (failing) failpointNow('attempt.abort')
      this.#env.log.info('attempt given up', { attempt: this.#attempt, why })
      this.#env.broadcast({ kind: 'abort', attempt: this.#attempt })
      if (this.#phase !== 'opening') this.#totals.aborted()
    }
    this.#attempt++
    this.#phase = 'idle'
    this.#finishing = false
    this.#releaseDrains()
  }

  #begin(): void {
    this.#phase = 'opening'
    this.#killers.opening()
    const attempt = ++this.#attempt
    this.#open(attempt).catch((error: unknown) => {
      if (attempt === this.#attempt) this.#fail(asMillraceError(error, 'MR_INTERNAL'))
    })
  }

  async #open(attempt: number): Promise<void> {
    const partitions = this.#partitions
    const names = partitions.map(({ partition }) => partition)
    const owner = this.#env.newOwner()
    if (failing) await failpoint('attempt.begin')
    const acquired = await acquirePositions({ ...this.#env, start: this.#env.options.start, current: () => attempt === this.#attempt }, owner, names, this.#known)
    if (acquired === undefined) return
    this.#known = true
    const positions = await this.#killers.leaveOut({
      owner, partitions, positions: acquired,
      current: () => attempt === this.#attempt,
      fault: (why) => this.#fault(why, fencedBackoffMs),
    })
    if (positions === undefined) return
    if (this.#env.options.untilCaughtUp) {
      const ranges = await this.#env.source.ranges(names.filter((name) => !this.#limits.has(name)))
      if (attempt !== this.#attempt) return
      for (const [name, { latest }] of ranges) this.#limits.set(name, latest)
    }
    const searched = await this.#killers.ends(positions, this.#limits)
    if (attempt !== this.#attempt) return
    const ends = least(this.#detour.endsFrom(positions), searched)
    this.#bounded = ends !== undefined
    this.#owner = owner
    this.#stored.clear()
    for (const { partition, offset } of positions) this.#stored.set(partition, offset)
    this.#epoch = 0
    this.#length = 'short'
    this.#ready.clear()
    for (const worker of this.#progress.keys()) this.#progress[worker] = idleProgress
    this.#env.log.info('attempt begins', { attempt, positions: Object.fromEntries(positions.map(({ partition, offset }) => [partition, offset])) })
    this.#env.attempt({ attempt, plan: this.#env.plan, partitions, positions, limits: ends ?? this.#limits, only: this.#env.options.only, partitionRate: this.#partitionRate(), excluded: this.#detour.excluded, bounds: { ...this.#env.options.bounds, cells: this.#cells() }, active: this.#active })
  }

  #run(): void {
    if (failing) failpointNow('attempt.run')
    this.#phase = 'running'
    this.#killers.running(this.#progress.keys())
    this.#lastCutAt = this.#env.clock.monotonic()
    this.#env.broadcast({ kind: 'run', attempt: this.#attempt })
    this.#lookLater()
  }

  #lookLater(): void {
    const attempt = this.#attempt
    const { epochs } = this.#totals
    this.#lookTimer = this.#env.clock.setTimer(idleLookMs, () => {
      this.#look(epochs).catch((error: unknown) => {
        if (attempt === this.#attempt) this.#fail(asMillraceError(error, 'MR_INTERNAL'))
      })
    }, false)
  }

  /** A store that was rolled back shows in the next commit; where no record comes there is none. */
  async #look(epochs: number): Promise<void> {
    const attempt = this.#attempt
    const idle = (): boolean => attempt === this.#attempt && this.#phase === 'running' && this.#cutEpoch === undefined && epochs === this.#totals.epochs
    if (idle()) {
      const stored = await this.#env.store.load(Array.from(this.#stored.keys()))
      const apart = Array.from(this.#stored).find(([partition, offset]) => stored.get(partition) !== offset)
      if (idle() && apart !== undefined) {
        this.#totals.answered('MISMATCH')
        this.#mismatch(apart[0], stored.get(apart[0]))
        return
      }
    }
    if (attempt === this.#attempt && this.#phase === 'running') this.#lookLater()
  }

  #mismatch(partition: string, stored: number | undefined): void {
    this.#fault(`the stored position of ${partition} is ${stored ?? 'another'}: the store was rolled back or another process counted it`)
  }

  /** Cuts now, or sets the timer for the cut, or waits for a commit or for records. */
  #schedule(): void {
    if (this.#cutEpoch !== undefined || (this.#phase !== 'running' && this.#phase !== 'draining')) return
    this.#timer?.cancel()
    if (this.#phase === 'draining') {
      this.#cut(true)
      return
    }
    const progress = this.#progress
    if ((this.#bounded || this.#env.options.untilCaughtUp) && progress.every(({ finished }) => finished)) {
      this.#phase = 'draining'
      this.#finishing = !this.#bounded
      this.#cut(true)
      return
    }
    if (progress.some(({ full }) => full)) {
      this.#cut(false)
      return
    }
    if (!progress.some(({ dirty }) => dirty)) return
    const due = this.#lastCutAt + this.#pace.lengthMs(this.#lag()) - this.#env.clock.monotonic()
    if (due <= 0) this.#cut(false)
    else this.#after(due, () => this.#cut(false))
  }

  #cut(last: boolean): void {
    if (failing) failpointNow('epoch.cut')
    const now = this.#env.clock.monotonic()
    const epoch = this.#epoch++
    this.#cutEpoch = { epoch, last, sealed: new Map(), lengthMs: now - this.#lastCutAt, length: this.#length, full: this.#progress.some(({ full }) => full) }
    this.#lastCutAt = now
    this.#length = this.#lengths.next(this.#pace.isBehind(this.#lag()))
    for (const [worker, progress] of this.#progress.entries()) this.#progress[worker] = { ...progress, dirty: false, full: false }
    this.#env.broadcast({ kind: 'cut', attempt: this.#attempt, epoch, last, cells: this.#cells() })
    this.#watch(this.#cutEpoch)
  }

  /** A bolt that is slow, or a promise that never settles, holds the epoch back; somebody should hear of it. */
  #watch(cut: CutEpoch): void {
    this.#watchTimer?.cancel()
    this.#watchTimer = this.#env.clock.setTimer(unsealedWarningMs, () => {
      if (this.#cutEpoch !== cut || cut.sealed.size === this.#env.plan.workers) return
      const workers = Array.from({ length: this.#env.plan.workers }, (_, worker) => worker).filter((worker) => !cut.sealed.has(worker))
      this.#env.log.warn('an epoch waits for its tuples: a bolt is slow or does not settle', { epoch: cut.epoch, workers: workers.join(' ') })
      this.#watch(cut)
    }, false)
  }

  #sealed(worker: number, sealed: SealedEpoch): void {
    const cut = this.#cutEpoch
    if (cut === undefined || cut.epoch !== sealed.epoch) return
    cut.sealed.set(worker, sealed)
    this.#progress[worker] = { ...this.#progress[worker]!, lag: sealed.lag }
    if (cut.sealed.size < this.#env.plan.workers) return
    const attempt = this.#attempt
    this.#commit(cut, attempt).catch((error: unknown) => {
      if (attempt === this.#attempt) this.#fail(asMillraceError(error, 'MR_INTERNAL'))
    })
  }

  async #commit(cut: CutEpoch, attempt: number): Promise<void> {
    if (failing) failpointNow('epoch.gathered')
    const { ranges, records, cells, knownCells, fates, dead, writes } = gatheredEpoch(Array.from(cut.sealed.values()))
    if (dead.some(({ partial }) => partial)) {
      // A record that is dead has either all of its effects or none.
      this.#detour.leaveOut(ranges, dead)
      this.#restart('records are left out', 0)
      return
    }
    await this.#deadLetters.send(dead, records)
    if (attempt !== this.#attempt) return
    const start = this.#env.clock.monotonic()
    let answer: CommitAnswer = { answer: 'OK' }
    if (ranges.length > 0 || writes.length > 0) {
      const commit: Commit = { owner: this.#owner, sequence: cut.epoch, ranges, fates, dead, parts: writes }
      answer = this.#adds === undefined ? await this.#env.store.commit(commit) : await this.#commitPositions(this.#adds, commit, records, knownCells)
    }
    this.#totals.answered(answer.answer)
    if (attempt !== this.#attempt) return
    const commitMs = this.#env.clock.monotonic() - start
    switch (answer.answer) {
      case 'DUP':
      case 'OK':
        break
      case 'FENCED':
        this.#fault(`${answer.partition} belongs to another process now`, fencedBackoffMs)
        return
      case 'MISMATCH':
        this.#mismatch(answer.partition, answer.stored)
        return
      default:
        this.#fail(commitRefused(answer, 'nothing of this epoch was written'))
        return
    }
    this.#faults = 0
    for (const { partition, to } of ranges) this.#stored.set(partition, to)
    this.#killers.committed(records)
    this.#totals.epoch(records, cells, commitMs)
    this.#totals.fates(fates)
    this.#pace.committed(records, cut.lengthMs, commitMs)
    if (this.#adds === undefined) this.#budget.committed(knownCells, (answer.answer === 'OK' ? answer.busyMs : undefined) ?? commitMs)
    if (cut.full || cut.length === 'long') this.#lengths.committed(cut.length, records, cells)
    if (failing) failpointNow('epoch.committed')
    this.#env.source.mirror(ranges.map(({ partition, to }) => ({ partition, offset: to })))
    this.#cutEpoch = undefined
    if (!cut.last) {
      this.#schedule()
      return
    }
    // The tasks of a drained attempt close; a late message of theirs must not count.
    this.#phase = 'idle'
    this.#env.broadcast({ kind: 'abort', attempt: this.#attempt })
    this.#attempt++
    this.#releaseDrains()
    if (this.#finishing) this.#env.caughtUp()
    else if (this.#bounded && this.#partitions.length > 0) {
      this.#killers.passed()
      if (this.#env.workersUp()) this.#begin()
    }
  }

  /** The positions alone; where they are stored the results follow, even of an attempt that was given up meanwhile. */
  async #commitPositions(adds: SingleAdds, commit: Commit, records: number, knownCells: number): Promise<CommitAnswer> {
    const answer = await this.#env.store.commit({ ...commit, parts: [] })
    if (commit.parts.length > 0 && (answer.answer === 'OK' || answer.answer === 'DUP')) {
      adds.send(commit, records, (busyMs) => this.#budget.committed(knownCells, busyMs))
    }
    return answer
  }

  /** Other processes have the other partitions. */
  #partitionRate(): number | undefined {
    const { rate } = this.#env.options
    return rate === undefined ? undefined : rate / Math.max(1, this.#env.source.partitions().length)
  }

  /** So many of one worker fill the epoch that begins. */
  #cells(): number {
    const { behindStallMs, bounds, storeStallMs } = this.#env.options
    const stallMs = this.#length === 'long' ? Math.max(storeStallMs, behindStallMs) : storeStallMs
    return Math.min(bounds.cells, Math.ceil(this.#budget.cells(stallMs) / this.#env.plan.workers))
  }

  /** Records that wait in the sources. */
  #lag(): number {
    return this.#progress.reduce((sum, { lag }) => sum + lag, 0)
  }

  #releaseDrains(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #after(delayMs: number, call: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#env.clock.setTimer(delayMs, call)
  }
}

/** By partition the smaller one; undefined where neither bounds anything. */
function least(one: ReadonlyMap<string, number> | undefined, other: ReadonlyMap<string, number> | undefined): ReadonlyMap<string, number> | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return new Map(Array.from(one, ([partition, end]) => [partition, Math.min(end, other.get(partition) ?? end)]))
}
