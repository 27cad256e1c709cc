/** For an option that may be given often: all its values in their order. */
export function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return before === undefined ? [value] : [...before, value]
}
