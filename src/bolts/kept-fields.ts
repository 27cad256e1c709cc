import type { Fields, Tuple } from '../tuple/fields.ts'

/** Fields of its input that a bolt emits as they are. */
export interface KeptFields {
  readonly names: readonly string[]
  of(tuple: Tuple): Record<string, unknown>
}

export function keptFields(fields: Fields): KeptFields {
  const names = Object.keys(fields)
  return { names, of: (tuple) => Object.fromEntries(names.map((name) => [name, tuple[name]])) }
}
