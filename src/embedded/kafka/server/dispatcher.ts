import { apiVersions } from '../../../wire/api/api-versions.ts'
import { errorCode } from '../../../wire/api/error-code.ts'
import { readRequest, readRequestHeader, writeResponse } from '../../../wire/message/api.ts'
import { WireReader } from '../../../wire/message/wire-reader.ts'
import type { Answer, ApiHandler, RequestContext } from '../api-handler.ts'
import { noResponse } from '../api-handler.ts'
import type { OpenedRequest } from './connection.ts'
import type { RequestTable } from './request-table.ts'

/** Thrown for a request that cannot be answered, because its answer would have no form. */
export class UnservedRequestError extends Error {
  override readonly name = 'UnservedRequestError'
}

/** What a request has of its connection. */
export type RequestOrigin = Pick<RequestContext, 'clientHost' | 'local' | 'signal'>

const nothing: readonly Buffer[] = []

/** Reads a frame as a request. Throws for bytes that are none, and for an API or a version that is not served. */
export function openRequest(table: RequestTable, frame: Buffer): OpenedRequest {
  const reader = new WireReader(frame)
  const { key, version, correlationId, clientId } = readRequestHeader(reader)
  const handler = table.find(key)
  if (handler === undefined) throw new UnservedRequestError(`API key ${key} is not served`)
  if (!table.serves(handler, version)) {
    if (key === apiVersions.key) return { ahead: false, answer: () => oldestVersionsAnswer(table, correlationId) }
    throw new UnservedRequestError(`${handler.api.name} version ${version} is not served`)
  }
  const request = readRequest(handler.api, version, reader)
  return {
    ahead: handler.ahead === true,
    answer({ clientHost, local, signal }) {
      const answer = handler.handle(request, { version, clientId, clientHost, local, signal })
      return answer instanceof Promise ? answer.then((settled) => encode(handler, version, correlationId, settled)) : encode(handler, version, correlationId, answer)
    },
  }
}

function encode({ api }: ApiHandler, version: number, correlationId: number, answer: Answer<ApiHandler['api']>): readonly Buffer[] {
  return answer === noResponse ? nothing : writeResponse(api, version, correlationId, answer)
}

/** A client newer than this broker can read the first version of the list alone. */
function oldestVersionsAnswer(table: RequestTable, correlationId: number): readonly Buffer[] {
  return writeResponse(apiVersions, 0, correlationId, {
    errorCode: errorCode.UNSUPPORTED_VERSION,
    apiKeys: table.listed.map(({ key, first, last }) => ({ apiKey: key, minVersion: first, maxVersion: last })),
  })
}
