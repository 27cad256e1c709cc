import type { Generation } from '../topology/generations.ts'

/** Where one generation of a topology stands in Redis: what it keeps for itself, beside the result keys the user names. */
export interface TopologyKeys {
  /** What all own keys of the topology begin with; keys of the user may, too. */
  readonly tag: string
  /** Hash: `topic/partition` → `next|owner|commit id`. Changes in the same script as the results. */
  readonly offsets: string
  /** Hash: see `generation-state.ts`. */
  readonly meta: string
  /**
   * Set: names of result keys, without prefix; of those that expired some may still be there. With `keyLog` it is the
   * registry: every result is in the one or the other, or in both.
   */
  readonly keys: string
  /** List: arrays of names, packed; each commit before the first expiry adds those that were not there. */
  readonly keyLog: string
  /** Hash: `topic/partition` → `counted N skipped N dead-lettered N gaps N from N`. */
  readonly fates: string
  /** Hash: `topic/partition@offset` of every dead-lettered record → 0 and, once it was retried and counted, 1, in the form of an offset. */
  readonly deadLetters: string
  /** Hash: name of a result key → `start end` of the window it holds, in ms; without those that sinks do not say it of. */
  readonly windows: string
  /** Stands in front of the name of every result key. */
  readonly prefix: string
}

export function topologyKeys(topology: string, generation: Generation): TopologyKeys {
  const tag = `{${topology}}:`
  const own = generation === 'live' ? tag : `${tag}${generation}:`
  return {
    tag,
    offsets: `${own}offsets`,
    meta: `${own}meta`,
    keys: `${own}keys`,
    keyLog: `${own}key-log`,
    fates: `${own}fates`,
    deadLetters: `${own}dead-letters`,
    windows: `${own}windows`,
    prefix: generation === 'live' ? '' : `${own}result:`,
  }
}

/** All keys that belong to a generation beside its results, in one order. */
export function ownKeys({ offsets, meta, keys, fates, deadLetters, windows, keyLog }: TopologyKeys): readonly string[] {
  return [offsets, meta, keys, fates, deadLetters, windows, keyLog]
}
