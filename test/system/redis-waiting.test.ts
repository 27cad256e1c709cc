import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RawRedis } from '../support/raw-redis.ts'
import type { RawReply } from '../support/raw-redis.ts'
import { startRedis } from '../support/redis-server.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { waitUntil } from '../support/wait-until.ts'

/** One client after the other begins to wait; then another one does this; then what each of them was answered. */
interface Scene {
  readonly waiting: readonly (readonly string[])[]
  readonly after: readonly (readonly string[])[]
}

const scenes: Readonly<Record<string, Scene>> = {
  'the one that waited longest is served first': { waiting: [['BLPOP', 'l', '0'], ['BRPOP', 'l', '0']], after: [['RPUSH', 'l', 'a', 'b', 'c']] },
  'of several keys the one that gets something is told': { waiting: [['BLPOP', 'k', 'l', 'm', '0']], after: [['RPUSH', 'm', 'x']] },
  'what was pushed is gone once somebody was served': { waiting: [['BLPOP', 'l', '0']], after: [['RPUSH', 'l', 'x'], ['LLEN', 'l'], ['EXISTS', 'l']] },
  'a push of several items serves several': { waiting: [['BLPOP', 'l', '0'], ['BLPOP', 'l', '0'], ['BLPOP', 'l', '0']], after: [['LPUSH', 'l', 'a', 'b', 'c'], ['LRANGE', 'l', '0', '-1']] },
  'moves follow each other': { waiting: [['BLMOVE', 'a', 'b', 'LEFT', 'RIGHT', '0'], ['BLMOVE', 'b', 'c', 'LEFT', 'RIGHT', '0'], ['BRPOPLPUSH', 'c', 'd', '0']], after: [['RPUSH', 'a', 'x'], ['LRANGE', 'd', '0', '-1']] },
  'a move to a key of another type is an error and takes nothing': { waiting: [['BLMOVE', 'a', 's', 'LEFT', 'LEFT', '0']], after: [['SET', 's', '1'], ['RPUSH', 'a', 'x'], ['LRANGE', 'a', '0', '-1']] },
  'a key of another type wakes nobody': { waiting: [['BLPOP', 'l', '0.2']], after: [['SET', 'l', '1']] },
  'a transaction wakes them when it is over': { waiting: [['BLPOP', 'l', '0.2']], after: [['MULTI'], ['RPUSH', 'l', 'a'], ['DEL', 'l'], ['EXEC']] },
  'a script wakes them when it is over': { waiting: [['BLPOP', 'l', '0']], after: [['EVAL', "redis.call('RPUSH', 'l', 'a', 'b') return redis.call('LPOP', 'l')", '0']] },
  'several items at once': { waiting: [['BLMPOP', '0', '2', 'k', 'l', 'RIGHT', 'COUNT', '2']], after: [['RPUSH', 'l', 'a', 'b', 'c'], ['LRANGE', 'l', '0', '-1']] },
  'a list that comes by another name': { waiting: [['BLPOP', 'l', '0']], after: [['RPUSH', 'other', 'a'], ['RENAME', 'other', 'l'], ['EXISTS', 'l']] },
  'a list that comes as a copy': { waiting: [['BLPOP', 'l', '0']], after: [['RPUSH', 'other', 'a'], ['COPY', 'other', 'l'], ['EXISTS', 'l']] },
  'sorted sets': { waiting: [['BZPOPMIN', 'z', '0'], ['BZPOPMAX', 'z', '0'], ['BZMPOP', '0', '1', 'z', 'MIN', 'COUNT', '5']], after: [['ZADD', 'z', '1', 'a', '2', 'b', '3', 'c', '4', 'd'], ['EXISTS', 'z']] },
  'sorted sets that come from others': { waiting: [['BZPOPMIN', 'z', '0']], after: [['ZADD', 'y', '1', 'a'], ['ZUNIONSTORE', 'z', '1', 'y']] },
  'entries of a stream': { waiting: [['XREAD', 'BLOCK', '0', 'STREAMS', 'x', '$'], ['XREAD', 'COUNT', '1', 'BLOCK', '0', 'STREAMS', 'y', 'x', '0', '5']], after: [['XADD', 'x', '1-1', 'f', 'v'], ['XADD', 'x', '6-1', 'f', 'v'], ['XADD', 'x', '7-1', 'f', 'v'], ['XLEN', 'x']] },
  'entries that are not new enough wake nobody': { waiting: [['XREAD', 'BLOCK', '200', 'STREAMS', 'x', '5']], after: [['XADD', 'x', '1-1', 'f', 'v']] },
  'time is over': { waiting: [['BLPOP', 'l', '0.05'], ['BLMOVE', 'l', 'm', 'LEFT', 'LEFT', '0.05'], ['BZPOPMIN', 'z', '0.05'], ['XREAD', 'BLOCK', '50', 'STREAMS', 'x', '$'], ['BLMPOP', '0.05', '1', 'l', 'LEFT']], after: [] },
  'somebody wakes them': { waiting: [['BLPOP', 'l', '0']], after: [['CLIENT', 'UNBLOCK', 'the first', 'ERROR']] },
  'somebody ends their wait': { waiting: [['XREAD', 'BLOCK', '0', 'STREAMS', 'x', '$']], after: [['CLIENT', 'UNBLOCK', 'the first']] },
}

describe.each([2, 3])('clients that wait, in RESP%i, are answered as by redis-server', (protocol) => {
  let servers: readonly RedisServer[] = []
  beforeAll(async () => {
    servers = await Promise.all([startRedis({ own: true }), startRedis({ own: false })])
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))
  beforeEach(async () => {
    for (const { port } of servers) await once(port, ['FLUSHALL'])
  })

  test.each(Object.entries(scenes))('%s', async (_, scene) => {
    const [own, real] = await Promise.all(servers.map(({ port }) => play(port, protocol, scene)))
    expect(own).toEqual(real)
  })
})

async function play(port: number, protocol: number, { waiting, after }: Scene): Promise<RawReply[]> {
  const clients: RawRedis[] = []
  const answers: Promise<RawReply[]>[] = []
  let firstId = ''
  for (const command of waiting) {
    const client = await RawRedis.open(port)
    clients.push(client)
    const [, id] = await client.send([['HELLO', String(protocol)], ['CLIENT', 'ID']])
    firstId ||= `${Number(id!.value)}`
    answers.push(client.send([command]))
    // Those whose time is over soon may be gone before all are seen to wait.
    if (after.length > 0) await waitUntil(`${answers.length} clients wait`, async () => (await once(port, ['INFO', 'clients'])).includes(`blocked_clients:${answers.length}`), 5000)
  }
  const other = await RawRedis.open(port)
  clients.push(other)
  const replies = await other.send([['HELLO', String(protocol)], ...after.map((command) => command.map((word) => (word === 'the first' ? firstId : word)))])
  const answered = (await Promise.all(answers)).flat()
  for (const client of clients) client.close()
  return [...replies.slice(1), ...answered]
}

async function once(port: number, command: readonly string[]): Promise<string> {
  const client = await RawRedis.open(port)
  const [reply] = await client.send([command])
  client.close()
  return typeof reply!.value === 'string' ? reply!.value : ''
}
