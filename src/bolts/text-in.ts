import { MillraceError } from '../errors.ts'

/** A value that must be text, and text that UTF-8 can hold: else two values could become one. `what` names it for people. */
export function textIn(value: unknown, what: string): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw new MillraceError('MR_RECORD_INVALID', `${what} ${typeof value === 'string' ? 'holds a lone surrogate' : 'is no text'}`, {
    remedy: "correct the data, or let such tuples be skipped (onError: 'skip' of this bolt)",
  })
}
