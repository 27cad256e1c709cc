import { sleep, type Clock } from '../base/clock.ts'
import type { GenerationState } from '../topology/generations.ts'
import { recordsBehind } from './progress.ts'

export const lookMs = 200
/** Under a hold readers wait for new counts: looks come quickly. */
export const heldLookMs = 10
/** A process that dies under a hold lets go after this. */
export const holdMs = 3000
/** What is caught up in about so long is worth a hold; with fewer records than this it is in any case. */
const nearMs = 1000
const nearRecords = 1000

export interface TwoGenerations {
  readonly live: GenerationState
  readonly beside: GenerationState
}

/**
 * Resolves when it makes sense to let the live results wait for the rest. `look` answers how both stand, or throws
 * when there is nothing to wait for; `waiting` is told after each look how many records are missing.
 */
export async function untilNear(clock: Clock, look: () => Promise<TwoGenerations>, waiting: ((behind: number) => void) | undefined): Promise<void> {
  let before: { readonly atMs: number; readonly done: number } | undefined
  for (;;) {
    const { live, beside } = await look()
    const behind = recordsBehind(beside.positions, live.positions)
    const now = { atMs: clock.monotonic(), done: Array.from(beside.positions.values()).reduce((sum, offset) => sum + offset, 0) }
    const perMs = before === undefined ? 0 : (now.done - before.done) / Math.max(1, now.atMs - before.atMs)
    if (behind <= Math.max(nearRecords, perMs * nearMs)) return
    before = now
    waiting?.(behind)
    await sleep(clock, lookMs)
  }
}
