import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { asMillraceError } from '../errors.ts'
import type { RunningGeneration } from '../runtime/running-topology.ts'
import type { Generation, Generations, GenerationState } from '../topology/generations.ts'
import { isComplete } from './progress.ts'

/**
 * How work on a generation ended: it is live now; it was deleted; all was counted up to its end; or this
 * process stopped, and the same command goes on with it.
 */
export type ReplayOutcome = 'live' | 'dropped' | 'complete' | 'stopped'

export interface ReplayRunOptions {
  readonly generation: Exclude<Generation, 'live'>
  /** Of the generation; who finds another one in its place is through. */
  readonly id: string
  /** Whether it is through when it has reached its limits. Else whoever moves them says when. */
  readonly endsAtLimits: boolean
  readonly generations: Generations
  readonly clock: Clock
  readonly log: Logger
}

const lookMs = 500

/** Keeps a run to what the store says of its generation: where it ends, whether it is paused, whether it still is. */
export class ReplayRun {
  /** Rejects with the cause when the run failed. */
  readonly done: Promise<ReplayOutcome>
  readonly #running: RunningGeneration
  readonly #options: ReplayRunOptions
  #outcome: ReplayOutcome = 'stopped'
  #timer: Timer | undefined
  #over = false
  #limits = ''

  constructor(running: RunningGeneration, options: ReplayRunOptions) {
    this.#running = running
    this.#options = options
    this.done = this.#end()
    this.done.catch(() => {})
    void this.#watch()
  }

  async #end(): Promise<ReplayOutcome> {
    try {
      await this.#running.done
      // It may have been told by a commit before we looked.
      if (this.#outcome === 'stopped') this.#outcome = whatBecame(await this.#options.generations.look(), this.#options)
      return this.#outcome
    } finally {
      this.#over = true
      this.#timer?.cancel()
    }
  }

  async #watch(): Promise<void> {
    const { clock, generations, log } = this.#options
    try {
      this.#obey(await generations.look())
    } catch (error) {
      if (!this.#over) log.warn('cannot look how the replay stands, trying again', { error: asMillraceError(error, 'MR_INTERNAL').message })
    }
    if (!this.#over) this.#timer = clock.setTimer(lookMs, () => void this.#watch())
  }

  #obey(states: ReadonlyMap<Generation, GenerationState>): void {
    if (this.#over) return
    const { endsAtLimits, generation } = this.#options
    const became = whatBecame(states, this.#options)
    if (became !== 'stopped') {
      this.#finish(became)
      return
    }
    const state = states.get(generation)!
    const limits = JSON.stringify(Array.from(state.limits))
    if (limits !== this.#limits) this.#running.limit(state.limits)
    this.#limits = limits
    if (state.paused) this.#running.deactivate()
    else this.#running.activate()
    if (endsAtLimits && isComplete(state)) this.#finish('complete')
  }

  #finish(outcome: ReplayOutcome): void {
    this.#over = true
    this.#outcome = outcome
    // There is nothing uncommitted that still counts.
    void this.#running.kill()
  }
}

/** `stopped` while it is still there to be worked on. */
function whatBecame(states: ReadonlyMap<Generation, GenerationState>, { generation, id }: Pick<ReplayRunOptions, 'generation' | 'id'>): ReplayOutcome {
  const state = states.get(generation)
  if (state?.id === id && state.status === 'building') return 'stopped'
  return Array.from(states.values()).some((other) => other.id === id && other.status !== 'dropped') ? 'live' : 'dropped'
}
