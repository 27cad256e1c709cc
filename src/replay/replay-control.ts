import { sleep, type Clock } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { Generations, GenerationState } from '../topology/generations.ts'
import { heldLookMs, holdMs, lookMs, untilNear, type TwoGenerations } from './near.ts'

export interface ReplayStatus {
  readonly live: GenerationState
  /** What is built beside, or what was live before the last switch. */
  readonly replay: GenerationState | undefined
}

export interface SwitchOptions {
  /** Wait until the replay is as far as the live results, holding these for a moment at the end. Default false: refused when it is not. */
  readonly whenCaughtUp?: boolean
  /** Told now and then, while it waits, how many records the replay is behind. */
  readonly waiting?: (behind: number) => void
}

/** What can be asked of a topology's generations, from any process. */
export class ReplayControl {
  readonly #topology: string
  readonly #generations: Generations
  readonly #clock: Clock

  constructor(topology: string, generations: Generations, clock: Clock) {
    this.#topology = topology
    this.#generations = generations
    this.#clock = clock
  }

  async status(): Promise<ReplayStatus> {
    const states = await this.#generations.look()
    const live = states.get('live')
    if (live === undefined) throw this.#refused('there are no results of this topology', 'millrace run makes the first ones; check that --redis is the one it writes to')
    return { live, replay: states.get('replay') }
  }

  /** Its processes stop reading within a second; what they read is still counted. */
  async pause(): Promise<void> {
    await this.#building()
    await this.#generations.pause('replay', true)
  }

  async resume(): Promise<void> {
    await this.#building()
    await this.#generations.pause('replay', false)
  }

  /** Makes the replay live, at a moment at which it is as far as the live results; answers its number. Those stay as the previous generation. */
  async switchOver({ whenCaughtUp = false, waiting }: SwitchOptions = {}): Promise<number> {
    for (;;) {
      this.#refuseBounded(await this.#building())
      const answer = await this.#generations.swap('caught-up')
      if (answer.answer === 'OK') return answer.number
      if (!whenCaughtUp) {
        throw new MillraceError('MR_REPLAY_REFUSED', `the replay is ${answer.records} records behind the live results in ${answer.partition}`, {
          place: { topology: this.#topology, partition: answer.partition },
          remedy: 'switch with --when-caught-up, which waits for it; its process must be running',
        })
      }
      await untilNear(this.#clock, () => this.#catchingUp(), waiting)
      const number = await this.#swapHeld()
      if (number !== undefined) return number
    }
  }

  /** Makes the previous generation live again; answers its number. It goes on from where it was left. */
  async rollback(): Promise<number> {
    const { replay } = await this.status()
    if (replay?.status !== 'previous') throw this.#refused('there is no previous generation to go back to', 'only the last switch can be taken back, until its previous generation is dropped')
    const answer = await this.#generations.swap('previous')
    if (answer.answer === 'OK') return answer.number
    throw new MillraceError('MR_INTERNAL', 'a rollback was answered as if it had to catch up')
  }

  /** Deletes the replay, or the previous generation. Answers which of them it was. */
  async drop(): Promise<GenerationState['status']> {
    const { replay } = await this.status()
    if (replay === undefined) throw this.#refused('there is no replay', 'millrace replay FILE status shows what there is')
    await this.#generations.drop('replay')
    return replay.status
  }

  async #building(): Promise<ReplayStatus & { readonly replay: GenerationState }> {
    const { live, replay } = await this.status()
    if (replay?.status === 'building') return { live, replay }
    throw this.#refused(replay === undefined ? 'there is no replay' : `no replay is being built: what stands beside the live results is their ${replay.status === 'previous' ? 'previous generation' : 'remainder, being deleted'}`, 'begin one with millrace replay FILE --from … --execute')
  }

  #refuseBounded({ live, replay }: ReplayStatus & { readonly replay: GenerationState }): void {
    for (const [partition, limit] of replay.limits) {
      const at = live.positions.get(partition)
      if (at === undefined || limit >= at) continue
      throw new MillraceError('MR_REPLAY_REFUSED', `the replay ends at ${limit} in ${partition}, the live results hold its records up to ${at}: after a switch they would be missing`, {
        place: { topology: this.#topology, partition, offset: limit },
        remedy: 'begin a replay without --to: it follows the topic and can be switched to',
      })
    }
  }

  async #catchingUp(): Promise<TwoGenerations> {
    const { live, replay } = await this.#building()
    if (replay.paused) throw this.#refused('the replay is paused, so it will not catch up', 'resume it first')
    return { live, beside: replay }
  }

  /** Undefined when it did not catch up in time, and the live results have gone on. */
  async #swapHeld(): Promise<number | undefined> {
    await this.#generations.hold(holdMs)
    const until = this.#clock.monotonic() + holdMs * 0.8
    try {
      while (this.#clock.monotonic() < until) {
        const answer = await this.#generations.swap('caught-up')
        if (answer.answer === 'OK') return answer.number
        await sleep(this.#clock, heldLookMs)
      }
    } catch (error) {
      await this.#generations.release()
      throw error
    }
    await this.#generations.release()
    // Before the next try what live has kept back is counted.
    await sleep(this.#clock, lookMs)
    return undefined
  }

  #refused(message: string, remedy: string): MillraceError {
    return new MillraceError('MR_REPLAY_REFUSED', message, { place: { topology: this.#topology }, remedy })
  }
}
