import * as v from 'valibot'
import { MillraceError } from '../errors.ts'
import { redactText, secretName } from './redact.ts'

/**
 * Checks what a user wrote against a declared schema and returns it with the defaults filled in.
 * All faults come in one error, each with the option's name.
 */
export function checkOptions<Schema extends v.GenericSchema>(of: string, schema: Schema, written: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, written)
  if (result.success) return result.output
  const faults = result.issues.map((issue) => {
    const path = v.getDotPath(issue) ?? of
    // The usual message quotes the value.
    return `${path}: ${secretName.test(path) ? `must be ${issue.expected ?? 'valid'}` : redactText(issue.message)}`
  })
  throw new MillraceError('MR_OPTIONS_INVALID', `${of}: ${faults.join('; ')}`, { remedy: 'correct the options named above' })
}
