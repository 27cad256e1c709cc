import type { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** A field's bytes in one version of its message. */
export interface FieldCodec<Out, In> {
  read(reader: WireReader): Out
  write(writer: WireWriter, value: In): void
}

/**
 * A field of a message: what it is in every version. `Out` is what reading gives, `In` what writing
 * takes.
 */
export interface Field<Out, In = Out> {
  /** Read where the version has no such field, written where the caller left it out. */
  readonly fallback: unknown
  readonly presence: Presence
  compile(version: number, flexible: boolean): FieldCodec<Out, In>
}

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

export const int8 = (options: Fallback<number> = {}): Field<number> => primitive(0, options, { read: (reader) => reader.int8(), write: (writer, value) => writer.int8(value) })
export const int16 = (options: Fallback<number> = {}): Field<number> => primitive(0, options, { read: (reader) => reader.int16(), write: (writer, value) => writer.int16(value) })
export const uint16 = (options: Fallback<number> = {}): Field<number> => primitive(0, options, { read: (reader) => reader.uint16(), write: (writer, value) => writer.uint16(value) })
export const int32 = (options: Fallback<number> = {}): Field<number> => primitive(0, options, { read: (reader) => reader.int32(), write: (writer, value) => writer.int32(value) })
/** A number; beyond 2^53 the nearest one. */
export const int64 = (options: Fallback<number> = {}): Field<number> => primitive(0, options, { read: (reader) => reader.int64(), write: (writer, value) => writer.int64(value) })
export const float64 = (options: Fallback<number> = {}): Field<number> => primitive(0, options, { read: (reader) => reader.float64(), write: (writer, value) => writer.float64(value) })
export const boolean = (options: Fallback<boolean> = {}): Field<boolean> => primitive(false, options, { read: (reader) => reader.int8() !== 0, write: (writer, value) => writer.int8(value ? 1 : 0) })

export const zeroUuid = Buffer.alloc(16)
/** 16 bytes. */
export const uuid = (options: Presence = {}): Field<Uint8Array> => primitive<Uint8Array>(zeroUuid, options, { read: (reader) => reader.take(16), write: (writer, value) => writer.block(value) })

export function string(options: Presence & Nullable & { readonly fallback?: string | null }): Field<string | null>
export function string(options?: Fallback<string>): Field<string>
export function string(options: MaybeNull<string> = {}): Field<string | null> {
  return nullable<string>('', options, (flexible) => ({
    readLength: (reader) => (flexible ? reader.unsignedVarint() - 1 : reader.int16()),
    writeLength: (writer, length) => {
      if (flexible) writer.unsignedVarint(length + 1)
      else if (length > 0x7fff) throw new RangeError(`a string of ${length} bytes does not fit its field`)
      else writer.int16(length)
    },
    lengthOf: (value) => Buffer.byteLength(value),
    readBody: (reader, length) => reader.take(length).toString('utf8'),
    writeBody: (writer, value, length) => writer.utf8(value, length),
  }))
}

export function bytes(options: Presence & Nullable & { readonly fallback?: Uint8Array | null }): Field<Buffer | null, Uint8Array | null>
export function bytes(options?: Presence): Field<Buffer, Uint8Array>
export function bytes(options: MaybeNull<Uint8Array> = {}): Field<Buffer | null, Uint8Array | null> {
  return nullable<Buffer, Uint8Array>(Buffer.alloc(0), options, (flexible) => ({
    ...lengthInt32(flexible),
    lengthOf: (value) => value.length,
    readBody: (reader, length) => reader.take(length),
    writeBody: (writer, value) => writer.block(value),
  }))
}

/** Record batches: read as one view, written from one block or several in a row. Null may stand in every version. */
export function records(options: Presence = {}): Field<Buffer | null, Uint8Array | readonly Uint8Array[] | null> {
  return nullable<Buffer, Uint8Array | readonly Uint8Array[]>(Buffer.alloc(0), { ...options, nullable: 0, fallback: null }, (flexible) => ({
    ...lengthInt32(flexible),
    lengthOf: (value) => (value instanceof Uint8Array ? value.length : value.reduce((sum, block) => sum + block.length, 0)),
    readBody: (reader, length) => reader.take(length),
    writeBody: (writer, value) => {
      for (const block of value instanceof Uint8Array ? [value] : value) writer.block(block)
    },
  }))
}

type ArrayOptions = MaybeNull<readonly never[]>

export function array<F extends Fields>(element: F, options: ArrayOptions & Nullable): Field<Read<F>[] | null, readonly Written<F>[] | null>
export function array<F extends Fields>(element: F, options?: Presence): Field<Read<F>[], readonly Written<F>[]>
export function array(element: Fields, options: ArrayOptions = {}): Field<object[] | null, readonly object[] | null> {
  return listOf((version, flexible) => compileStruct(element, version, flexible) as FieldCodec<object, object>, options)
}

/** An array of plain values instead of structs. */
export function list<Out, In>(element: Field<Out, In>, options: ArrayOptions & Nullable): Field<Out[] | null, readonly In[] | null>
export function list<Out, In>(element: Field<Out, In>, options?: Presence): Field<Out[], readonly In[]>
export function list<Out, In>(element: Field<Out, In>, options: ArrayOptions = {}): Field<Out[] | null, readonly In[] | null> {
  return listOf((version, flexible) => element.compile(version, flexible), options)
}

/** A struct within a struct. Its fallback has the fallback of every field. */
export function struct<F extends Fields>(fields: F, options: Presence = {}): Field<Read<F>, Written<F>> {
  const fallback = Object.freeze(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.fallback])))
  return { fallback, presence: options, compile: (version, flexible) => compileStruct(fields, version, flexible) as FieldCodec<Read<F>, Written<F>> }
}

function primitive<T>(zero: T, { fallback = zero, ...presence }: Fallback<T>, codec: FieldCodec<T, T>): Field<T> {
  return { fallback, presence, compile: () => codec }
}

interface LengthCodec {
  /** -1 for null. */
  readLength(reader: WireReader): number
  writeLength(writer: WireWriter, length: number): void
}

interface SizedCodec<Out, In> extends LengthCodec {
  lengthOf(value: In): number
  readBody(reader: WireReader, length: number): Out
  writeBody(writer: WireWriter, value: In, length: number): void
}

function lengthInt32(flexible: boolean): LengthCodec {
  return {
    readLength: (reader) => (flexible ? reader.unsignedVarint() - 1 : reader.int32()),
    writeLength: (writer, length) => (flexible ? writer.unsignedVarint(length + 1) : writer.int32(length)),
  }
}

function nullable<Out, In = Out>(zero: unknown, options: MaybeNull<unknown>, codecOf: (flexible: boolean) => SizedCodec<Out, In>): Field<Out | null, In | null> {
  const { nullable: nullableSince = Infinity, fallback = zero, ...presence } = options
  return {
    fallback,
    presence,
    compile(version, flexible) {
      const codec = codecOf(flexible)
      const mayBeNull = version >= nullableSince
      return {
        read(reader) {
          const length = codec.readLength(reader)
          if (length >= 0) return codec.readBody(reader, length)
          if (length < -1) throw reader.fail(`a length of ${length}`)
          if (!mayBeNull) throw reader.fail('null where a value must stand')
          return null
        },
        write(writer, value) {
          if (value === null) {
            if (!mayBeNull) throw new TypeError('null written where a value must stand')
            codec.writeLength(writer, -1)
            return
          }
          const length = codec.lengthOf(value)
          codec.writeLength(writer, length)
          codec.writeBody(writer, value, length)
        },
      }
    },
  }
}

/** Frozen, for all messages read without the field share it. */
const noElements: readonly never[] = Object.freeze([])

function listOf<Out, In>(elementCodec: (version: number, flexible: boolean) => FieldCodec<Out, In>, { nullable: nullableSince = Infinity, fallback = noElements, ...presence }: ArrayOptions): Field<Out[] | null, readonly In[] | null> {
  return {
    fallback,
    presence,
    compile(version, flexible) {
      const element = elementCodec(version, flexible)
      return nullable<Out[], readonly In[]>(noElements, { nullable: nullableSince }, () => ({
        ...lengthInt32(flexible),
        lengthOf: (value) => value.length,
        readBody(reader, length) {
          const values: Out[] = []
          for (let left = reader.elements(length); left > 0; left--) values.push(element.read(reader))
          return values
        },
        writeBody(writer, value) {
          for (const each of value) element.write(writer, each)
        },
      })).compile(version, flexible)
    },
  }
}

interface Tagged {
  readonly name: string
  readonly tag: number
  readonly fallback: unknown
  readonly codec: FieldCodec<unknown, unknown>
}

/** The bytes of a table of fields in one version. A tag buffer ends it where the version is flexible; unknown tags are skipped. */
export function compileStruct(fields: Fields, version: number, flexible: boolean): FieldCodec<Record<string, unknown>, Readonly<Record<string, unknown>>> {
  const plain: { readonly name: string; readonly fallback: unknown; readonly codec: FieldCodec<unknown, unknown> }[] = []
  const tagged: Tagged[] = []
  const blank: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const { since = 0, until = Infinity, tag } = field.presence
    blank[name] = field.fallback
    if (version < since || version > until) continue
    const codec = field.compile(version, flexible) as FieldCodec<unknown, unknown>
    if (tag === undefined) plain.push({ name, fallback: field.fallback, codec })
    else if (flexible) tagged.push({ name, tag, fallback: field.fallback, codec })
  }
  tagged.sort((a, b) => a.tag - b.tag)
  return {
    read(reader) {
      const value = { ...blank }
      for (const { name, codec } of plain) value[name] = codec.read(reader)
      if (flexible) readTagged(reader, tagged, value)
      return value
    },
    write(writer, value) {
      for (const { name, fallback, codec } of plain) codec.write(writer, value[name] === undefined ? fallback : value[name])
      if (flexible) writeTagged(writer, tagged, value)
    },
  }
}

function readTagged(reader: WireReader, tagged: readonly Tagged[], into: Record<string, unknown>): void {
  let previous = -1
  for (let left = reader.elements(reader.unsignedVarint()); left > 0; left--) {
    const tag = reader.unsignedVarint()
    if (tag <= previous) throw reader.fail('tags are not in ascending order')
    previous = tag
    const end = reader.unsignedVarint() + reader.position
    const known = tagged.find((field) => field.tag === tag)
    if (known === undefined) reader.take(end - reader.position)
    else into[known.name] = known.codec.read(reader)
    if (reader.position !== end) throw reader.fail(`tagged field ${tag} does not have its length`)
  }
}

function writeTagged(writer: WireWriter, tagged: readonly Tagged[], value: Readonly<Record<string, unknown>>): void {
  const written = tagged.filter(({ name, fallback }) => value[name] !== undefined && !isFallback(value[name], fallback))
  writer.unsignedVarint(written.length)
  for (const { name, tag, codec } of written) {
    const body = new WireWriter(64)
    codec.write(body, value[name])
    writer.unsignedVarint(tag)
    writer.unsignedVarint(body.length)
    writer.splice(body.chunks())
  }
}

function isFallback(value: unknown, fallback: unknown): boolean {
  if (value === fallback) return true
  if (typeof value !== 'object' || typeof fallback !== 'object' || value === null || fallback === null) return false
  if (Array.isArray(fallback)) return Array.isArray(value) && value.length === 0
  if (fallback instanceof Uint8Array) return value instanceof Uint8Array && Buffer.compare(value, fallback) === 0
  return Object.entries(value).every(([name, each]) => each === undefined || isFallback(each, (fallback as Readonly<Record<string, unknown>>)[name]))
}
