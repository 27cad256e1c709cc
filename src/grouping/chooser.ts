import { customChooser } from './custom.ts'
import { fieldsChooser } from './fields.ts'
import { globalChooser } from './global.ts'
import type { Grouping, TargetChooser } from './grouping.ts'
import { partialKeyChooser } from './partial-key.ts'
import { shuffleChooser } from './shuffle.ts'

/**
 * The chooser of one producing task. `targets` are topology-wide task numbers, ascending and at least
 * one; which tasks are near is the planner's business, so `local-or-shuffle` is a shuffle here, and `none` is one too.
 */
export function makeChooser(grouping: Grouping, targets: readonly number[], sourceTask: number): TargetChooser | 'all' | 'direct' {
  switch (grouping.kind) {
    case 'fields':
      return fieldsChooser(grouping.fields, targets.length)
    case 'partial-key':
      return partialKeyChooser(grouping.fields, targets.length)
    case 'global':
      return globalChooser
    case 'all':
    case 'direct':
      return grouping.kind
    case 'custom':
      return customChooser(grouping.create(), targets, sourceTask)
    default:
      return shuffleChooser(targets.length, sourceTask)
  }
}
