import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { IoredisClient } from '../../src/redis/ioredis-client.ts'
import { redisTarget } from '../../src/redis/redis-settings.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import type { SealingStore } from '../contract/sealing-store.ts'
import { freePort } from '../support/free-port.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { waitUntil } from '../support/wait-until.ts'
import { keptLog, redisStore, type RedisStoreOptions } from './redis-store.ts'

const password = 'c4n4ry-p@ss'

describe('the start against a real Redis', () => {
  let server: RedisServer
  let redis: Redis
  const stores: SealingStore[] = []
  beforeAll(async () => {
    server = await startRedis({ config: { requirepass: password } })
    redis = new Redis(server.url)
  })
  beforeEach(async () => {
    await redis.flushall()
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  function store(options: RedisStoreOptions = {}, url = server.url): SealingStore {
    const made = redisStore(url, options)
    stores.push(made)
    return made
  }
  const bare = (): string => `redis://127.0.0.1:${server.port}`

  it('passes with the right password', async () => {
    expect(await store().open()).toEqual({ known: false })
    expect(await store({ settings: { password } }, bare()).open()).toEqual({ known: false })
  })

  it.each(['hash', 'set', 'sorted-set', 'hyper-log-log', 'string', 'list', 'stream'] as const)('passes with a result of type %s', async (type) => {
    expect(await store({ keys: [{ key: 'result', type }] }).open()).toEqual({ known: false })
  })

  it('tries another connection where the first has got lost in silence', async () => {
    const way = await tcpProxy(server.port)
    way.way = 'half-open'
    const client = new IoredisClient(redisTarget({ url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${way.port}` }), systemClock)
    const opened = client.open(3_000)
    await waitUntil('a connection', () => way.connections > 0)
    way.way = 'open'
    await opened
    expect(await client.call('PING', [])).toBe('PONG')
    client.close()
    await way.close()
  })

  it('says of a Redis that stays silent that it does', async () => {
    const way = await tcpProxy(server.port)
    way.way = 'half-open'
    const client = new IoredisClient(redisTarget({ url: `redis://127.0.0.1:${way.port}` }), systemClock)
    await expect(client.open(600)).rejects.toMatchObject({ code: 'MR_REDIS_UNREACHABLE', message: expect.stringContaining('does not say that it is ready') as string })
    client.close()
    await way.close()
  })

  it.each([
    ['no password', () => store({}, bare())],
    ['a wrong password', () => store({ settings: { password: 'c4n4ry-wrong' } }, bare())],
    ['an unknown user', () => store({ settings: { username: 'nobody', password: 'c4n4ry-wrong' } }, bare())],
  ])('says at once that %s is refused, and shows no secret anywhere', async (_, make) => {
    const printed = [vi.spyOn(console, 'warn').mockImplementation(() => {}), vi.spyOn(console, 'error').mockImplementation(() => {})]
    const error: unknown = await make().open().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MR_REDIS_AUTH', place: { at: `127.0.0.1:${server.port}` } })
    expect(inspect([error, printed.map((spy) => spy.mock.calls)], { depth: 12, showHidden: true })).not.toContain('c4n4ry')
    for (const spy of printed) spy.mockRestore()
  })

  it('names the server that cannot be reached', async () => {
    const port = await freePort()
    const client = new IoredisClient(redisTarget({ url: `redis://:c4n4ry@127.0.0.1:${port}` }), systemClock)
    await expect(client.open(300)).rejects.toMatchObject({ code: 'MR_REDIS_UNREACHABLE', place: { at: `127.0.0.1:${port}` }, message: expect.stringContaining('ECONNREFUSED') as string })
    client.close()
  })

  it('refuses a database that does not exist', async () => {
    await expect(store({ settings: { db: 99 } }).open()).rejects.toMatchObject({ code: 'MR_REDIS_REFUSED', message: expect.stringContaining('DB index') as string })
  })

  it('uses the database it is given', async () => {
    const second = store({ settings: { db: 2 } })
    await second.open()
    await second.deploy([{ partition: 'a/0', offset: 0 }])
    expect(await redis.keys('*')).toEqual([])
    await redis.select(2)
    expect((await redis.keys('*')).sort()).toEqual(['{words}:meta', '{words}:offsets'])
    await redis.select(0)
  })

  it('refuses a user who may not run the commands of the sinks, naming them', async () => {
    await redis.call('ACL', ['SETUSER', 'limited', 'reset', 'on', '>pw', '~*', '+@all', '-hincrby', '-hdel'])
    await expect(store({ settings: { username: 'limited', password: 'pw' }, keys: [{ key: 'words', type: 'hash' }] }).open()).rejects.toMatchObject({ code: 'MR_REDIS_AUTH', message: expect.stringContaining('HINCRBY,HDEL') as string })
  })

  it('refuses a user who may not touch the keys', async () => {
    await redis.call('ACL', ['SETUSER', 'limited', 'reset', 'on', '>pw', '~elsewhere:*', '+@all'])
    await expect(store({ settings: { username: 'limited', password: 'pw' }, keys: [{ key: 'words', type: 'hash' }] }).open()).rejects.toMatchObject({ code: 'MR_REDIS_AUTH' })
  })

  it('refuses a policy that evicts counters', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await expect(store().open()).rejects.toMatchObject({ code: 'MR_REDIS_EVICTION' })
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
  })

  it('refuses a key that is taken, until the topology itself has written it', async () => {
    await redis.hset('words', 'whale', '1')
    const keys = [{ key: 'words', type: 'hash' }] as const
    await expect(store({ keys }).open()).rejects.toMatchObject({ code: 'MR_REDIS_KEYS_TAKEN', place: { at: 'key words' } })
    await redis.del('words')
    const first = store({ keys })
    expect(await first.open()).toEqual({ known: false })
    await first.deploy([{ partition: 'a/0', offset: 0 }])
    await first.acquire('me', ['a/0'])
    const writes = new WriteSet()
    writes.hashAdd('words', 'whale', 1)
    await first.commit({ owner: 'me', sequence: 1, ranges: [{ partition: 'a/0', from: 0, to: 1 }], writes })
    expect(await store({ keys }).open()).toEqual({ known: true })
    await expect(store({ keys: [{ key: 'words', type: 'list' }] }).open()).rejects.toMatchObject({ code: 'MR_REDIS_BADTYPE' })
  })

  it('refuses when the keys of the positions hold something else', async () => {
    await redis.set('{words}:meta', 'x')
    await expect(store().open()).rejects.toMatchObject({ code: 'MR_REDIS_BADTYPE' })
  })

  it('notes a changed structure once', async () => {
    const first = store()
    await first.open()
    await first.deploy([{ partition: 'a/0', offset: 0 }])
    for (const expected of [1, 0]) {
      const { log, lines } = keptLog()
      expect(await store({ fingerprint: 'g', log }).open()).toEqual({ known: true })
      expect(lines).toHaveLength(expected)
    }
  })

  it('ends when it is closed while it waits', async () => {
    const waiting = store({}, `redis://127.0.0.1:${await freePort()}`)
    const opening = waiting.open()
    await waiting.close()
    await expect(opening).rejects.toMatchObject({ code: 'MR_REDIS_CLOSED' })
  })
})
