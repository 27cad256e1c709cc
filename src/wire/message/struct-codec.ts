import { fallbacksOf } from './field.ts'
import type { Field, FieldType, Fields, FixedType, SizedType } from './field.ts'
import type { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** The bytes of a table of fields in one version of its message. */
export interface StructCodec {
  /** Throws `WireError` for bytes that are no such struct. */
  read(reader: WireReader): Record<string, unknown>
  write(writer: WireWriter, value: Readonly<Record<string, unknown>>): void
}

/** The bytes of a value; who writes has checked its type. */
interface ValueCodec {
  read(reader: WireReader): unknown
  write(writer: WireWriter, value: never): void
}

/** The bytes of a value behind its length. */
interface SizedCodec {
  lengthOf(value: never): number
  readBody(reader: WireReader, length: number): unknown
  writeBody(writer: WireWriter, value: never, length: number): void
}

interface NamedCodec {
  readonly name: string
  readonly fallback: unknown
  readonly codec: ValueCodec
}

interface TaggedCodec extends NamedCodec {
  readonly tag: number
}

/** A tag buffer ends the struct where the version is flexible; unknown tags are skipped. */
export function compileStruct(fields: Fields, version: number, flexible: boolean): StructCodec {
  const plain: NamedCodec[] = []
  const tagged: TaggedCodec[] = []
  const blank = fallbacksOf(fields)
  for (const [name, field] of Object.entries(fields)) {
    const { since = 0, until = Infinity, tag } = field.presence
    if (version < since || version > until) continue
    const named = { name, fallback: field.fallback, codec: compileField(name, field, version, flexible) }
    if (tag === undefined) plain.push(named)
    else if (flexible) tagged.push({ ...named, tag })
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
      for (const { name, fallback, codec } of plain) codec.write(writer, (value[name] === undefined ? fallback : value[name]) as never)
      if (flexible) writeTagged(writer, tagged, value)
    },
  }
}

/** Skips the tag buffer of a header, of which no tag is known. */
export function skipTags(reader: WireReader): void {
  readTagged(reader, [], {})
}

function compileField(name: string, { type, nullableSince }: Field<unknown, never>, version: number, flexible: boolean): ValueCodec {
  return compileType(name, type, version >= nullableSince, version, flexible)
}

function compileType(name: string, type: FieldType, mayBeNull: boolean, version: number, flexible: boolean): ValueCodec {
  if (typeof type === 'object') {
    if ('struct' in type) return compileStruct(type.struct, version, flexible)
    return withLength(name, elementsOf(compileType(name, type.arrayOf, false, version, flexible)), mayBeNull, flexible ? compactLength : plainLength)
  }
  if (type === 'string') return withLength(name, sized.string, mayBeNull, flexible ? compactLength : shortLength)
  if (type === 'bytes' || type === 'records') return withLength(name, sized[type], mayBeNull, flexible ? compactLength : plainLength)
  return fixed[type]
}

const fixed: Readonly<Record<FixedType, ValueCodec>> = {
  int8: { read: (reader) => reader.int8(), write: (writer, value: number) => writer.int8(value) },
  int16: { read: (reader) => reader.int16(), write: (writer, value: number) => writer.int16(value) },
  int32: { read: (reader) => reader.int32(), write: (writer, value: number) => writer.int32(value) },
  int64: { read: (reader) => reader.int64(), write: (writer, value: number) => writer.int64(value) },
  boolean: { read: (reader) => reader.int8() !== 0, write: (writer, value: boolean) => writer.int8(value ? 1 : 0) },
  uuid: {
    read: (reader) => reader.take(16),
    write(writer, value: Uint8Array) {
      if (value.length !== 16) throw new RangeError(`an id of ${value.length} bytes instead of 16`)
      writer.block(value)
    },
  },
}

const sized: Readonly<Record<SizedType, SizedCodec>> = {
  string: {
    lengthOf: (value: string) => Buffer.byteLength(value),
    readBody: (reader, length) => reader.utf8(length),
    writeBody: (writer, value: string, length) => writer.utf8(value, length),
  },
  bytes: {
    lengthOf: (value: Uint8Array) => value.length,
    readBody: (reader, length) => reader.take(length),
    writeBody: (writer, value: Uint8Array) => writer.block(value),
  },
  records: {
    lengthOf: (value: Uint8Array | readonly Uint8Array[]) => (value instanceof Uint8Array ? value.length : value.reduce((sum, block) => sum + block.length, 0)),
    readBody: (reader, length) => reader.take(length),
    writeBody(writer, value: Uint8Array | readonly Uint8Array[]) {
      if (value instanceof Uint8Array) writer.block(value)
      else for (const block of value) writer.block(block)
    },
  },
}

function elementsOf(element: ValueCodec): SizedCodec {
  return {
    lengthOf: (value: readonly unknown[]) => value.length,
    readBody(reader, length) {
      const values: unknown[] = []
      for (let left = reader.elements(length); left > 0; left--) values.push(element.read(reader))
      return values
    },
    writeBody(writer, value: readonly never[]) {
      for (const each of value) element.write(writer, each)
    },
  }
}

/** -1 stands for null. */
interface LengthCodec {
  read(reader: WireReader): number
  write(writer: WireWriter, length: number): void
}

const compactLength: LengthCodec = { read: (reader) => reader.unsignedVarint() - 1, write: (writer, length) => writer.unsignedVarint(length + 1) }
const plainLength: LengthCodec = { read: (reader) => reader.int32(), write: (writer, length) => writer.int32(length) }
const shortLength: LengthCodec = { read: (reader) => reader.int16(), write: (writer, length) => writer.int16(length) }

function withLength(name: string, value: SizedCodec, mayBeNull: boolean, length: LengthCodec): ValueCodec {
  return {
    read(reader) {
      const given = length.read(reader)
      if (given >= 0) return value.readBody(reader, given)
      if (given < -1) throw reader.fail(`${name} has a length of ${given}`)
      if (!mayBeNull) throw reader.fail(`${name} is null`)
      return null
    },
    write(writer, given: never) {
      if (given === null) {
        if (!mayBeNull) throw new TypeError(`${name} must not be null in this version`)
        length.write(writer, -1)
        return
      }
      const bytes = value.lengthOf(given)
      length.write(writer, bytes)
      value.writeBody(writer, given, bytes)
    },
  }
}

function readTagged(reader: WireReader, tagged: readonly TaggedCodec[], into: Record<string, unknown>): void {
  let previous = -1
  for (let left = reader.elements(reader.unsignedVarint()); left > 0; left--) {
    const tag = reader.unsignedVarint()
    if (tag <= previous) throw reader.fail('tags are not in ascending order')
    previous = tag
    const size = reader.unsignedVarint()
    const end = reader.position + size
    const known = tagged.find((field) => field.tag === tag)
    if (known === undefined) reader.take(size)
    else into[known.name] = known.codec.read(reader)
    if (reader.position !== end) throw reader.fail(`tagged field ${tag} does not have its length`)
  }
}

function writeTagged(writer: WireWriter, tagged: readonly TaggedCodec[], value: Readonly<Record<string, unknown>>): void {
  const written = tagged.filter(({ name, fallback }) => value[name] !== undefined && !isFallback(value[name], fallback))
  writer.unsignedVarint(written.length)
  for (const { name, tag, codec } of written) {
    const body = new WireWriter(64)
    codec.write(body, value[name] as never)
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
