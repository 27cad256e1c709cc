import { sleep, type Clock } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { RunningGeneration } from '../runtime/running-topology.ts'
import type { Generation, Generations } from '../topology/generations.ts'
import { heldLookMs, holdMs, lookMs, untilNear, type TwoGenerations } from './near.ts'
import { recordsBehind } from './progress.ts'

export interface AlignedOptions {
  readonly topology: string
  readonly generation: Exclude<Generation, 'live'>
  readonly generations: Generations
  /** Counts the generation, in this process alone. */
  readonly running: RunningGeneration
  readonly clock: Clock
  /** Told now and then how many records it is behind. */
  readonly waiting?: ((behind: number) => void) | undefined
}

const renewMs = 1000

/** Keeps the hold while `then` goes on; call it between its steps, which must not take a second. */
export type Renew = () => Promise<void>

/**
 * Lets a generation follow the live results until it is close, holds those, lets it come to exactly where they stand, and
 * does `then` while neither of them changes. Answers what `then` answers, and how long the live results stood still.
 */
export async function aligned<T>(options: AlignedOptions, then: (renew: Renew) => Promise<T>): Promise<{ readonly answer: T; readonly heldMs: number }> {
  const { clock, generations } = options
  for (;;) {
    await untilNear(clock, () => follow(options), options.waiting)
    const since = clock.monotonic()
    const at = await generations.hold(holdMs)
    let heldAt = clock.monotonic()
    const renew = async (): Promise<void> => {
      if (clock.monotonic() - heldAt < renewMs) return
      const now = await generations.hold(holdMs)
      heldAt = clock.monotonic()
      if (recordsBehind(at, now) > 0) throw letGo(options.topology)
    }
    try {
      if (await comesTo(options, at)) return { answer: await then(renew), heldMs: clock.monotonic() - since }
    } finally {
      await generations.release()
    }
    // What was kept back is counted before the next try.
    await sleep(clock, lookMs)
  }
}

/** Lets it come to where the live results are now. */
async function follow({ topology, generation, generations, running }: AlignedOptions): Promise<TwoGenerations> {
  const states = await both(topology, generation, generations)
  running.limit(states.live.positions)
  return states
}

/** False when it takes longer than readers should wait. */
async function comesTo({ topology, generation, generations, running, clock }: AlignedOptions, at: ReadonlyMap<string, number>): Promise<boolean> {
  running.limit(at)
  const until = clock.monotonic() + holdMs * 0.8
  while (clock.monotonic() < until) {
    const { beside } = await both(topology, generation, generations)
    if (recordsBehind(beside.positions, at) === 0) return true
    await sleep(clock, heldLookMs)
  }
  return false
}

async function both(topology: string, generation: Exclude<Generation, 'live'>, generations: Generations): Promise<TwoGenerations> {
  const states = await generations.look()
  const live = states.get('live')
  const beside = states.get(generation)
  if (live !== undefined && beside?.status === 'building') return { live, beside }
  throw new MillraceError('MR_REPLAY_ENDED', 'what was counted beside the live results was taken away meanwhile, by another command', {
    place: { topology },
    remedy: 'run one such command at a time, and start this one again',
  })
}

function letGo(topology: string): MillraceError {
  return new MillraceError('MR_REPLAY_REFUSED', 'the live results could not be held still: this process or Redis stood still for seconds', {
    place: { topology },
    remedy: 'nothing was changed; start the command again when the machine is less busy',
  })
}
