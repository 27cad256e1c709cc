import type { TargetChooser } from './grouping.ts'

/** The task with the lowest number gets everything. */
export const globalChooser: TargetChooser = {
  one: () => 0,
  each(batch, chosen) {
    chosen.fill(0, 0, batch.rows)
    return true
  },
}
