import type { Fields, Read, Written } from './field.ts'
import { compileStruct, skipTags } from './struct-codec.ts'
import type { StructCodec } from './struct-codec.ts'
import { WireError, WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** One of Kafka's requests with its response: the tables of both, in all versions they describe. */
export interface Api<Request extends Fields = Fields, Response extends Fields = Fields> {
  readonly name: string
  readonly key: number
  /** First and last version the tables describe. */
  readonly versions: readonly [first: number, last: number]
  /** First version with compact lengths and tag buffers. */
  readonly flexibleSince: number
  readonly request: Request
  readonly response: Response
}

export type RequestOf<A extends Api> = Read<A['request']>
export type RequestToWrite<A extends Api> = Written<A['request']>
export type ResponseOf<A extends Api> = Read<A['response']>
export type ResponseToWrite<A extends Api> = Written<A['response']>

export interface RequestHeader {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** Keeps the types of the tables. */
export function defineApi<Request extends Fields, Response extends Fields>(api: Api<Request, Response>): Api<Request, Response> {
  return api
}

/** Clients read the answer to this one before they know any version. */
const apiVersionsKey = 18

/** Reads key, version, correlation and client id; the tag buffer is left, for only the API knows whether there is one. */
export function readRequestHeader(reader: WireReader): RequestHeader {
  const key = reader.int16()
  const version = reader.int16()
  const correlationId = reader.int32()
  const length = reader.int16()
  if (length < -1) throw reader.fail(`a client id of ${length} bytes`)
  return { key, version, correlationId, clientId: length === -1 ? null : reader.utf8(length) }
}

/** The rest of the frame behind the header. Throws {@link WireError} for bytes that are no such request. */
export function readRequest<A extends Api>(api: A, version: number, reader: WireReader): RequestOf<A> {
  if (version >= api.flexibleSince) skipTags(reader)
  const request = codecOf(api, 'request', version).read(reader)
  if (reader.remaining > 0) throw new WireError(`${reader.remaining} bytes left over behind ${api.name} v${version}`, reader.position)
  return request as RequestOf<A>
}

/** A whole frame, its size in front. */
export function writeRequest<A extends Api>(api: A, version: number, correlationId: number, clientId: string | null, request: RequestToWrite<A>): Buffer[] {
  const writer = new WireWriter()
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  if (clientId === null) writer.int16(-1)
  else {
    const length = Buffer.byteLength(clientId)
    writer.int16(length)
    writer.utf8(clientId, length)
  }
  if (version >= api.flexibleSince) writer.unsignedVarint(0)
  codecOf(api, 'request', version).write(writer, request)
  return framed(writer)
}

/** A response without its size in front; throws {@link WireError} for bytes that are none. */
export function readResponse<A extends Api>(api: A, version: number, frame: Buffer): { readonly correlationId: number; readonly response: ResponseOf<A> } {
  const reader = new WireReader(frame)
  const correlationId = reader.int32()
  return { correlationId, response: readResponseRest(api, version, reader) }
}

/** The part of a response behind its correlation id. */
export function readResponseRest<A extends Api>(api: A, version: number, reader: WireReader): ResponseOf<A> {
  if (hasTaggedResponseHeader(api, version)) skipTags(reader)
  return codecOf(api, 'response', version).read(reader) as ResponseOf<A>
}

/** A whole frame, its size in front. */
export function writeResponse<A extends Api>(api: A, version: number, correlationId: number, response: ResponseToWrite<A>): Buffer[] {
  const writer = new WireWriter()
  writer.int32(correlationId)
  if (hasTaggedResponseHeader(api, version)) writer.unsignedVarint(0)
  codecOf(api, 'response', version).write(writer, response)
  return framed(writer)
}

function hasTaggedResponseHeader(api: Api, version: number): boolean {
  return version >= api.flexibleSince && api.key !== apiVersionsKey
}

function framed(body: WireWriter): Buffer[] {
  const size = Buffer.allocUnsafe(4)
  size.writeInt32BE(body.length)
  return [size, ...body.chunks()]
}

const compiled = new WeakMap<Api, { readonly request: StructCodec[]; readonly response: StructCodec[] }>()

function codecOf(api: Api, part: 'request' | 'response', version: number): StructCodec {
  let codecs = compiled.get(api)
  if (codecs === undefined) compiled.set(api, codecs = { request: [], response: [] })
  return codecs[part][version] ??= compileStruct(api[part], version, version >= api.flexibleSince)
}
