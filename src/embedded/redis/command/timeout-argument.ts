import { int64 } from './arguments.ts'
import { CommandError } from './command-error.ts'
import { parseDouble } from './parse-double.ts'

/** Longer waits than a timer can take are as good as this. */
const longestMs = 2 ** 31 - 1

/** How long a command may wait, written in seconds with a fraction; in ms, 0 for ever. */
export function secondsArgument(text: string): number {
  const seconds = parseDouble(text)
  if (seconds === undefined) throw new CommandError('ERR timeout is not a float or out of range')
  return checked(Math.ceil(seconds * 1000))
}

/** The same, written in milliseconds. */
export function millisecondsArgument(text: string): number {
  const ms = int64(text)
  if (ms === undefined) throw new CommandError('ERR timeout is not an integer or out of range')
  return checked(Number(ms))
}

function checked(ms: number): number {
  if (ms < 0 || ms >= 2 ** 63) throw new CommandError('ERR timeout is negative')
  return Math.min(ms, longestMs)
}
