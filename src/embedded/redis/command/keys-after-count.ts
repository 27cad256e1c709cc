/** Finds keys that follow their number, which stands at `at`; `before` is the position of a key in front of it. A number that does not fit: none at all. */
export function keysAfterCount(at: number, before?: number): (args: readonly string[]) => readonly string[] {
  return (args) => {
    const count = Number(args[at])
    if (!(count >= 1 && at + count < args.length)) return []
    const keys = args.slice(at + 1, at + 1 + count)
    return before === undefined ? keys : [args[before]!, ...keys]
  }
}
