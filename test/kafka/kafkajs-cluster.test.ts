import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { openCluster } from '../../src/kafka/kafkajs-cluster.ts'

async function listen(onConnection: (socket: { destroy(): void }) => void): Promise<{ port: number; close(): void }> {
  const server = createServer(onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => void server.close()
  onTestFinished(close)
  return { port: (server.address() as AddressInfo).port, close }
}

test('a list of brokers of which none answers is named in the error', async () => {
  const { port, close } = await listen(() => {})
  close()
  const brokers = [`127.0.0.1:${port}`]
  await expect(openCluster({ brokers, connectionTimeoutMs: 60 }, silentLogger, 'test')).rejects.toMatchObject({
    code: 'MR_KAFKA_UNREACHABLE', place: { at: brokers[0] }, message: expect.stringContaining('ECONNREFUSED') as unknown,
  })
})

test('a listener that hangs up, as one does that wants TLS or a login, is not waited for without end', async () => {
  const { port } = await listen((socket) => socket.destroy())
  await expect(openCluster({ brokers: [`127.0.0.1:${port}`], connectionTimeoutMs: 60 }, silentLogger, 'test')).rejects.toMatchObject({ code: 'MR_KAFKA_UNREACHABLE', remedy: expect.stringContaining('sasl') as unknown })
})
