import { int64 } from './arguments.ts'
import { CommandError, notAnInteger } from './command-error.ts'

/** A 64-bit integer whose negative is one too. */
export function symmetricArgument(text: string): number {
  const value = int64(text)
  if (value === undefined) throw notAnInteger()
  if (BigInt(value) === -(2n ** 63n)) throw new CommandError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807')
  return Number(value)
}
