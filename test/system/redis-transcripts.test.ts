import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawRedis, type RawReply } from '../support/raw-redis.ts'
import { expectRedis70 } from '../support/redis-version.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

/** Whole conversations, byte for byte, with the Redis of millrace and with redis-server. */
let real: RedisServer
let own: RedisServer
beforeAll(async () => {
  [real, own] = await Promise.all([startRedis({ own: false }), startRedis({ own: true })])
  await expectRedis70(real.port)
})
afterAll(() => Promise.all([real.stop(), own.stop()]))

/** Everything the server says until it closes the connection; requests end with one that makes it. */
function transcript(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(said))
    socket.on('error', reject)
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}

const quit = 'QUIT\r\n'

describe('both say the same', () => {
  test.each([
    ['to lines typed by hand', `PING\r\nset a "x y"\r\nget a\r\n  echo   'it\\'s'  \r\n\r\nset\r\n${quit}`],
    ['to requests that are empty', `*0\r\n*-1\r\n\r\n*1\r\n$4\r\nPING\r\n${quit}`],
    ['to an unknown command', `*3\r\n$4\r\nn\r\np\r\n$3\r\na\r\n\r\n$2\r\n\u00ff\0\r\n${quit}`],
    ['to a long unknown command', `${'x'.repeat(300)} ${'y'.repeat(100)} ${'z'.repeat(100)}\r\n${quit}`],
    ['to a multibulk length that is none', '*x\r\n'],
    ['to a length that is none', '*1\r\n$x\r\n'],
    ['to a length that is too large', '*1\r\n$536870913\r\n'],
    ['to a wrong type', '*1\r\n:1\r\n'],
    ['to quotes that are not closed', 'get "a\r\n'],
    ['to messages in RESP2', `SUBSCRIBE a b\r\nPSUBSCRIBE a* b*\r\nSUBSCRIBE a\r\nPING\r\nPING x\r\nGET a\r\nUNSUBSCRIBE b c\r\nUNSUBSCRIBE\r\nPUNSUBSCRIBE a*\r\nPUNSUBSCRIBE\r\nUNSUBSCRIBE\r\nGET a\r\n${quit}`],
    ['to messages in RESP3', `HELLO 3 SETNAME x\r\nSUBSCRIBE a b\r\nPUBLISH a hello\r\nPSUBSCRIBE a*\r\nPUBLISH a again\r\nGET a\r\nUNSUBSCRIBE a\r\nUNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nUNSUBSCRIBE\r\nPING\r\n${quit}`],
    ['to RESP3 that begins within a transaction', `MULTI\r\nHGETALL h\r\nHELLO 3\r\nHGETALL h\r\nGET nothing\r\nEXEC\r\n${quit}`],
    ['to a client that listens within a transaction', `MULTI\r\nSUBSCRIBE a b\r\nPING\r\nEXEC\r\nPING\r\n${quit}`],
    ['to a client that wants no answers', `CLIENT REPLY SKIP\r\nPING\r\nPING\r\nCLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING\r\n${quit}`],
    ['to a transaction that fails in the middle', `DEL a\r\nMULTI\r\nSET a x\r\nINCR a\r\nGET a\r\nEXEC\r\nMULTI\r\nNOPE\r\nSET a\r\nMULTI\r\nWATCH a\r\nEXEC\r\nEXEC\r\nDISCARD\r\n${quit}`],
    ['to RESET', `SELECT 3\r\nMULTI\r\nRESET\r\nEXEC\r\nSUBSCRIBE a\r\nRESET\r\nGET a\r\n${quit}`],
    ['to a wait that nothing can end inside a transaction', `DEL l\r\nMULTI\r\nBLPOP l 0\r\nWAIT 1 0\r\nEXEC\r\n${quit}`],
    ['to a client that ends itself', 'CLIENT KILL TYPE normal SKIPME no\r\n'],
  ])('%s', async (_, bytes) => {
    const [mine, theirs] = await Promise.all([own, real].map(async ({ port }) => (await transcript(port, bytes)).replaceAll(/(\$2\r\nid\r\n):\d+/g, '$1:ID')))
    expect(mine).toBe(theirs)
  })
})

test('the table of commands says of each what Redis says', async () => {
  const [one, other] = await Promise.all([RawRedis.open(own.port), RawRedis.open(real.port)])
  const names = ((await one.send([['COMMAND', 'LIST']]))[0]!.value as readonly RawReply[]).map(({ value }) => value as string).sort()
  const [mine, theirs] = await Promise.all([one, other].map(async (client) => (await client.send([['COMMAND', 'INFO', ...names]]))[0]!.value as readonly RawReply[]))
  for (const [i, name] of names.entries()) expect([name, shown(mine![i]!)]).toEqual([name, shown(theirs![i]!)])
  one.close()
  other.close()
})

/** Name, arity, flags, keys and categories; which subcommands and hints there are may differ. */
function shown({ value }: RawReply): unknown {
  const [name, arity, flags, first, last, step, categories] = value as readonly RawReply[]
  return [name?.value, arity?.value, words(flags!), first?.value, last?.value, step?.value, words(categories!)]
}

function words({ value }: RawReply): readonly string[] {
  return (value as readonly RawReply[]).map(({ value }) => value as string).sort()
}

test('redis-cli shows the same', async () => {
  const run = promisify(execFile)
  const commands = ['set a 1', 'incr a', 'hset h f v g w', 'hgetall h', 'lpush l a b c', 'lrange l 0 -1', 'zadd z 1.5 a 2 b', 'zrange z 0 -1 withscores', 'get nothing', 'nope', 'incr h', 'type h', 'object encoding a', 'eval "return {1,{2,{3}},false}" 0', 'config get maxmemory', 'scan 0 count 100 match a*', 'smembers none', 'ttl a', 'expire a 100', 'exists a h', 'xadd s 1-1 f v', 'xrange s - +']
  const session = async (port: number, ...options: string[]): Promise<string> => {
    const child = run('redis-cli', ['-p', String(port), ...options])
    child.child.stdin!.end(`${['flushall', ...commands].join('\n')}\n`)
    return (await child).stdout
  }
  for (const options of [[], ['-3'], ['--no-raw'], ['--json'], ['--csv']]) expect(await session(own.port, ...options)).toBe(await session(real.port, ...options))
})
