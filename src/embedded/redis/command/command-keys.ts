import type { Command } from './command.ts'

/** The keys that a call of the command names; none when its arguments do not fit. */
export function keysOf(command: Command, args: readonly string[]): readonly string[] {
  if (command.keysOf !== undefined) return command.keysOf(args)
  if (command.keys === undefined) return []
  const [first, last, step] = command.keys
  const end = last < 0 ? args.length + last : last
  const keys: string[] = []
  for (let i = first; i <= Math.min(end, args.length - 1); i += step) keys.push(args[i]!)
  return keys
}
