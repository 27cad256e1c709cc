import { MillraceError } from '../errors.ts'
import type { Position, SourcePartition } from '../topology/source.ts'
import { deathsAlone, Suspects } from '../tracking/suspects.ts'
import type { CommitTotals } from './commit-totals.ts'
import type { CoordinatorEnvironment } from './coordinator-environment.ts'
import type { DeadLetterGate } from './dead-letter-gate.ts'

/** Of the commit of a record that is left out before the first epoch of an attempt. */
const beforeEpochs = -1
/** So many records one after another may kill their worker before it is the worker that is to blame. */
const mostCulprits = 3

/** The attempt that is about to begin. */
export interface BeginningAttempt {
  readonly owner: string
  readonly partitions: readonly SourcePartition[]
  readonly positions: readonly Position[]
  /** False once it was overtaken. */
  current(): boolean
  /** It cannot begin; another one may. */
  fault(why: string): void
}

/** Looks for records that end their workers, and gives those found the fate their spout's policy says. */
export class KillerSearch {
  readonly #env: CoordinatorEnvironment
  readonly #deadLetters: DeadLetterGate
  readonly #totals: CommitTotals
  readonly #suspects = new Suspects()
  /** Workers that have records of the last attempt, and have not died of them. */
  readonly #atWork = new Set<number>()
  #deathExpected = false
  /** How the last worker died of the records it had. */
  #lastDeath = ''
  /** Records found to kill since anything else was committed. */
  #culprits = 0
  /** Committed by the attempt at hand. */
  #records = 0

  constructor(env: CoordinatorEnvironment, deadLetters: DeadLetterGate, totals: CommitTotals) {
    this.#env = env
    this.#deadLetters = deadLetters
    this.#totals = totals
  }

  opening(): void {
    this.#atWork.clear()
    this.#records = 0
  }

  running(workers: Iterable<number>): void {
    for (const worker of workers) this.#atWork.add(worker)
  }

  /** `first`: of its attempt. Answers whether the death is part of a search. */
  died(worker: number, first: boolean, cause: MillraceError): boolean {
    // Several may die of one attempt, the others before they hear that it is given up.
    if (!this.#atWork.delete(worker)) return false
    if (first) {
      this.#lastDeath = cause.message
      this.#deathExpected = this.#suspects.died()
    }
    return this.#deathExpected
  }

  committed(records: number): void {
    this.#suspects.committed(records)
    this.#records += records
    if (records > 0) this.#culprits = 0
  }

  /** Nobody died of what the attempt has read. Where there was nothing to read there is nothing to look for, either. */
  passed(): void {
    if (this.#records === 0) this.#suspects.over()
    else this.#suspects.passed()
  }

  /** Where an attempt from these positions ends, while a search is on. */
  async ends(positions: readonly Position[], limits: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number> | undefined> {
    if (!this.#suspects.searching) return undefined
    const ranges = await this.#env.source.ranges(positions.map(({ partition }) => partition))
    const latest = new Map(Array.from(ranges, ([partition, { latest }]) => [partition, Math.min(latest, limits.get(partition) ?? latest)]))
    const ends = this.#suspects.ends(positions, latest)
    if (ends !== undefined) this.#env.log.warn('looking for the record that ended workers', { upTo: Object.fromEntries(ends) })
    return ends
  }

  /**
   * Commits the record that was found, if there is one, with its fate and without a worker. Answers where to go on; undefined when it
   * was overtaken or cannot begin. Throws MR_WORKER_DIED when the policy is to stop, or the records are not to blame.
   */
  async leaveOut({ owner, partitions, positions, current, fault }: BeginningAttempt): Promise<readonly Position[] | undefined> {
    const { culprit } = this.#suspects
    if (culprit === undefined) return positions
    const { partition, offset } = culprit
    const place = { partition, offset }
    const component = partitions.find((one) => one.partition === partition)?.component ?? ''
    const policy = this.#env.options.onError.get(component) ?? 'stop'
    // It was taken away with its partition, or the store was rolled back.
    if (!positions.some((position) => position.partition === partition && position.offset === offset)) {
      this.#suspects.over()
      return positions
    }
    if (policy === 'stop' || ++this.#culprits > mostCulprits) {
      throw new MillraceError('MR_WORKER_DIED', `the record ends its worker: ${this.#lastDeath}`, {
        place: { ...place, component },
        remedy: policy === 'stop'
          ? `correct the bolt that it ends, or choose onError: 'dead-letter' or 'skip' for ${component} (setSpout's options), so that such records are left out`
          : 'several records in a row have done so: correct the bolt that ends its thread',
      })
    }
    const lost = { skipped: policy === 'skip' ? 1 : 0, deadLettered: policy === 'skip' ? 0 : 1 }
    const dead = policy === 'skip' ? [] : [{ ...place, component, errorClass: 'MR_WORKER_DIED', message: `crashed worker: ${this.#lastDeath}`, stack: '', attempts: deathsAlone, failedAtMs: this.#env.clock.now(), partial: false }]
    await this.#deadLetters.send(dead, 1)
    if (!current()) return undefined
    const fates = [{ partition, counted: 0, ...lost, gaps: 0 }]
    const { answer } = await this.#env.store.commit({ owner, sequence: beforeEpochs, ranges: [{ partition, from: offset, to: offset + 1 }], fates, dead, parts: [] })
    if (!current()) return undefined
    if (answer !== 'OK' && answer !== 'DUP') {
      fault(`a record that ends its worker could not be passed: ${answer}`)
      return undefined
    }
    this.#env.log.warn('a record that ends its worker is left out', { ...place, policy, cause: this.#lastDeath })
    this.#suspects.over()
    this.#totals.passed(1)
    this.#totals.fates(fates)
    this.#env.deathsExplained()
    return positions.map((position) => (position.partition === partition ? { partition, offset: offset + 1 } : position))
  }
}
