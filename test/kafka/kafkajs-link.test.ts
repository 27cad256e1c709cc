import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import tls from 'node:tls'
import fetchRequest from 'kafkajs/src/protocol/requests/fetch/v11/request.js'
import findCoordinatorRequest from 'kafkajs/src/protocol/requests/findCoordinator/v2/request.js'
import findCoordinatorResponse from 'kafkajs/src/protocol/requests/findCoordinator/v2/response.js'
import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { kafkaSettings } from '../../src/kafka/connection.ts'
import { openLink } from '../../src/kafka/kafkajs-link.ts'
import { selfSigned } from '../support/self-signed.ts'

/** What a broker says to ApiVersions v2 about Fetch and FindCoordinator: error code, (key, lowest, highest) of each request, throttle time. */
function apiVersions(correlationId: number): Buffer {
  const body = Buffer.alloc(4 + 2 + 4 + 2 * 6 + 4)
  body.writeInt32BE(correlationId, 0)
  body.writeInt32BE(2, 6)
  body.writeInt16BE(10, 10)
  body.writeInt16BE(2, 14)
  body.writeInt16BE(1, 16)
  body.writeInt16BE(11, 20)
  return Buffer.concat([Buffer.from([0, 0, 0, body.length]), body])
}

test('a connection whose broker has stopped answering is not used again', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (request: Buffer) => void socket.write(apiVersions(request.readInt32BE(8))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const settings = kafkaSettings({ kafka: { brokers: [`127.0.0.1:${port}`], requestTimeoutMs: 20 } })
  const link = await openLink('127.0.0.1', port, settings, 'test', silentLogger)
  expect(link.connected).toBe(true)
  await expect(link.send({ request: findCoordinatorRequest({ coordinatorKey: 'group', coordinatorType: 0 }), response: findCoordinatorResponse })).rejects.toMatchObject({ type: 'TIMEOUT', retriable: true })
  expect(link.connected).toBe(false)
})

test.each(['plain', 'TLS'])('answers on a %s connection are read into the buffers that were given back', async (kind) => {
  const bodyBytes = 1_500_000
  const serve = (socket: Socket): void => {
    let answers = 0
    socket.on('error', () => {})
    socket.on('data', (request: Buffer) => {
      const correlationId = request.readInt32BE(8)
      if (request.readInt16BE(4) !== 1) return void socket.write(apiVersions(correlationId))
      const answer = Buffer.alloc(8 + bodyBytes, ++answers)
      answer.writeInt32BE(4 + bodyBytes, 0)
      answer.writeInt32BE(correlationId, 4)
      socket.write(answer)
    })
  }
  const identity = selfSigned()
  const server = kind === 'TLS' ? tls.createServer(identity, serve) : createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const settings = kafkaSettings({ kafka: { brokers: [`127.0.0.1:${port}`], ...(kind === 'TLS' ? { ssl: { ca: identity.cert } } : {}) } })
  const link = await openLink('127.0.0.1', port, settings, 'test', silentLogger)
  onTestFinished(() => link.close())

  const ask = (): Promise<Buffer> => link.send({
    request: fetchRequest({ replicaId: -1, maxWaitTime: 0, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] }),
    response: { decode: async (bytes) => bytes, parse: async (bytes) => bytes },
  })
  const first = await ask()
  const second = await ask()
  expect(first.equals(Buffer.alloc(bodyBytes, 1))).toBe(true)
  expect(second.equals(Buffer.alloc(bodyBytes, 2))).toBe(true)
  expect(second.buffer).not.toBe(first.buffer)
  link.reuse(first)
  const third = await ask()
  expect(third.equals(Buffer.alloc(bodyBytes, 3))).toBe(true)
  expect(third.buffer).toBe(first.buffer)
  expect(second.equals(Buffer.alloc(bodyBytes, 2))).toBe(true)
})
