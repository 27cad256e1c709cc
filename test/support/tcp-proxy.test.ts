import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { waitUntil } from './wait-until.ts'

let server: Server
let proxy: TcpProxy
/** What has reached the server, and the pieces in which it came. */
let arrived: string[]
const clients: Socket[] = []

beforeEach(async () => {
  arrived = []
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      arrived.push(data.toString())
      socket.write(data.toString().toUpperCase())
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  proxy = await tcpProxy((server.address() as AddressInfo).port)
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await proxy.close()
  await new Promise((resolve) => {
    server.close(resolve)
  })
})

interface Client {
  readonly socket: Socket
  readonly heard: string[]
  gone(): boolean
}

async function client(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1')
  const heard: string[] = []
  clients.push(socket)
  socket.on('data', (data) => heard.push(data.toString()))
  socket.on('error', () => {})
  await once(socket, 'connect')
  return { socket, heard, gone: () => socket.destroyed }
}

describe('the proxy', () => {
  test('lets everything through, both ways', async () => {
    const { socket, heard } = await client()
    socket.write('hello')
    await waitUntil('the reply', () => heard.join('') === 'HELLO')
  })

  test('loses a reply whose request has arrived, and cuts the connection, once', async () => {
    const first = await client()
    proxy.loseNextReply()
    first.socket.write('one')
    await waitUntil('the cut', first.gone)
    expect([arrived, first.heard, proxy.lost]).toEqual([['one'], [], 1])
    const second = await client()
    second.socket.write('two')
    await waitUntil('the reply', () => second.heard.join('') === 'TWO')
    expect(proxy.lost).toBe(1)
  })

  test('resets connections while they are refused', async () => {
    const standing = await client()
    proxy.way = 'refused'
    await waitUntil('the cut', standing.gone)
    const late = connect(proxy.port, '127.0.0.1')
    const [error] = await once(late, 'error') as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
    proxy.way = 'open'
    const { socket, heard } = await client()
    socket.write('x')
    await waitUntil('the reply', () => heard.length > 0)
  })

  test('is silent when half open, for standing and new connections, and stays so for them', async () => {
    const standing = await client()
    proxy.way = 'half-open'
    const late = await client()
    for (const { socket } of [standing, late]) socket.write('is anybody there')
    proxy.way = 'open'
    const { socket, heard } = await client()
    socket.write('x')
    await waitUntil('the reply', () => heard.length > 0)
    expect([standing.heard, late.heard, standing.gone(), late.gone(), arrived]).toEqual([[], [], false, false, ['x']])
  })

  test('holds everything back while it is frozen, and loses nothing', async () => {
    const { socket, heard } = await client()
    proxy.way = 'frozen'
    socket.write('later')
    const other = connect(proxy.target, '127.0.0.1')
    clients.push(other)
    other.write('now')
    await waitUntil('what does not go through the proxy', () => arrived.includes('now'))
    expect(arrived).toEqual(['now'])
    proxy.way = 'open'
    await waitUntil('the reply', () => heard.join('') === 'LATER')
  })

  test('cuts what it carries into slices', async () => {
    const { socket, heard } = await client()
    proxy.way = { sliceBytes: 2 }
    socket.write('abcdefg')
    await waitUntil('the reply', () => heard.join('') === 'ABCDEFG')
    expect(heard.every((piece) => piece.length <= 7)).toBe(true)
    expect(arrived.join('')).toBe('abcdefg')
    expect(arrived.length + heard.length).toBeGreaterThan(2)
  })

  test('takes its time when it is slow', async () => {
    const { socket, heard } = await client()
    proxy.way = { slowMs: 100 }
    const start = performance.now()
    socket.write('x')
    await waitUntil('the reply', () => heard.length > 0)
    expect(performance.now() - start).toBeGreaterThanOrEqual(195)
  })

  test('closes the other end when one end is closed', async () => {
    const { socket } = await client()
    await waitUntil('the connection', () => proxy.connections === 1)
    socket.end()
    await waitUntil('the end', () => proxy.connections === 0)
  })
})
