import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeGroups } from '../../../src/wire/api/describe-groups.ts'
import { fetch } from '../../../src/wire/api/fetch.ts'
import { metadata } from '../../../src/wire/api/metadata.ts'
import { produce } from '../../../src/wire/api/produce.ts'
import { readRequest, readRequestHeader, readResponse, writeRequest, writeResponse } from '../../../src/wire/message/api.ts'
import type { Api } from '../../../src/wire/message/api.ts'
import { WireError, WireReader } from '../../../src/wire/message/wire-reader.ts'
import { messageArbitrary } from '../../support/message-arbitrary.ts'
import { apis } from '../../support/wire-tables.ts'

/** What lengths are replaced by: negative ones, the largest of their kind, and varints that never end. */
const lies = ['80000000', 'fffffffe', 'ffffffff', '7fffffff', '3b9aca00', '7fff', '8000', 'ffffffff0f', 'ffffffff7f', 'ffffffffffffff', '80808080808000', '00'].map((hex) => Buffer.from(hex, 'hex'))

const harm = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('overwrite' as const), at: fc.nat(), by: fc.constantFrom(...lies) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), by: fc.oneof(fc.constantFrom(...lies), fc.uint8Array({ minLength: 1, maxLength: 9 })) }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
)
type Harm = typeof harm extends fc.Arbitrary<infer T> ? T : never

function harmed(frame: Buffer, harms: readonly Harm[]): Buffer {
  return harms.reduce((bytes, harm) => {
    const at = harm.at % (bytes.length + 1)
    if (harm.kind === 'cut') return bytes.subarray(0, at)
    if (harm.kind === 'overwrite') return Buffer.concat([bytes.subarray(0, at), harm.by, bytes.subarray(at + harm.by.length)])
    if (harm.kind === 'insert') return Buffer.concat([bytes.subarray(0, at), harm.by, bytes.subarray(at)])
    const flipped = Buffer.from(bytes)
    if (at < flipped.length) flipped[at]! ^= 1 << harm.bit
    return flipped
  }, frame)
}

/** Reads a request or says that it is none; everything else is a fault. Nothing larger than the frame comes out. */
function read(api: Api, version: number, frame: Buffer): unknown {
  const reader = new WireReader(frame)
  try {
    readRequestHeader(reader)
    const request = readRequest(api, version, reader)
    expect(valuesIn(request)).toBeLessThanOrEqual(50 * frame.length)
    return request
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  if (value instanceof Uint8Array) return 1 + value.length
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 1)
}

const versionOf = (api: Api): fc.Arbitrary<number> => fc.integer({ min: api.versions[0], max: api.versions[1] })

describe('bytes that are no request are refused and nothing else happens:', () => {
  test.each(apis.map((api) => [api.name, api] as const))('%s', (_, api) => {
    const harmedRequest = versionOf(api).chain((version) => fc.tuple(fc.constant(version), messageArbitrary(api.request, version, version >= api.flexibleSince), fc.array(harm, { minLength: 1, maxLength: 4 })))
    fc.assert(fc.property(harmedRequest, ([version, request, harms]) => {
      read(api, version, harmed(Buffer.concat(writeRequest(api, version, 1, 'c', request)).subarray(4), harms))
    }), { numRuns: 150 })
    const noise = fc.uint8Array({ maxLength: 200 })
    fc.assert(fc.property(versionOf(api), noise, (version, bytes) => {
      read(api, version, Buffer.concat([Buffer.from([0, api.key, 0, version, 0, 0, 0, 1, 0xff, 0xff]), bytes]))
    }), { numRuns: 100 })
    fc.assert(fc.property(versionOf(api), noise, (version, bytes) => {
      try {
        readResponse(api, version, Buffer.from(bytes))
      } catch (error) {
        if (!(error instanceof WireError)) throw error
      }
    }), { numRuns: 50 })
  })
})

describe('a request is refused', () => {
  const head = Buffer.from('000000000000000affff', 'hex')
  const refusal = (api: Api, version: number, ...parts: readonly (string | Buffer)[]): unknown => {
    const bytes = Buffer.concat([head, ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part))])
    return String(read(api, version, bytes))
  }

  test('when an array claims more elements than there are bytes', () => {
    expect(refusal(metadata, 1, '7fffffff')).toBe('WireError: an array of 2147483647 elements in 0 bytes at byte 14')
    expect(refusal(metadata, 9, '00', 'ffffffff0f')).toBe('WireError: an array of 4294967294 elements in 0 bytes at byte 16')
  })

  test('when all its arrays together have too many elements', () => {
    expect(refusal(describeGroups, 5, '00', 'c1843d', Buffer.alloc(1_000_000, 1), '0000')).toBe('[object Object]')
    expect(refusal(describeGroups, 5, '00', 'c2843d', Buffer.alloc(1_000_001, 1), '0000')).toBe('WireError: the arrays of a message have too many elements at byte 14')
  })

  test('when a string or records claim more bytes than there are', () => {
    expect(refusal(produce, 9, '00', 'ffffffff0f')).toBe('WireError: 4294967294 bytes wanted of 0 left at byte 16')
    expect(refusal(produce, 3, '7fff')).toBe('WireError: 32767 bytes wanted of 0 left at byte 12')
  })

  test('when a length is negative or null where a value must stand', () => {
    expect(refusal(metadata, 4, 'fffffffe')).toBe('WireError: topics has a length of -2 at byte 14')
    expect(refusal(metadata, 0, 'ffffffff')).toBe('WireError: topics is null at byte 14')
    expect(refusal(metadata, 9, '00', '02', '00')).toBe('WireError: name is null at byte 13')
  })

  test('when a varint has more than 32 bits', () => {
    expect(refusal(metadata, 9, '00', 'ffffffff1f')).toBe('WireError: a varint is longer than 32 bits at byte 16')
    expect(refusal(metadata, 9, '00', 'ffffffffff01')).toBe('WireError: a varint is longer than 32 bits at byte 16')
  })

  test('when bytes are left over', () => {
    expect(refusal(metadata, 1, '00000000', 'ab')).toBe('WireError: 1 bytes left over behind Metadata v1 at byte 14')
  })

  test('when its client id has a negative length', () => {
    expect(() => readRequestHeader(new WireReader(Buffer.from('0003000000000001fffe', 'hex')))).toThrow(new WireError('a client id of -2 bytes', 10))
  })

  test('when tags repeat or do not have the length they claim', () => {
    const request = Buffer.concat(writeRequest(fetch, 12, 10, null, { rackId: 'r' })).subarray(14)
    const withTags = (tags: string): unknown => refusal(fetch, 12, request.subarray(0, -1), tags)
    expect(withTags('010003036162')).toBe('[object Object]')
    expect(withTags('010002036162')).toContain('tagged field 0 does not have its length')
    expect(withTags('02000100000100')).toContain('tags are not in ascending order')
    expect(withTags('014d7f00')).toContain('127 bytes wanted of 1 left')
  })
})

describe('a message is not written', () => {
  test('with null where a value must stand', () => {
    expect(() => writeRequest(metadata, 0, 1, null, { topics: null })).toThrow('topics must not be null in this version')
  })

  test('with a text or an id that does not fit', () => {
    expect(() => writeResponse(metadata, 0, 1, { brokers: [{ host: 'h'.repeat(0x8000) }] })).toThrow(RangeError)
  })
})
