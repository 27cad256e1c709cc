import { MillraceError } from '../errors.ts'
import { longestStack, type DeadRecord } from './record-fates.ts'

/** What is kept of whatever a component has thrown. */
export function errorFacts(thrown: unknown): Pick<DeadRecord, 'errorClass' | 'message' | 'stack'> {
  if (!(thrown instanceof Error)) return { errorClass: typeof thrown, message: cut(String(thrown)), stack: '' }
  const { cause } = thrown
  const stack = (thrown instanceof MillraceError && cause instanceof Error ? cause.stack : thrown.stack) ?? ''
  return { errorClass: thrown instanceof MillraceError ? thrown.code : thrown.name, message: cut(thrown.message), stack: cut(stack) }
}

function cut(text: string): string {
  return text.length <= longestStack ? text : text.slice(0, longestStack).toWellFormed()
}
