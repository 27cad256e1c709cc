import { int64 } from './arguments.ts'
import { CommandError, notAnInteger } from './command-error.ts'

const largest = 2 ** 31 - 1
const smallest = -(2 ** 31)

/** An integer of 32 bits, such as the number of a database. */
export function int32Argument(text: string, message?: string): number {
  const value = int64(text)
  if (typeof value === 'number' && value <= largest && value >= smallest) return value
  if (message !== undefined) throw new CommandError(message)
  throw value === undefined ? notAnInteger() : new CommandError(`ERR value is out of range, value must between ${smallest} and ${largest}`)
}
