import { int64 } from './arguments.ts'
import { CommandError } from './command-error.ts'

/** A 64-bit integer from `least` on. Whatever is wrong with it, the error has these words. */
export function boundedArgument(text: string, least: number, error: string): number {
  const value = int64(text)
  if (value === undefined || value < least) throw new CommandError(error)
  return Number(value)
}

/** `numkeys`, followed by so many keys. */
export function keyCountArgument(text: string): number {
  return boundedArgument(text, 1, 'ERR numkeys should be greater than 0')
}
