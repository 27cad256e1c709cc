import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import findCoordinatorRequest from 'kafkajs/src/protocol/requests/findCoordinator/v2/request.js'
import findCoordinatorResponse from 'kafkajs/src/protocol/requests/findCoordinator/v2/response.js'
import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { kafkaSettings } from '../../src/kafka/connection.ts'
import { openLink } from '../../src/kafka/kafkajs-link.ts'

/** What a broker says to ApiVersions v2: error code, (key, lowest, highest) of each request, throttle time. */
function apiVersions(correlationId: number): Buffer {
  const body = Buffer.alloc(4 + 2 + 4 + 6 + 4)
  body.writeInt32BE(correlationId, 0)
  body.writeInt32BE(1, 6)
  body.writeInt16BE(10, 10)
  body.writeInt16BE(2, 14)
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
