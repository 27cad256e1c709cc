import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { defineHandler } from '../../../../src/embedded/kafka/api-handler.ts'
import { RequestTable } from '../../../../src/embedded/kafka/server/request-table.ts'
import { TcpServer } from '../../../../src/embedded/kafka/server/tcp-server.ts'
import type { TcpServerSettings } from '../../../../src/embedded/kafka/server/tcp-server.ts'
import { fetch } from '../../../../src/wire/api/fetch.ts'
import { metadata } from '../../../../src/wire/api/metadata.ts'
import { produce } from '../../../../src/wire/api/produce.ts'
import { KafkaConnection } from '../../../support/kafka-connection.ts'
import { waitUntil } from '../../../support/wait-until.ts'

let settings: TcpServerSettings
let clock: ManualClock
let server: TcpServer
let port: number
let warnings: string[]
let clients: KafkaConnection[]
/** Lets go of the answers that wait, by the partition they were asked for. */
let waiting: Map<number, () => void>
let fetches: number

beforeEach(async () => {
  settings = { maxRequestBytes: 1 << 20, maxQueuedBytes: -1, maxConnections: 100, maxConnectionsPerIp: 100, maxIdleMs: 600_000 }
  clock = new ManualClock()
  warnings = []
  clients = []
  waiting = new Map()
  fetches = 0
  const table = new RequestTable([
    defineHandler({ api: metadata, handle: () => ({ clusterId: 'c' }) }),
    defineHandler({
      api: fetch,
      handle() {
        fetches++
        return { responses: [{ topic: 't', partitions: [{ partitionIndex: 0, records: Buffer.alloc(1 << 20) }] }] }
      },
    }),
    defineHandler({
      api: produce,
      ahead: true,
      handle: ({ topicData }) => new Promise((resolve) => {
        const { index } = topicData[0]!.partitionData[0]!
        waiting.set(index, () => resolve({ responses: [{ name: 't', partitionResponses: [{ index }] }] }))
      }),
    }),
  ])
  server = new TcpServer({ clock, logger: { ...silentLogger, warn: (message) => warnings.push(message) }, table, settings: () => settings })
  port = (await server.listen('127.0.0.1', 0)).port
})

afterEach(async () => {
  for (const client of clients) client.close()
  await server.close(0)
})

async function open(): Promise<KafkaConnection> {
  const client = await KafkaConnection.open(port)
  clients.push(client)
  return client
}

const ask = (client: KafkaConnection) => client.ask(metadata, { topics: [] })
const send = (client: KafkaConnection, index: number) => client.tell(produce, { acks: 1, topicData: [{ name: 't', partitionData: [{ index, records: null }] }] })

describe('connections', () => {
  test.each(['maxConnections', 'maxConnectionsPerIp'] as const)('beyond %s are closed at once, and taken again when one has left', async (limit) => {
    settings = { ...settings, [limit]: 2 }
    const [first] = [await open(), await open()]
    await Promise.all(clients.map(ask))
    const third = await open()
    expect(await third.raw.closed()).toBe('closed')
    expect(warnings).toHaveLength(1)
    first.close()
    await waitUntil('the first one has left', () => server.connections === 1)
    expect(await ask(await open())).toMatchObject({ clusterId: 'c' })
  })

  test('that are idle for too long are closed, those in use are not', async () => {
    const idle = await open()
    const used = await open()
    await Promise.all([ask(idle), ask(used)])
    clock.advance(599_000)
    await ask(used)
    clock.advance(2_000)
    expect(await idle.raw.closed()).toBe('closed')
    expect(await ask(used)).toMatchObject({ clusterId: 'c' })
  })

  test('that wait for an answer are not idle', async () => {
    const client = await open()
    send(client, 7)
    await waitUntil('it is asked', () => waiting.has(7))
    clock.advance(3_000_000)
    waiting.get(7)!()
    expect(await client.raw.frame()).not.toBe('closed')
  })

  test('of a client that takes no answers are read no further, and closed in the end', async () => {
    const client = await open()
    client.raw.socket.pause()
    for (let i = 0; i < 400; i++) client.tell(fetch, { topics: [] })
    const other = await open()
    await waitUntil('nothing more is answered', async () => {
      const before = fetches
      for (let i = 0; i < 50; i++) await ask(other)
      return before === fetches && fetches > 0
    })
    expect(fetches).toBeLessThan(50)
    clock.advance(601_000)
    await waitUntil('it is closed', () => server.connections === 0)
  })

  test('are answered a warning for the first faults only, whoever makes them', async () => {
    for (let i = 0; i < 30; i++) {
      const client = await open()
      client.raw.send('7fffffff')
      await client.raw.closed()
    }
    expect(warnings).toHaveLength(10)
    clock.advance(10_000)
    const client = await open()
    client.raw.send('7fffffff')
    await client.raw.closed()
    expect(warnings).toHaveLength(11)
  })
})

describe('requests that may run ahead', () => {
  test('are handled together and answered in their order', async () => {
    const client = await open()
    for (const index of [1, 2, 3]) send(client, index)
    await waitUntil('all are handled', () => waiting.size === 3)
    for (const index of [3, 2]) waiting.get(index)!()
    await ask(await open())
    expect(client.raw.pendingBytes).toBe(0)
    waiting.get(1)!()
    const frames = [await client.raw.frame(), await client.raw.frame(), await client.raw.frame()]
    expect(frames.map((frame) => (frame as Buffer).readInt32BE())).toEqual([1, 2, 3])
  })

  test('are few', async () => {
    const client = await open()
    for (let index = 0; index < 30; index++) send(client, index)
    await waitUntil('some are handled', () => waiting.size === 8)
    await ask(await open())
    expect(waiting.size).toBe(8)
    for (let index = 0; index < 30; index++) {
      await waitUntil('the next is handled', () => waiting.has(index))
      waiting.get(index)!()
      expect(((await client.raw.frame()) as Buffer).readInt32BE()).toBe(index + 1)
    }
  })

  test('keep others behind them waiting', async () => {
    const client = await open()
    send(client, 1)
    const last = client.tell(metadata, { topics: [] })
    await waitUntil('the first is handled', () => waiting.has(1))
    await ask(await open())
    expect(client.raw.pendingBytes).toBe(0)
    waiting.get(1)!()
    expect(((await client.raw.frame()) as Buffer).readInt32BE()).toBe(1)
    expect(((await client.raw.frame()) as Buffer).readInt32BE()).toBe(last)
  })

  test('are all answered before the server has closed', async () => {
    const client = await open()
    for (const index of [1, 2]) send(client, index)
    await waitUntil('both are handled', () => waiting.size === 2)
    const closed = server.close(60_000)
    for (const index of [2, 1]) waiting.get(index)!()
    expect(((await client.raw.frame()) as Buffer).readInt32BE()).toBe(1)
    expect(((await client.raw.frame()) as Buffer).readInt32BE()).toBe(2)
    expect(await client.raw.frame()).toBe('closed')
    await closed
  })
})

test('half requests of all connections together are bounded: the one that goes beyond is closed', async () => {
  settings = { ...settings, maxRequestBytes: 8 << 20, maxQueuedBytes: 4 << 20 }
  const half = Buffer.alloc(3 << 20)
  half.writeInt32BE(8 << 20)
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  const closed = sockets.map(() => false)
  for (const [index, socket] of sockets.entries()) {
    socket.on('error', () => {})
    socket.on('close', () => (closed[index] = true))
    socket.write(half)
    if (index === 0) await waitUntil('the first to be sent', () => Promise.resolve(socket.writableLength === 0))
  }
  await waitUntil('one to be closed', () => Promise.resolve(closed.includes(true)))
  expect(closed.filter(Boolean)).toHaveLength(1)
  expect(warnings).toHaveLength(1)
  for (const socket of sockets) socket.destroy()
})
