/** A field of a message: what it is in every version. `Out` is what reading gives, `In` what writing takes. */
export interface Field<Out, In = Out> {
  readonly type: FieldType
  readonly presence: Presence
  /** First version in which null may stand; Infinity for none. */
  readonly nullableSince: number
  /** Read where the version has no such field, written where the caller left it out. */
  readonly fallback: unknown
  /** Never there: keeps the types of the values. */
  readonly values?: { read(): Out; write(value: In): void }
}

export type FieldType = FixedType | SizedType | { readonly struct: Fields } | { readonly arrayOf: FieldType }
/** Types of one size. */
export type FixedType = 'int8' | 'int16' | 'int32' | 'int64' | 'boolean' | 'uuid'
/** Types with their length in front. */
export type SizedType = 'string' | 'bytes' | 'records'

/** In which versions a field is there. */
export interface Presence {
  /** First version. Default 0. */
  readonly since?: number
  /** Last version. Default: all later ones. */
  readonly until?: number
  /** Number of a tagged field: written only when it differs from its fallback, and only in flexible versions. */
  readonly tag?: number
}

export interface Nullable {
  /** First version in which null may stand. */
  readonly nullable: number
}

export type Fallback<T> = Presence & { readonly fallback?: T }
export type MaybeNull<T> = Presence & { readonly nullable?: number; readonly fallback?: T | null }

/** What reading a table of fields gives. */
export type Read<F> = { -readonly [K in keyof F]: F[K] extends Field<infer Out, never> ? Out : never }
/** What writing a table of fields takes; what is left out is written as its fallback. */
export type Written<F> = { readonly [K in keyof F]?: F[K] extends Field<unknown, infer In> ? In : never }

export type Fields = Readonly<Record<string, Field<unknown, never>>>

export const int8 = (options: Fallback<number> = {}): Field<number> => field('int8', 0, options)
export const int16 = (options: Fallback<number> = {}): Field<number> => field('int16', 0, options)
export const int32 = (options: Fallback<number> = {}): Field<number> => field('int32', 0, options)
/** A number; beyond 2^53 the nearest one. */
export const int64 = (options: Fallback<number> = {}): Field<number> => field('int64', 0, options)
export const boolean = (options: Fallback<boolean> = {}): Field<boolean> => field('boolean', false, options)

/** 16 bytes; its fallback is all zeros. */
export const uuid = (options: Presence = {}): Field<Uint8Array> => field('uuid', Buffer.alloc(16), options)

export function string(options: Presence & Nullable & { readonly fallback?: string | null }): Field<string | null>
export function string(options?: Fallback<string>): Field<string>
export function string(options: MaybeNull<string> = {}): Field<string | null> {
  return field('string', '', options)
}

export function bytes(options: Presence & Nullable & { readonly fallback?: Uint8Array | null }): Field<Buffer | null, Uint8Array | null>
export function bytes(options?: Presence): Field<Buffer, Uint8Array>
export function bytes(options: MaybeNull<Uint8Array> = {}): Field<Buffer | null, Uint8Array | null> {
  return field('bytes', noBytes, options)
}

/** Record batches: read as one view, written from one block or several in a row. Null may stand in every version. */
export function records(options: Presence = {}): Field<Buffer | null, Uint8Array | readonly Uint8Array[] | null> {
  return field('records', null, { ...options, nullable: 0 })
}

export function array<F extends Fields>(element: F, options: MaybeNull<never[]> & Nullable): Field<Read<F>[] | null, readonly Written<F>[] | null>
export function array<F extends Fields>(element: F, options?: Presence): Field<Read<F>[], readonly Written<F>[]>
export function array(element: Fields, options: MaybeNull<never[]> = {}): Field<object[] | null, readonly object[] | null> {
  return field({ arrayOf: { struct: element } }, noElements, options)
}

/** An array of plain values instead of structs. */
export function list<Out, In>(element: Field<Out, In>, options: MaybeNull<never[]> & Nullable): Field<Out[] | null, readonly In[] | null>
export function list<Out, In>(element: Field<Out, In>, options?: Presence): Field<Out[], readonly In[]>
export function list<Out, In>(element: Field<Out, In>, options: MaybeNull<never[]> = {}): Field<Out[] | null, readonly In[] | null> {
  return field({ arrayOf: element.type }, noElements, options)
}

/** A struct within a struct. Its fallback has the fallback of every field. */
export function struct<F extends Fields>(fields: F, options: Presence = {}): Field<Read<F>, Written<F>> {
  return field({ struct: fields }, Object.freeze(fallbacksOf(fields)), options)
}

/** What a message has whose version knows none of the fields. */
export function fallbacksOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, { fallback }]) => [name, fallback]))
}

const noBytes = Buffer.alloc(0)
/** Frozen, for all messages read without the field share it. */
const noElements: readonly never[] = Object.freeze([])

function field<Out, In>(type: FieldType, zero: unknown, { nullable = Infinity, fallback = zero, ...presence }: MaybeNull<unknown>): Field<Out, In> {
  return { type, presence, nullableSince: nullable, fallback }
}
