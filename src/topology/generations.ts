import type { Window } from '../state/write-set.ts'
import type { Position } from './source.ts'

/**
 * Results and positions of one topology that belong together: `live` is what readers see, under the
 * names the user chose; the others are built beside it and seen by nobody.
 */
export type Generation = 'live' | 'replay' | 'verify'

/**
 * `building`: commits go in, nobody reads it. `previous`: was live before the last swap; frozen, can come
 * back. `dropped`: being deleted.
 */
export type GenerationStatus = 'live' | 'building' | 'previous' | 'dropped'

export interface GenerationState {
  /** Never given twice; moves with the results when generations change places. */
  readonly id: string
  /** 1 at the first deploy, one more with every swap and reset. What is being built has the number it would get. */
  readonly number: number
  /** `TopologyDescription.code` of the file that makes the results. */
  readonly code: string
  readonly fingerprint: string
  readonly createdMs: number
  readonly status: GenerationStatus
  /** What `begin` was called with; absent in the first generation and after a reset. */
  readonly mode?: string
  /** `topic/partition` → offset of the first record in the results. */
  readonly starts: ReadonlyMap<string, number>
  /** `topic/partition` → offset of the first record not in the results. */
  readonly positions: ReadonlyMap<string, number>
  /** `topic/partition` → offset to stop at; a partition without one has no end. */
  readonly limits: ReadonlyMap<string, number>
  readonly paused: boolean
  /** Records per second over all its processes; absent when not bounded. */
  readonly rate?: number
  /** Only results of windows inside this one are made; absent: all. */
  readonly only?: Window
  /** Result keys on record; of those that expired or were exchanged by a repair some may be counted still, or twice. */
  readonly keys: number
}

export interface GenerationWish {
  /** For `look`; means nothing to the store. */
  readonly mode: string
  /** A partition that is in none of them begins at its earliest record, like one added to the topic later. */
  readonly starts: readonly Position[]
  readonly limits: readonly Position[]
  readonly rate?: number
  readonly only?: Window
}

export type RepairAnswer =
  /** `windows`: how many there are in the span now. */
  | { readonly answer: 'OK'; readonly windows: number }
  /** Nothing was changed: of this partition so many records are missing, or below 0 were counted that live has not. */
  | { readonly answer: 'APART'; readonly partition: string; readonly records: number }

export type SwapAnswer =
  /** `number` of the generation that is live now. */
  | { readonly answer: 'OK'; readonly number: number }
  /** Nothing was changed: of this partition the most records are missing. */
  | { readonly answer: 'BEHIND'; readonly partition: string; readonly records: number }

/** What a comparison found in one step of it. */
export interface ComparedSlice {
  /** Keys looked at; a hash counts once for each field, a set or sorted set for each member. */
  readonly keys: number
  readonly differences: readonly Difference[]
}

/** Live and the other generation hold different values, or one of them holds none. Values are shortened. */
export interface Difference {
  readonly key: string
  readonly field?: string
  readonly live?: string
  readonly other?: string
}

/**
 * The generations of one topology in its store. A store module exports
 * `connectGenerations(context: ConnectorContext): Generations` beside `connect`; code and fingerprint of
 * what `begin` and `reset` make are those of the context. Main thread, no workers needed.
 *
 * Every change is one atomic step, and is sent again until its outcome is known; once known, it was done
 * once. A caller that dies between two calls leaves nothing half done. What does not fit how the generations
 * stand rejects with MR_REPLAY_REFUSED and changes nothing.
 */
export interface Generations {
  /** Connects and checks that the calls below can work here. */
  open(): Promise<void>
  /** All there are, read at one moment. */
  look(): Promise<ReadonlyMap<Generation, GenerationState>>
  /** Makes an empty generation. Refused while there is one already, and without a live one to stand beside. */
  begin(generation: 'replay' | 'verify', wish: GenerationWish): Promise<void>
  /**
   * Commits to `live` wait for at most so long, then go on; again: so long from now. Answers live's
   * positions, which stay as they are until then: positions that have not changed since an earlier hold mean
   * that the results have not, either, unless they are added at most once (`addOnce` does not wait). Refused
   * while another caller holds.
   */
  hold(forMs: number): Promise<ReadonlyMap<string, number>>
  /** Ends our own hold. */
  release(): Promise<void>
  /** Replaces the limits of these partitions. Whoever builds the generation finds out by `look`. */
  limit(generation: 'replay' | 'verify', limits: readonly Position[]): Promise<void>
  /** Notes whether it is to be built on. Whoever builds it finds out by `look`. */
  pause(generation: 'replay' | 'verify', paused: boolean): Promise<void>
  /**
   * `live` and `replay` change places: results, positions, all. Readers see the one or the other, whole.
   * `caught-up`: refused unless it is building, BEHIND unless it is as far as live everywhere.
   * `previous`: back to what was live before; live then goes on from its older positions. Ends our hold.
   * Commits to both are over: who makes them reads the positions anew, or ends (MR_GENERATION_SWITCHED, MR_REPLAY_ENDED).
   */
  swap(expect: 'caught-up' | 'previous'): Promise<SwapAnswer>
  /**
   * `live` gets the replay's results of the windows inside the span, and keeps all else, its positions too: both must
   * stand at the same ones. Readers see all repaired windows at once. The replay is over then; what it holds waits for `drop`.
   */
  repair(span: Window): Promise<RepairAnswer>
  /** Deletes live's results and begins them anew at these positions. Ends our hold. Running processes go on from there if their code is ours. */
  reset(starts: readonly Position[]): Promise<void>
  /**
   * Compares all results of live with those of another generation, in steps of a few milliseconds; the caller
   * keeps both from changing meanwhile (`hold`, and no commits to the other). Fields that sinks declare volatile
   * are not compared.
   */
  compare(generation: 'replay' | 'verify'): AsyncIterable<ComparedSlice>
  /** Closes it to commits, then deletes it, in slices. Right when there is none. */
  drop(generation: 'replay' | 'verify'): Promise<void>
  close(): Promise<void>
}
