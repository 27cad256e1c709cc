import { setField, type Fields, type Tuple } from '../tuple/fields.ts'

/** Fields of its input that a bolt emits as they are. */
export interface KeptFields {
  readonly names: readonly string[]
  of(tuple: Tuple): Record<string, unknown>
}

export function keptFields(fields: Fields): KeptFields {
  const names = Object.keys(fields)
  return {
    names,
    of(tuple) {
      const kept: Record<string, unknown> = {}
      for (const name of names) setField(kept, name, tuple[name])
      return kept
    },
  }
}
