import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRequest, readRequestHeader, readResponse, writeRequest, writeResponse } from '../../../src/wire/message/api.ts'
import type { Api } from '../../../src/wire/message/api.ts'
import { WireReader } from '../../../src/wire/message/wire-reader.ts'
import { messageArbitrary } from '../../support/message-arbitrary.ts'
import { apis } from '../../support/wire-tables.ts'

const correlationId = fc.integer()
const clientId = fc.option(fc.string({ unit: 'grapheme' }))

function messages(api: Api, part: 'request' | 'response'): fc.Arbitrary<readonly [version: number, message: object]> {
  const [first, last] = api.versions
  return fc.integer({ min: first, max: last }).chain((version) =>
    messageArbitrary(api[part], version, version >= api.flexibleSince).map((message) => [version, message] as const))
}

/** Without the size, which must be right. */
function unframed(chunks: readonly Buffer[]): Buffer {
  const frame = Buffer.concat(chunks)
  expect(frame.readInt32BE()).toBe(frame.length - 4)
  return frame.subarray(4)
}

describe('what is written is read again, in every version:', () => {
  test.each(apis.map((api) => [api.name, api] as const))('%s', (_, api) => {
    fc.assert(fc.property(messages(api, 'request'), correlationId, clientId, ([version, request], correlationId, clientId) => {
      const frame = unframed(writeRequest(api, version, correlationId, clientId, request))
      const reader = new WireReader(frame)
      expect(readRequestHeader(reader)).toEqual({ key: api.key, version, correlationId, clientId })
      const read = readRequest(api, version, reader)
      expect(read).toEqual(request)
      expect(unframed(writeRequest(api, version, correlationId, clientId, read as object))).toEqual(frame)
    }), { numRuns: 60 })
    fc.assert(fc.property(messages(api, 'response'), correlationId, ([version, response], correlationId) => {
      const frame = unframed(writeResponse(api, version, correlationId, response))
      const read = readResponse(api, version, frame)
      expect(read).toEqual({ correlationId, response })
      expect(unframed(writeResponse(api, version, correlationId, read.response as object))).toEqual(frame)
    }), { numRuns: 60 })
  })
})
