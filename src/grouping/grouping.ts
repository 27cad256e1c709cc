import type { Tuple } from '../tuple/fields.ts'

/**
 * A user's own grouping. One instance per producing task; calls come on that task's thread.
 */
export interface CustomGrouping {
  /** Before the first tuple: the topology-wide numbers of the target tasks, ascending. */
  prepare?(targets: readonly number[], sourceTask: number): void
  /** Task numbers out of `targets` that get the tuple; none drops it, several copy it. */
  chooseTasks(tuple: Tuple, targets: readonly number[]): readonly number[]
}

/**
 * Chooses targets by index `0 … size-1`. Single-target choosers are the fast path; `all` and custom
 * groupings choose several.
 */
export type TargetChooser =
  | { readonly one: (tuple: Tuple) => number }
  | { readonly many: (tuple: Tuple) => readonly number[] }
