import { MillraceError } from '../errors.ts'
import type { CustomGrouping, TargetChooser } from './grouping.ts'

/** Asks the user's grouping, and refuses tasks that are no targets. */
export function customChooser(grouping: CustomGrouping, targets: readonly number[], sourceTask: number): TargetChooser {
  const indexOf = new Map(targets.map((task, index) => [task, index]))
  grouping.prepare?.(targets, sourceTask)
  return {
    many(tuple) {
      const tasks: unknown = grouping.chooseTasks(tuple, targets)
      if (!Array.isArray(tasks)) throw refused('chooseTasks answered no array', targets)
      return tasks.map((task) => {
        const index = indexOf.get(task as number)
        if (index === undefined) throw refused(`chooseTasks answered task ${String(task)}, which is no target`, targets)
        return index
      })
    },
  }
}

function refused(fault: string, targets: readonly number[]): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', `a custom grouping failed: ${fault}`, {
    remedy: `answer an array of task numbers out of the targets handed in: ${targets.join(', ')}`,
  })
}
