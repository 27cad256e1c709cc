import { int64 } from './arguments.ts'
import { CommandError, notAnInteger } from './command-error.ts'

const latest = 2n ** 63n - 1n

export interface ExpiryForm {
  /** Milliseconds in one unit of the argument. */
  readonly unit: 1 | 1000
  /** What it counts from, in ms since 1970; 0 for a point in time. */
  readonly fromMs: number
}

/** When a key is to expire, in ms since 1970; a bigint beyond 2^53. `command` is the full name, for the error. */
export function expiryArgument(text: string, { unit, fromMs }: ExpiryForm, command: string): number | bigint {
  const amount = int64(text)
  if (amount === undefined) throw notAnInteger()
  const quick = Number(amount) * unit + fromMs
  if (Number.isSafeInteger(quick) && typeof amount === 'number') return quick
  const ms = BigInt(amount) * BigInt(unit)
  if (ms > latest - BigInt(fromMs) || ms < -latest - 1n) throw invalidExpiry(command)
  const exact = ms + BigInt(fromMs)
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
}

/** The same, where an amount below 1 is an error. */
export function positiveExpiryArgument(text: string, form: ExpiryForm, command: string): number | bigint {
  const at = expiryArgument(text, form, command)
  if (at <= form.fromMs) throw invalidExpiry(command)
  return at
}

function invalidExpiry(command: string): CommandError {
  return new CommandError(`ERR invalid expire time in '${command}' command`)
}

/** EX, PX, EXAT and PXAT, by their names in lower case. */
export function expiryForms(nowMs: number): Readonly<Record<string, ExpiryForm | undefined>> {
  return { ex: { unit: 1000, fromMs: nowMs }, px: { unit: 1, fromMs: nowMs }, exat: { unit: 1000, fromMs: 0 }, pxat: { unit: 1, fromMs: 0 } }
}
