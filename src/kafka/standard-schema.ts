import { MillraceError } from '../errors.ts'

/** What valibot, zod, arktype and others agree on: https://standardschema.dev. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] }

/** How many of the places that do not fit are named. */
const namedFaults = 3

/** The schema's output, or where the value does not fit; issue messages are left out because they quote values. */
export function checkSchema(schema: StandardSchema, value: unknown): { readonly value: unknown; readonly faults: string | undefined } {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    result.catch(() => {})
    throw new MillraceError('MR_OPTIONS_INVALID', `a schema of ${schema['~standard'].vendor} checks asynchronously, which a spout cannot`, {
      remedy: 'use a synchronous schema in kafkaSpout, and do the asynchronous check in a bolt',
    })
  }
  if (result.issues === undefined) return { value: result.value, faults: undefined }
  const places = result.issues.slice(0, namedFaults).map(({ path = [] }) => {
    const keys = path.map((step) => String(typeof step === 'object' ? step.key : step))
    return keys.length === 0 ? 'its top' : keys.join('.')
  })
  const more = result.issues.length - places.length
  return { value: undefined, faults: `${places.join(', ')}${more > 0 ? ` and ${more} more` : ''}` }
}
