import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/logger.ts'
import type { LogFields } from '../../../../src/base/logger.ts'
import { defineHandler, noResponse } from '../../../../src/embedded/kafka/api-handler.ts'
import { apiVersionsHandler } from '../../../../src/embedded/kafka/handler/api-versions-handler.ts'
import { RequestTable } from '../../../../src/embedded/kafka/server/request-table.ts'
import { TcpServer } from '../../../../src/embedded/kafka/server/tcp-server.ts'
import { apiVersions } from '../../../../src/wire/api/api-versions.ts'
import { fetch } from '../../../../src/wire/api/fetch.ts'
import { metadata } from '../../../../src/wire/api/metadata.ts'
import { produce } from '../../../../src/wire/api/produce.ts'
import { readResponse, writeRequest } from '../../../../src/wire/message/api.ts'
import type { Api, RequestToWrite } from '../../../../src/wire/message/api.ts'
import { RawClient } from '../../../support/raw-client.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const maxRequestBytes = 1 << 20

let server: TcpServer
let port: number
let clients: RawClient[]
let warnings: { readonly message: string; readonly fields: LogFields }[]
/** Fetches that wait, and what lets each go. */
let parked: { readonly signal: AbortSignal; answer(): void }[]
/** First partition of each produce that was handled. */
let produced: number[]
/** Turns of the loop each produce takes. */
let produceTurns: number

beforeEach(async () => {
  clients = []
  warnings = []
  parked = []
  produced = []
  produceTurns = 0
  const table: RequestTable = new RequestTable([
    apiVersionsHandler(() => table.listed),
    defineHandler({
      api: metadata,
      handle({ topics }) {
        if (topics?.[0]?.name === 'broken') throw new Error('a fault of ours')
        return { clusterId: 'raw' }
      },
    }),
    defineHandler({
      api: fetch,
      handle: (request, { signal }) => new Promise((resolve) => {
        const answer = (): void => resolve({ sessionId: request.maxWaitMs })
        if (signal.aborted) answer()
        else signal.addEventListener('abort', answer)
        parked.push({ signal, answer })
      }),
    }),
    defineHandler({
      api: produce,
      async handle({ acks, topicData }) {
        for (let turn = 0; turn < produceTurns; turn++) await new Promise((resolve) => void setImmediate(resolve))
        produced.push(topicData[0]!.partitionData[0]!.index)
        return acks === 0 ? noResponse : { responses: [] }
      },
    }),
  ])
  const logger = { ...silentLogger, warn: (message: string, fields: LogFields = {}) => void warnings.push({ message, fields }) }
  server = new TcpServer({ clock: systemClock, logger, table, settings: () => ({ maxRequestBytes, maxQueuedBytes: -1, maxConnections: 100, maxConnectionsPerIp: 100, maxIdleMs: -1 }) })
  ;({ port } = await server.listen('127.0.0.1', 0))
})

afterEach(async () => {
  for (const client of clients) client.close()
  await server.close(1000)
})

async function open(): Promise<RawClient> {
  const client = await RawClient.open(port)
  clients.push(client)
  return client
}

function request<A extends Api>(api: A, version: number, correlationId: number, body: RequestToWrite<A>): Buffer {
  return Buffer.concat(writeRequest(api, version, correlationId, 'raw', body))
}

function produceRequest(correlationId: number, acks: number, index = correlationId): Buffer {
  return request(produce, 9, correlationId, { acks, topicData: [{ name: 't', partitionData: [{ index, records: Buffer.alloc(100) }] }] })
}

async function correlationIdFrom(client: RawClient): Promise<number | 'closed'> {
  const frame = await client.frame()
  return frame === 'closed' ? frame : frame.readInt32BE()
}

async function expectServed(): Promise<void> {
  const client = await open()
  client.send(request(metadata, 9, 77, {}))
  expect(await correlationIdFrom(client)).toBe(77)
  client.close()
}

const asked = request(metadata, 9, 5, { topics: [{ name: 'topic' }] })

describe('the connection is closed, with the reason in the log and no harm to others, when', () => {
  const head = (key: number, version: number): string => `${hex16(key)}${hex16(version)}00000001ffff`
  const framed = (hex: string): string => `${(hex.length / 2).toString(16).padStart(8, '0')}${hex}`
  test.each([
    ['a frame announces a negative size', 'ffffffff', 'a request announces -1 bytes'],
    ['a frame announces 2 GB', '7fffffff', 'a request announces 2147483647 bytes'],
    ['a frame announces more than socket.request.max.bytes', (maxRequestBytes + 1).toString(16).padStart(8, '0'), `socket.request.max.bytes allows 0 to ${maxRequestBytes}`],
    ['a frame is empty', '00000000', '2 bytes wanted of 0 left'],
    ['a frame ends in its header', framed('0003000900'), 'bytes wanted of'],
    ['the API is not known', framed(head(999, 0)), 'API key 999 is not served'],
    ['the API is known to Kafka and not offered', framed(head(71, 0)), 'API key 71 is not served'],
    ['the version is too high', framed(`${head(3, 10)}00`), 'Metadata version 10 is not served'],
    ['the version is listed for old clients only', framed(`${head(0, 2)}00`), 'Produce version 2 is not served'],
    ['the version is negative', framed(head(3, -1)), 'Metadata version -1 is not served'],
    ['an array claims two billion elements', framed(`${head(3, 1)}7fffffff`), 'an array of 2147483647 elements in 0 bytes'],
    ['a text claims more than the frame has', framed(`${head(0, 3)}7fff`), '32767 bytes wanted of 0 left'],
    ['bytes are left over', framed(`${head(3, 1)}00000000ab`), '1 bytes left over behind Metadata v1'],
    ['an HTTP client has lost its way', Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex'), 'a request announces 1195725856 bytes'],
    ['a handler fails', request(metadata, 9, 1, { topics: [{ name: 'broken' }] }).toString('hex'), 'a fault of ours'],
  ])('%s', async (_, bytes, reason) => {
    const client = await open()
    client.send(bytes)
    expect(await client.frame()).toBe('closed')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]!.fields).toMatchObject({ client: '/127.0.0.1' })
    expect(warnings[0]!.fields['reason']).toContain(reason)
    await expectServed()
  })

  test('what came before is answered first', async () => {
    const client = await open()
    client.send(asked, 'ffffffff')
    expect(await correlationIdFrom(client)).toBe(5)
    expect(await client.frame()).toBe('closed')
  })
})

describe('ApiVersions in a version that is not known', () => {
  test.each([4, 99, 0x7fff])('%i is answered as version 0, with an error and the list', async (version) => {
    const client = await open()
    const body = Buffer.from(`0012${hex16(version)}000000090003726177${'a5'.repeat(30)}`, 'hex')
    client.send(body.length.toString(16).padStart(8, '0'), body)
    const frame = await client.frame()
    const { correlationId, response } = readResponse(apiVersions, 0, frame as Buffer)
    expect(correlationId).toBe(9)
    expect(response.errorCode).toBe(35)
    expect(response.apiKeys).toContainEqual({ apiKey: 18, minVersion: 0, maxVersion: 3 })
    client.send(request(apiVersions, 3, 10, { clientSoftwareName: 'raw', clientSoftwareVersion: '1.0' }))
    const second = readResponse(apiVersions, 3, (await client.frame()) as Buffer)
    expect(second).toMatchObject({ correlationId: 10, response: { errorCode: 0, finalizedFeaturesEpoch: -1, finalizedFeatures: [] } })
  })

  test('has no tag buffer in its header even where the body is flexible', async () => {
    const client = await open()
    client.send(request(apiVersions, 3, 1, { clientSoftwareName: 'raw', clientSoftwareVersion: '1.0' }))
    const frame = (await client.frame()) as Buffer
    expect(frame.subarray(0, 7).toString('hex')).toBe('00000001000005')
  })

  test('lists Produce and JoinGroup from 0 for old clients', async () => {
    const client = await open()
    client.send(request(apiVersions, 0, 1, {}))
    const { response } = readResponse(apiVersions, 0, (await client.frame()) as Buffer)
    expect(response.apiKeys).toContainEqual({ apiKey: 0, minVersion: 0, maxVersion: 9 })
    expect(response.apiKeys).toContainEqual({ apiKey: 1, minVersion: 4, maxVersion: 12 })
  })

  test('refuses a client name that is none', async () => {
    const client = await open()
    client.send(request(apiVersions, 3, 1, { clientSoftwareName: 'a name\n', clientSoftwareVersion: '1.0' }))
    expect(readResponse(apiVersions, 3, (await client.frame()) as Buffer).response.errorCode).toBe(42)
  })
})

describe('a frame that comes in parts', () => {
  test('is answered when its last byte is there, however small the parts', async () => {
    const client = await open()
    for (const byte of asked.subarray(0, -1)) {
      client.send(Buffer.of(byte))
      await new Promise((resolve) => void setImmediate(resolve))
    }
    await expectServed()
    expect(client.pendingBytes).toBe(0)
    client.send(asked.subarray(-1))
    expect(await correlationIdFrom(client)).toBe(5)
  })

  test('takes no memory for what it only announces', async () => {
    const before = process.memoryUsage().arrayBuffers
    const half = await Promise.all(Array.from({ length: 60 }, open))
    for (const client of half) client.send(maxRequestBytes.toString(16).padStart(8, '0'), '0003')
    await expectServed()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20)
  })

  test('is forgotten when the client leaves in its middle', async () => {
    const client = await open()
    client.send(asked.subarray(0, 9))
    client.close()
    await waitUntil('no connection is left', () => server.connections === 0)
    await expectServed()
    expect(warnings).toEqual([])
  })
})

describe('requests of one connection', () => {
  test('are answered in their order, also behind one that waits', async () => {
    const client = await open()
    client.send(...Array.from({ length: 50 }, (_, i) => request(metadata, i % 10, i, { topics: [] })), request(fetch, 12, 50, {}), request(metadata, 1, 51, {}), produceRequest(52, 1))
    for (let i = 0; i < 50; i++) expect(await correlationIdFrom(client)).toBe(i)
    await waitUntil('the fetch waits', () => parked.length === 1)
    expect(client.pendingBytes).toBe(0)
    parked[0]!.answer()
    for (let i = 50; i < 53; i++) expect(await correlationIdFrom(client)).toBe(i)
  })

  test('do not wait for those of another', async () => {
    const waiting = await open()
    waiting.send(request(fetch, 11, 1, {}))
    await waitUntil('the fetch waits', () => parked.length === 1)
    await expectServed()
  })

  test('are given up when the client leaves', async () => {
    const client = await open()
    client.send(request(fetch, 4, 1, {}))
    await waitUntil('the fetch waits', () => parked.length === 1)
    client.close()
    await waitUntil('the fetch is given up', () => parked[0]!.signal.aborted)
  })
})

describe('a produce that asks for no acknowledgement', () => {
  test('has no answer, and what follows has its own', async () => {
    const client = await open()
    client.send(produceRequest(1, 0), produceRequest(2, 0), produceRequest(3, 1), produceRequest(4, 0), request(metadata, 9, 5, {}))
    expect(await correlationIdFrom(client)).toBe(3)
    expect(await correlationIdFrom(client)).toBe(5)
    expect(produced).toEqual([1, 2, 3, 4])
    expect(client.pendingBytes).toBe(0)
  })

  test('is not lost when the client says goodbye behind it', async () => {
    produceTurns = 3
    const client = await open()
    client.send(...Array.from({ length: 50 }, (_, i) => produceRequest(i, 0)))
    client.socket.end()
    await client.closed()
    expect(produced).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })
})

test('no bytes at all stop the server', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((noise) => Buffer.from(noise)),
    fc.tuple(fc.nat({ max: asked.length - 1 }), fc.nat({ max: 255 })).map(([at, value]) => {
      const harmed = Buffer.from(asked)
      harmed[at] = value
      return harmed
    }),
    fc.tuple(fc.constantFrom(0, 1, 3, 18), fc.integer({ min: -1, max: 13 }), fc.uint8Array({ maxLength: 100 })).map(([key, version, body]) => {
      const frame = Buffer.concat([Buffer.from(`${hex16(key)}${hex16(version)}00000001ffff`, 'hex'), body])
      return Buffer.concat([Buffer.from(frame.length.toString(16).padStart(8, '0'), 'hex'), frame])
    }),
  )
  await fc.assert(fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), fc.nat(), async (parts, cut) => {
    const client = await open()
    const whole = Buffer.concat(parts)
    client.send(whole.subarray(0, cut % whole.length))
    client.send(whole.subarray(cut % whole.length))
    client.socket.end()
    await client.closed()
  }), { numRuns: 100 })
  await expectServed()
  await waitUntil('no connection is left', () => server.connections === 0)
})

function hex16(value: number): string {
  return (value & 0xffff).toString(16).padStart(4, '0')
}
