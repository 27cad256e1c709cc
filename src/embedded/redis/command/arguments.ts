import { parseDouble } from './parse-double.ts'
import { CommandError, notAFloat, notAnInteger } from './command-error.ts'

const integerText = /^(?:0|-?[1-9]\d*)$/
const largest = 2n ** 63n - 1n
const smallest = -(2n ** 63n)

/** The 64-bit integer whose text this is exactly: no plus, no blanks, no leading zeros. A bigint only beyond 2^53. */
export function int64(text: string): number | bigint | undefined {
  if (text.length > 20 || !integerText.test(text)) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  const exact = BigInt(text)
  return exact > largest || exact < smallest ? undefined : exact
}

/** A 64-bit integer of which only the magnitude matters beyond 2^53: a count, a length, a position. Throws `ERR value is not an integer or out of range`. */
export function integerArgument(text: string, message?: string): number {
  const value = int64(text)
  if (value === undefined) throw message === undefined ? notAnInteger() : new CommandError(message)
  return Number(value)
}

/** Like `integerArgument`, from 0 on. Below, the error is `ERR value is out of range, must be positive`. */
export function countArgument(text: string): number {
  const value = integerArgument(text)
  if (value < 0) throw new CommandError('ERR value is out of range, must be positive')
  return value
}

/** Throws `ERR value is not a valid float`. */
export function doubleArgument(text: string, message?: string): number {
  const value = parseDouble(text)
  if (value === undefined) throw message === undefined ? notAFloat() : new CommandError(message)
  return value
}
