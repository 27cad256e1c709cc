import type { Batch } from '../tuple/batch.ts'
import type { Tuple } from '../tuple/fields.ts'

/** How the tuples of a stream are shared among the tasks of a subscriber. */
export type Grouping =
  | { readonly kind: 'shuffle' | 'all' | 'global' | 'local-or-shuffle' | 'direct' | 'none' }
  | { readonly kind: 'fields' | 'partial-key'; readonly fields: readonly string[] }
  | { readonly kind: 'custom'; readonly create: () => CustomGrouping }

/**
 * A user's own grouping. One instance per producing task; calls come on that task's thread.
 */
export interface CustomGrouping<T = Tuple> {
  /** Before the first tuple: the topology-wide numbers of the target tasks, ascending. */
  prepare?(targets: readonly number[], sourceTask: number): void
  /** Task numbers out of `targets` that get the tuple; none drops it, several copy it. */
  chooseTasks(tuple: T, targets: readonly number[]): readonly number[]
}

/**
 * Chooses targets by index `0 … size-1`. Single-target choosers are the fast path; custom groupings
 * choose several.
 */
export type TargetChooser =
  | {
    readonly one: (tuple: Tuple) => number
    /**
     * As `one` of each row of a batch in turn, into `chosen`, which may be longer. Answers false, with nothing
     * chosen, where the batch lacks the columns for it.
     */
    readonly each: (batch: Batch, chosen: Int32Array) => boolean
  }
  | { readonly many: (tuple: Tuple) => readonly number[] }
