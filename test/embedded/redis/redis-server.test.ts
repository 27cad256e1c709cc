import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startOwnRedis, type OwnRedis } from '../../support/own-redis.ts'
import type { RawRedis, RawReply } from '../../support/raw-redis.ts'
import { waitUntil } from '../../support/wait-until.ts'

let server: OwnRedis
beforeEach(async () => {
  server = await startOwnRedis()
})
afterEach(() => server.close())

async function restart(settings: Readonly<Record<string, string>>): Promise<void> {
  await server.close()
  server = await startOwnRedis(settings)
}

/** One command, its answer as text; several as a list. */
async function ask(client: RawRedis, ...args: readonly string[]): Promise<unknown> {
  return plain((await client.send([args]))[0]!)
}

function plain({ sign, value }: RawReply): unknown {
  if (value === null || sign === '_') return null
  if (typeof value !== 'string') return value.map(plain)
  return sign === ':' ? Number(value) : sign === '-' ? `-${value}` : value
}

describe('requests', () => {
  test('that come together are answered in their order', async () => {
    const client = await server.raw()
    const replies = await client.send(Array.from({ length: 10_000 }, () => ['INCR', 'n']))
    expect(replies.map(plain)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
  })

  test('of any bytes keep every byte', async () => {
    const client = await server.raw()
    const every = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
    expect(await ask(client, 'SET', every, every)).toBe('OK')
    expect(await ask(client, 'HSET', 'h', every, every)).toBe(1)
    expect(await ask(client, 'GET', every)).toBe(every)
    expect(await ask(client, 'HGETALL', 'h')).toEqual([every, every])
    expect(await ask(client, 'KEYS', '*')).toEqual([every, 'h'])
  })

  test('may be large', async () => {
    const client = await server.raw()
    const large = 'x'.repeat(4 * 1024 * 1024)
    expect(await ask(client, 'SET', 'large', large)).toBe('OK')
    expect(await ask(client, 'GET', 'large') === large).toBe(true)
  })

  test('that make no sense end the connection with a reason, and disturb nobody else', async () => {
    const other = await server.raw()
    const noise = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('*1000000000\r\n$5\r\nab', '*3\r\n$-7\r\n', '$5\r\nhello\r\n', '*2\r\n$3\r\nGET\r\n$99999999999\r\n', '\r\n\r\n', 'GET "').map((text) => Buffer.from(text)))
    await fc.assert(fc.asyncProperty(fc.array(noise, { minLength: 1, maxLength: 5 }), async (pieces) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => {})
      for (const piece of pieces) socket.write(piece)
      socket.end()
      socket.resume()
      await once(socket, 'close')
      expect(await ask(other, 'PING')).toBe('PONG')
    }), { numRuns: 40 })
    const broken = await server.raw()
    const [reply] = await Promise.all([broken.receive(1), sendBytes(broken, '*1\r\n:1\r\n')])
    expect(plain(reply[0]!)).toBe("-ERR Protocol error: expected '$', got ':'")
  })
})

async function sendBytes(client: RawRedis, text: string): Promise<void> {
  client.write(Buffer.from(text, 'latin1'))
}

test('what a browser sends ends the connection before anything else in it is run', async () => {
  const client = await server.raw()
  const browser = connect(server.port, '127.0.0.1')
  browser.write('POST / HTTP/1.1\r\nSET a 1\r\n\r\n')
  const received: Buffer[] = []
  browser.on('data', (bytes) => received.push(bytes))
  browser.on('error', () => {})
  await once(browser, 'close')
  expect(Buffer.concat(received).length).toBe(0)
  expect(await ask(client, 'GET', 'a')).toBeNull()
})

describe('a client that leaves its answers unread', () => {
  test('is not served any further until it reads', async () => {
    const writer = await server.raw()
    await ask(writer, 'SET', 'large', 'x'.repeat(1024 * 1024))
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.pause()
    socket.write('GET large\r\n'.repeat(200))
    socket.write('SET reached yes\r\n')
    await waitUntil('the answers pile up', async () => String(await ask(writer, 'CLIENT', 'LIST')).split('\n').some((line) => Number(/omem=(\d+)/.exec(line)?.[1]) > 60_000_000))
    expect(await ask(writer, 'EXISTS', 'reached')).toBe(0)
    socket.resume()
    await waitUntil('the client is served further', async () => await ask(writer, 'EXISTS', 'reached') === 1)
    socket.destroy()
  })

  test('is disconnected when it listens to a channel that says too much', async () => {
    await restart({ 'client-output-buffer-limit': 'pubsub 1mb 0 0' })
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write('SUBSCRIBE c\r\n')
    const talker = await server.raw()
    await waitUntil('somebody listens', async () => await ask(talker, 'PUBSUB', 'NUMSUB', 'c').then((reply) => (reply as unknown[])[1] === 1))
    socket.pause()
    let receivers = 1
    for (let i = 0; i < 200 && receivers === 1; i++) receivers = await ask(talker, 'PUBLISH', 'c', 'x'.repeat(1024 * 1024)) as number
    expect(receivers).toBe(0)
    socket.destroy()
  })
})

describe('transactions', () => {
  test('run all commands together', async () => {
    const client = await server.raw()
    expect((await client.send([['MULTI'], ['SET', 'a', '1'], ['INCR', 'a'], ['LPUSH', 'a', 'x'], ['GET', 'a'], ['EXEC']])).map(plain)).toEqual([
      'OK', 'QUEUED', 'QUEUED', 'QUEUED', 'QUEUED', ['OK', 2, '-WRONGTYPE Operation against a key holding the wrong kind of value', '2'],
    ])
  })

  test('do nothing when a command among them was refused', async () => {
    const client = await server.raw()
    await client.send([['MULTI'], ['SET', 'a', '1'], ['NOPE']])
    expect(await ask(client, 'EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.')
    expect(await ask(client, 'EXISTS', 'a')).toBe(0)
    expect(await ask(client, 'EXEC')).toBe('-ERR EXEC without MULTI')
  })

  test('end with an EXEC that has too many arguments', async () => {
    const client = await server.raw()
    const replies = await client.send([['MULTI'], ['SET', 'a', '1'], ['EXEC', 'now'], ['EXEC'], ['GET', 'a'], ['COMMAND', 'INFO', 'none']])
    expect(replies.map(plain)).toEqual(['OK', 'QUEUED', "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command", '-ERR EXEC without MULTI', null, [null]])
    expect((replies.at(-1)!.value as RawReply[])[0]!.sign).toBe('$')
  })

  test('do nothing when a watched key has changed meanwhile', async () => {
    const [client, other] = await Promise.all([server.raw(), server.raw()])
    await client.send([['SET', 'a', '1'], ['WATCH', 'a', 'b']])
    await ask(other, 'SET', 'b', 'x')
    await client.send([['MULTI'], ['INCR', 'a']])
    expect(await ask(client, 'EXEC')).toBeNull()
    expect(await ask(client, 'GET', 'a')).toBe('1')
  })

  test('run when the watched keys have stayed, or were changed to nothing by a reader', async () => {
    const [client, other] = await Promise.all([server.raw(), server.raw()])
    await client.send([['SET', 'a', '1'], ['WATCH', 'a']])
    await other.send([['GET', 'a'], ['HDEL', 'h', 'f'], ['SET', 'other', '1'], ['SETNX', 'a', '2']])
    await client.send([['MULTI'], ['INCR', 'a']])
    expect(await ask(client, 'EXEC')).toEqual([2])
  })

  test('do nothing when a watched key has expired meanwhile', async () => {
    const client = await server.raw()
    await client.send([['SET', 'a', '1', 'PX', '100'], ['WATCH', 'a'], ['MULTI'], ['PING']])
    server.clock.pass(200)
    expect(await ask(client, 'EXEC')).toBeNull()
  })

  test('end when the client leaves', async () => {
    const [client, other] = await Promise.all([server.raw(), server.raw()])
    await client.send([['WATCH', 'a'], ['MULTI'], ['SET', 'a', '1']])
    client.close()
    expect(await ask(other, 'SET', 'b', '1')).toBe('OK')
    expect(await ask(other, 'EXISTS', 'a')).toBe(0)
  })
})

describe('messages', () => {
  test('reach who listens to the channel or to a pattern, in RESP2', async () => {
    const [listener, talker] = await Promise.all([server.raw(), server.raw()])
    expect((await listener.send([['SUBSCRIBE', 'news'], ['PSUBSCRIBE', 'n*']])).map(plain)).toEqual([['subscribe', 'news', 1], ['psubscribe', 'n*', 2]])
    expect(await ask(talker, 'PUBLISH', 'news', 'hello')).toBe(2)
    expect((await listener.receive(2)).map(plain)).toEqual([['message', 'news', 'hello'], ['pmessage', 'n*', 'news', 'hello']])
    expect(await ask(listener, 'PING')).toEqual(['pong', ''])
    expect(await ask(listener, 'GET', 'a')).toBe("-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
    expect((await listener.send([['UNSUBSCRIBE'], ['PUNSUBSCRIBE']])).map(plain)).toEqual([['unsubscribe', 'news', 1], ['punsubscribe', 'n*', 0]])
    expect(await ask(listener, 'GET', 'a')).toBeNull()
  })

  test('come beside the answers in RESP3', async () => {
    const [listener, talker] = await Promise.all([server.raw(), server.raw()])
    await listener.send([['HELLO', '3'], ['SUBSCRIBE', 'c']])
    await ask(talker, 'PUBLISH', 'c', 'm')
    expect(await listener.receive(1)).toEqual([{ sign: '>', value: [{ sign: '$', value: 'message' }, { sign: '$', value: 'c' }, { sign: '$', value: 'm' }] }])
    expect(await ask(listener, 'SET', 'a', '1')).toBe('OK')
  })

  test('are told of by PUBSUB', async () => {
    const [listener, asker] = await Promise.all([server.raw(), server.raw()])
    await listener.send([['SUBSCRIBE', 'one'], ['SUBSCRIBE', 'two'], ['PSUBSCRIBE', 'p*']])
    expect(await ask(asker, 'PUBSUB', 'CHANNELS')).toEqual(['one', 'two'])
    expect(await ask(asker, 'PUBSUB', 'CHANNELS', 't*')).toEqual(['two'])
    expect(await ask(asker, 'PUBSUB', 'NUMSUB', 'one', 'none')).toEqual(['one', 1, 'none', 0])
    expect(await ask(asker, 'PUBSUB', 'NUMPAT')).toBe(1)
    listener.close()
    await waitUntil('nobody listens any more', async () => await ask(asker, 'PUBSUB', 'NUMPAT') === 0)
  })
})

describe('clients that wait for a list', () => {
  test('are served in the order in which they came', async () => {
    const [first, second, pusher] = await Promise.all([server.raw(), server.raw(), server.raw()])
    const replies = [waitFor(first), waitFor(second)]
    await waitUntil('both wait', async () => String(await ask(pusher, 'INFO', 'clients')).includes('blocked_clients:2'))
    expect(await ask(pusher, 'RPUSH', 'list', 'a', 'b', 'c')).toBe(3)
    expect(await Promise.all(replies)).toEqual([['list', 'a'], ['list', 'b']])
    expect(await ask(pusher, 'LRANGE', 'list', '0', '-1')).toEqual(['c'])
  })

  test('run what they have sent after it when the wait is over', async () => {
    const [waiter, pusher] = await Promise.all([server.raw(), server.raw()])
    const replies = waiter.send([['BLPOP', 'list', '0'], ['PING']])
    await waitUntil('the client waits', async () => String(await ask(pusher, 'INFO', 'clients')).includes('blocked_clients:1'))
    await ask(pusher, 'LPUSH', 'list', 'x')
    expect((await replies).map(plain)).toEqual([['list', 'x'], 'PONG'])
  })

  test('give up when their time is over, or when somebody says so', async () => {
    const [waiter, other] = await Promise.all([server.raw(), server.raw()])
    const id = String(await ask(waiter, 'CLIENT', 'ID'))
    const timedOut = ask(waiter, 'BLPOP', 'list', '5')
    await waitUntil('the client waits', async () => String(await ask(other, 'INFO', 'clients')).includes('blocked_clients:1'))
    server.clock.advance(5000)
    expect(await timedOut).toBeNull()
    const ended = ask(waiter, 'BLPOP', 'list', '0')
    await waitUntil('the wait was ended', async () => await ask(other, 'CLIENT', 'UNBLOCK', id, 'ERROR') === 1)
    expect(await ended).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK')
  })

  test('take nothing when they have left', async () => {
    const [waiter, other] = await Promise.all([server.raw(), server.raw()])
    waiter.send([['BLPOP', 'list', '0']]).catch(() => {})
    await waitUntil('the client waits', async () => String(await ask(other, 'INFO', 'clients')).includes('blocked_clients:1'))
    waiter.close()
    await waitUntil('the server has seen that the client left', async () => String(await ask(other, 'INFO', 'clients')).includes('blocked_clients:0'))
    await ask(other, 'RPUSH', 'list', 'a')
    expect(await ask(other, 'LLEN', 'list')).toBe(1)
  })
})

function waitFor(client: RawRedis): Promise<unknown> {
  return ask(client, 'BLPOP', 'list', '0')
}

describe('a password', () => {
  beforeEach(() => restart({ requirepass: 'secret' }))

  test('is asked for before anything else', async () => {
    const client = await server.raw()
    expect(await ask(client, 'GET', 'a')).toBe('-NOAUTH Authentication required.')
    expect(await ask(client, 'AUTH', 'wrong')).toBe('-WRONGPASS invalid username-password pair or user is disabled.')
    expect(await ask(client, 'HELLO', '3')).toMatch(/^-NOAUTH HELLO must be called/)
    expect(await ask(client, 'AUTH', 'secret')).toBe('OK')
    expect(await ask(client, 'GET', 'a')).toBeNull()
    expect(await ask(client, 'RESET')).toBe('RESET')
    expect(await ask(client, 'GET', 'a')).toBe('-NOAUTH Authentication required.')
    expect(await ask(client, 'HELLO', '3', 'AUTH', 'default', 'secret')).toContain('proto')
  })

  test('keeps those out who send much before it', async () => {
    const client = await server.raw()
    client.write(Buffer.from('*11\r\n'))
    expect(plain((await client.receive(1))[0]!)).toBe('-ERR Protocol error: unauthenticated multibulk length')
  })

  test('is given by ioredis', async () => {
    const client = server.client({ password: 'secret' })
    expect(await client.ping()).toBe('PONG')
  })
})

describe('clients', () => {
  test('are listed, named and ended by others', async () => {
    const [one, two] = await Promise.all([server.raw(), server.raw()])
    await ask(one, 'CLIENT', 'SETNAME', 'first')
    const id = await ask(one, 'CLIENT', 'ID')
    const line = String(await ask(two, 'CLIENT', 'LIST')).split('\n').find((line) => line.startsWith(`id=${String(id)} `))
    expect(line).toMatch(/ addr=127\.0\.0\.1:\d+ .* name=first .* db=0 .* cmd=client\|id user=default .* resp=2/)
    expect(await ask(two, 'CLIENT', 'KILL', 'ID', String(id))).toBe(1)
    await expect(one.send([['PING']])).rejects.toThrow('closed')
  })

  test('may do without answers', async () => {
    const client = await server.raw()
    client.write(Buffer.from('CLIENT REPLY SKIP\r\nSET a 1\r\nGET a\r\nCLIENT REPLY OFF\r\nSET a 2\r\nGET a\r\nCLIENT REPLY ON\r\n'))
    expect((await client.receive(2)).map(plain)).toEqual(['1', 'OK'])
  })

  test('are refused when there are too many', async () => {
    await restart({ maxclients: '2' })
    await Promise.all([server.raw(), server.raw()])
    const third = await server.raw()
    expect(plain((await third.receive(1))[0]!)).toBe('-ERR max number of clients reached')
  })

  test('are disconnected when they are idle for longer than they may', async () => {
    await restart({ timeout: '10' })
    const [idle, listening] = await Promise.all([server.raw(), server.raw()])
    await ask(idle, 'PING')
    await ask(listening, 'SUBSCRIBE', 'c')
    server.clock.advance(12_000)
    await expect(idle.send([['PING']])).rejects.toThrow('closed')
    expect(await ask(listening, 'PING')).toEqual(['pong', ''])
  })

  test('are answered before QUIT ends them', async () => {
    const client = await server.raw()
    expect((await client.send([['SET', 'a', '1'], ['QUIT']])).map(plain)).toEqual(['OK', 'OK'])
    await expect(client.send([['PING']])).rejects.toThrow('closed')
  })
})

describe('memory', () => {
  test('that is used up refuses what needs more, and nothing else', async () => {
    await restart({ maxmemory: '1mb' })
    const client = await server.raw()
    let answer: unknown = 'OK'
    let size = 0
    while (answer === 'OK') answer = await ask(client, 'SET', `k${size++}`, 'x'.repeat(10_000))
    expect(answer).toBe("-OOM command not allowed when used memory > 'maxmemory'.")
    expect(size).toBeGreaterThan(90)
    expect(await ask(client, 'GET', 'k0')).toHaveLength(10_000)
    expect(await ask(client, 'EVAL', "return redis.call('SET', 'a', 'b')", '0')).toMatch(/^-OOM command not allowed when used memory > 'maxmemory'\. script: /)
    expect(await ask(client, 'DEL', 'k0', 'k1')).toBe(2)
    expect(await ask(client, 'SET', 'a', 'b')).toBe('OK')
  })

  test.each([
    ['allkeys-lru', (left: readonly string[]) => left.includes('often')],
    ['allkeys-random', (left: readonly string[]) => left.length > 10],
    ['volatile-ttl', (left: readonly string[]) => left.includes('often')],
    ['allkeys-lfu', (left: readonly string[]) => left.includes('often')],
  ])('is made room in by %s', async (policy, holds) => {
    await restart({ maxmemory: '100kb', 'maxmemory-policy': policy })
    const client = await server.raw()
    await ask(client, 'SET', 'often', 'x')
    for (let i = 0; i < 200; i++) {
      expect(await ask(client, 'SET', `k${i}`, 'x'.repeat(2000), 'EX', String(1000 + i))).toBe('OK')
      server.clock.pass(1000)
      if (i % 2 === 0) await ask(client, 'GET', 'often')
    }
    const left = await ask(client, 'KEYS', '*') as string[]
    expect(left.length).toBeLessThan(60)
    expect(holds(left)).toBe(true)
    expect(await ask(client, 'INFO', 'stats')).toMatch(/evicted_keys:1\d\d/)
  })
})

describe('the end of the server', () => {
  test('waits for no client that does not take its answers', async () => {
    const writer = await server.raw()
    await ask(writer, 'SET', 'large', 'x'.repeat(1024 * 1024))
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.pause()
    socket.write('GET large\r\n'.repeat(30))
    await waitUntil('answers are left', async () => /omem=\d{7}/.test(String(await ask(writer, 'CLIENT', 'LIST'))))
    await server.close()
    socket.destroy()
    server = await startOwnRedis()
  })
})

describe('what clients ask of the server', () => {
  test('is answered by INFO', async () => {
    const client = await server.raw()
    await client.send([['SET', 'a', '1'], ['SET', 'b', '1', 'EX', '100']])
    const info = String(await ask(client, 'INFO'))
    for (const line of ['redis_version:7.0.15', 'server_name:millrace', 'redis_mode:standalone', 'role:master', 'loading:0', 'cluster_enabled:0', 'maxmemory_policy:noeviction', 'connected_slaves:0', 'db0:keys=2,expires=1,avg_ttl=0']) {
      expect(info).toContain(`\r\n${line}\r\n`)
    }
    expect(await ask(client, 'INFO', 'replication', 'keyspace')).toMatch(/^# Replication\r\n[\s\S]*\r\n\r\n# Keyspace\r\ndb0:/)
    expect(await ask(client, 'INFO', 'nothing')).toBe('')
    expect(await ask(client, 'INFO', 'server')).toContain(`\r\ntcp_port:${server.port}\r\n`)
    expect(await ask(client, 'CONFIG', 'GET', 'port', 'bind')).toEqual(['port', String(server.port), 'bind', '127.0.0.1'])
  })

  test('is changed by CONFIG', async () => {
    const client = await server.raw()
    expect(await ask(client, 'CONFIG', 'SET', 'maxmemory', '10mb', 'maxmemory-policy', 'allkeys-lru')).toBe('OK')
    expect(await ask(client, 'CONFIG', 'GET', 'maxmemory*')).toEqual(['maxmemory', '10485760', 'maxmemory-policy', 'allkeys-lru', 'maxmemory-samples', '5'])
    expect(await ask(client, 'CONFIG', 'SET', 'maxmemory', '1mb', 'maxmemory-policy', 'nonsense')).toMatch(/^-ERR CONFIG SET failed \(possibly related to argument 'maxmemory-policy'\) - argument\(s\) must be one of/)
    expect(await ask(client, 'CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '10485760'])
  })

  test('every command has a name, an arity and a summary of its own', async () => {
    const client = await server.raw()
    const infos = await ask(client, 'COMMAND') as [string, number][]
    expect(infos.length).toBe(await ask(client, 'COMMAND', 'COUNT'))
    const docs = await ask(client, 'COMMAND', 'DOCS', 'get', 'config', 'nothing') as unknown[]
    expect(docs.filter((_, i) => i % 2 === 0)).toEqual(['get', 'config'])
    for (const [name, arity] of infos) expect([name, Math.abs(arity) > 0]).toEqual([name.toLowerCase(), true])
  })

  test('is explained by HELP', async () => {
    const client = await server.raw()
    for (const name of ['CLIENT', 'CONFIG', 'OBJECT', 'SCRIPT', 'MEMORY', 'PUBSUB', 'COMMAND', 'ACL']) {
      const lines = await ask(client, name, 'HELP') as string[]
      expect(lines[0]).toBe(`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`)
      expect(lines.at(-1)).toBe('    Print this help.')
    }
  })
})

describe('ioredis', () => {
  test('becomes ready, and cannot tell the difference', async () => {
    const client = server.client()
    await client.mset({ a: '1', b: '2' })
    expect(await client.mget('a', 'b', 'c')).toEqual(['1', '2', null])
    expect(await client.pipeline().hset('h', { f: '1' }).hincrby('h', 'f', 41).hgetall('h').exec()).toEqual([[null, 1], [null, 42], [null, { f: '42' }]])
    expect(await client.multi().incr('a').get('a').exec()).toEqual([[null, 2], [null, '2']])
    expect(await client.zadd('z', 1, 'one', 2, 'two')).toBe(2)
    client.defineCommand('double', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], redis.call('GET', KEYS[1]))" })
    expect(await (client as unknown as { double(key: string): Promise<number> }).double('a')).toBe(4)
    await client.script('FLUSH')
    expect(await (client as unknown as { double(key: string): Promise<number> }).double('a')).toBe(8)
    await expect(client.call('INCR', 'h')).rejects.toThrow('WRONGTYPE')
  })

  test('goes through all keys by its scan streams', async () => {
    const client = server.client()
    const names = Array.from({ length: 500 }, (_, i) => `key${i}`)
    await client.mset(names.flatMap((name) => [name, 'v']))
    await client.hset('hash', Object.fromEntries(names.map((name) => [name, 'v'])))
    const seen = new Set<string>()
    for await (const batch of client.scanStream({ match: 'key*', count: 50 }) as AsyncIterable<string[]>) for (const key of batch) seen.add(key)
    expect(seen.size).toBe(500)
    const fields = new Set<string>()
    for await (const batch of client.hscanStream('hash', { count: 50 }) as AsyncIterable<string[]>) batch.forEach((text, i) => void (i % 2 === 0 && fields.add(text)))
    expect(fields.size).toBe(500)
  })

  test('subscribes', async () => {
    const [listener, talker] = [server.client(), server.client()]
    await listener.subscribe('c')
    const message = once(listener, 'message')
    await talker.publish('c', 'hello')
    expect(await message).toEqual(['c', 'hello'])
  })
})
