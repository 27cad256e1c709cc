/**
 * Output fields are declared as data, because the runtime needs them: grouping, the frame codec
 * and the types of the topology all come from the one declaration.
 */
export type FieldType = 'string' | 'number' | 'boolean' | 'bigint' | 'bytes' | 'json' | JsonField<unknown>

/** A JSON field of a known TypeScript type. Made by {@link json}; at run time it is `'json'`. */
export interface JsonField<T> {
  readonly json: true
  /** Never set: carries the type only. */
  readonly type?: T
}

export type Fields = Readonly<Record<string, FieldType>>
/** Streams of a component by name; the usual one is `default`. */
export type Streams = Readonly<Record<string, Fields>>

export type ValueOf<F extends FieldType> = F extends 'string' ? string
  : F extends 'number' ? number
  : F extends 'boolean' ? boolean
  : F extends 'bigint' ? bigint
  : F extends 'bytes' ? Uint8Array
  : F extends JsonField<infer T> ? T
  : unknown

/** What a bolt sees of a stream, and what its producer must emit. Treated as immutable by all. */
export type TupleOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** A tuple whose type nobody knows: the runtime's view. */
export type Tuple = Readonly<Record<string, unknown>>

/** Sets a field of a tuple in the making; an assignment would take `__proto__` for its prototype. */
export function setField(tuple: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(tuple, name, { value, enumerable: true, writable: true, configurable: true })
  else tuple[name] = value
}

export const defaultStream = 'default'

/** Declares a field that holds any JSON value, typed as `T`: `{ view: json<PageView>() }`. */
export function json<T>(): JsonField<T> {
  return { json: true }
}

export const columnTypes = ['string', 'number', 'boolean', 'bigint', 'bytes', 'json'] as const
export type ColumnType = (typeof columnTypes)[number]

export function isFieldType(value: unknown): value is FieldType {
  if (typeof value === 'string') return columnTypes.includes(value as ColumnType)
  return typeof value === 'object' && value !== null && 'json' in value && value.json === true
}

export function columnType(field: FieldType): ColumnType {
  return typeof field === 'string' ? field : 'json'
}
