import { sleep, type Clock } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { RunningGeneration } from '../runtime/running-topology.ts'
import type { Generation, Generations, GenerationState } from '../topology/generations.ts'
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

const lookMs = 200
/** Under a hold readers wait for new counts: looks come quickly. */
const heldLookMs = 10
/** A process that dies under a hold lets go after this. */
const holdMs = 3000
const renewMs = 1000
/** What is caught up in about so long is worth a hold; with fewer records than this it is in any case. */
const nearMs = 1000
const nearRecords = 1000

/** Keeps the hold while `then` goes on; call it between its steps, which must not take a second. */
export type Renew = () => Promise<void>

/**
 * Lets a generation follow the live results until it is close, holds those, lets it come to exactly where they stand, and
 * does `then` while neither of them changes. Answers what `then` answers, and how long the live results stood still.
 */
export async function aligned<T>(options: AlignedOptions, then: (renew: Renew) => Promise<T>): Promise<{ readonly answer: T; readonly heldMs: number }> {
  const { clock, generations } = options
  for (;;) {
    await untilNear(options)
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

async function untilNear({ topology, generation, generations, running, clock, waiting }: AlignedOptions): Promise<void> {
  let before: { readonly atMs: number; readonly done: number } | undefined
  for (;;) {
    const { live, beside } = await both(topology, generation, generations)
    running.limit(live.positions)
    const behind = recordsBehind(beside.positions, live.positions)
    const now = { atMs: clock.monotonic(), done: Array.from(beside.positions.values()).reduce((sum, offset) => sum + offset, 0) }
    const perMs = before === undefined ? 0 : (now.done - before.done) / Math.max(1, now.atMs - before.atMs)
    if (behind <= Math.max(nearRecords, perMs * nearMs)) return
    before = now
    waiting?.(behind)
    await sleep(clock, lookMs)
  }
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

async function both(topology: string, generation: Exclude<Generation, 'live'>, generations: Generations): Promise<{ readonly live: GenerationState; readonly beside: GenerationState }> {
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
