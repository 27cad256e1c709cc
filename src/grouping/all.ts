import type { TargetChooser } from './grouping.ts'

/** Every task gets every tuple. */
export function allChooser(size: number): TargetChooser {
  const all = Array.from({ length: size }, (_, index) => index)
  return { many: () => all }
}
