import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WriteSet } from '../../src/state/write-set.ts'
import { partOf } from '../../src/testing/writes-part.ts'
import type { OpenCommit, SealingStore } from '../contract/sealing-store.ts'
import { allKinds, writes } from '../contract/commit-store.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { everything } from './redis-keyspace.ts'
import { keptLog, redisStore } from './redis-store.ts'

const commit: OpenCommit = { owner: 'me', sequence: 1, ranges: [{ partition: 'a/0', from: 0, to: 5 }], writes: new WriteSet() }
const keys = ['h1', 'h2', 'h3']
const fields = ['zero', 'one', 'new', 'minus']
/** Counters of three hashes, one of them new, between a HyperLogLog and writes of every other kind. */
const cells = keys.flatMap((key) => fields.map((field) => ({ key, field })))

describe('a commit that fails in Redis', () => {
  let server: RedisServer
  let redis: Redis
  let store: SealingStore
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })
  beforeEach(async () => {
    await redis.flushall()
    store = redisStore(server.url)
    await store.open()
    await store.deploy([{ partition: 'a/0', offset: 0 }])
    await store.acquire('me', ['a/0'])
    await redis.hset('h1', { zero: '0', one: '1', minus: '-1', other: 'text' })
    await redis.hset('h2', { zero: '0', minus: '-5' })
    await redis.pexpireat('h2', 4_102_444_800_000)
    await redis.pfadd('sparse', 'a', 'b')
    await redis.pexpireat('sparse', 4_102_444_800_000)
    await redis.pfadd('dense', ...Array.from({ length: 5000 }, (_, i) => i))
    await redis.zadd('top', '1.5', 'whale')
    await redis.set('last', 'before')
  })
  afterEach(async () => {
    await store.close()
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  const full = (): WriteSet => {
    const result = allKinds()
    for (const { key, field } of cells) result.hashAdd(key, field, field === 'minus' ? -2 : 3)
    result.hashAdd('h1', 'nothing', 0)
    for (const key of ['sparse', 'dense', 'fresh']) result.hyperLogLogAdd(key, 'c')
    result.expireAt('h1', 4_102_444_800_001)
    return result
  }

  it.each(cells)('leaves nothing behind when the increment of $key $field is refused', async ({ key, field }) => {
    for (const bad of ['word', '9223372036854775807', '-9223372036854775808']) {
      if (bad === (field === 'minus' ? '9223372036854775807' : '-9223372036854775808')) continue
      const kept = await redis.hget(key, field)
      await redis.hset(key, field, bad)
      const before = await everything(redis)
      expect(await store.commit({ ...commit, writes: full() })).toEqual({ answer: 'REJECTED', detail: key })
      expect(await everything(redis)).toEqual(before)
      if (kept === null) await redis.hdel(key, field)
      else await redis.hset(key, field, kept)
    }
    expect(await store.commit({ ...commit, writes: full() })).toEqual({ answer: 'OK' })
    expect(await redis.hget('h1', 'one')).toBe('4')
    expect(await redis.hgetall('h3')).toEqual({ zero: '3', one: '3', new: '3', minus: '-2' })
  })

  it.each([1, 63, 64, 65, 127, 128, 300, 511, 599])('leaves nothing behind when increment %i of 600, of fields old and new, is refused', async (bad) => {
    // New fields come in runs, so that they are looked for first in some places and not in others.
    const isOld = (i: number) => i === bad || i % 200 < 120
    const old = (i: number) => (i % 3 === 0 ? '0' : String(i))
    for (let i = 0; i < 600; i++) if (isOld(i)) await redis.hset('many', `f${i}`, i === bad ? 'word' : old(i))
    const writing = (amount: number) => [writes((w) => { for (let i = 0; i < 600; i++) w.hashAdd('many', `f${i}`, amount) }), full()]
    const before = await everything(redis)
    expect(await store.commit({ ...commit, writes: writing(3) })).toEqual({ answer: 'REJECTED', detail: 'many' })
    expect(await everything(redis)).toEqual(before)
    await redis.hset('many', `f${bad}`, old(bad))
    expect(await store.commit({ ...commit, writes: writing(-3) })).toEqual({ answer: 'OK' })
    expect(await redis.hgetall('many')).toEqual(Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, String((isOld(i) ? Number(old(i)) : 0) - 3)])))
  })

  it('leaves nothing behind when a HyperLogLog turns out damaged half way through', async () => {
    // One run of zeros over the first half of the registers, and nothing for the second.
    const damaged = Buffer.concat([(await redis.getBuffer('sparse'))!.subarray(0, 16), Buffer.of(0x5f, 0xff)])
    await redis.set('damaged', damaged)
    await redis.pexpireat('damaged', 4_102_444_800_000)
    const before = await everything(redis)
    const writing = full()
    for (let i = 0; i < 100; i++) writing.hyperLogLogAdd('damaged', `e${i}`)
    expect(await store.commit({ ...commit, writes: writing })).toEqual({ answer: 'REJECTED', detail: 'damaged' })
    expect(await everything(redis)).toEqual(before)
  })

  it.each(['HYLL', 'HYLL\u0000 and then too little', 'HYLL\u0002 and a kind that is not known'])('leaves nothing behind when a text only looks like a HyperLogLog: %j', async (text) => {
    await redis.set('dense', text)
    const before = await everything(redis)
    expect(await store.commit({ ...commit, writes: full() })).toEqual({ answer: 'BADTYPE', detail: 'dense' })
    expect(await everything(redis)).toEqual(before)
  })

  it('leaves nothing behind when a stream has used up its ids', async () => {
    await redis.xadd('events', '18446744073709551615-18446744073709551615', 'a', 'b')
    const before = await everything(redis)
    expect(await store.commit({ ...commit, writes: full() })).toEqual({ answer: 'REJECTED', detail: 'events' })
    expect(await everything(redis)).toEqual(before)
  })

  it.each(Array.from(partOf(full()).keys.keys()))('leaves nothing behind when %s is of another type', async (key) => {
    await redis.del(key)
    if (key === 'events') await redis.set(key, 'x')
    else await redis.xadd(key, '*', 'a', 'b')
    const before = await everything(redis)
    expect(await store.commit({ ...commit, writes: full() })).toEqual({ answer: 'BADTYPE', detail: key })
    expect(await everything(redis)).toEqual(before)
  })

  it.each([
    ['an increment', '{words}:offsets', (w: WriteSet, key: string) => w.hashAdd(key, 'x', 1)],
    ['a field to set', '{words}:meta', (w: WriteSet, key: string) => w.hashSet(key, 'status', 'x')],
    ['a field set once', '{words}:offsets', (w: WriteSet, key: string) => w.hashSetOnce(key, 'x', 'v')],
    ['a list', '{words}:meta', (w: WriteSet, key: string) => w.hashSetOnce('fine', 'x', 'v', key)],
    ['an expiry', '{words}:offsets', (w: WriteSet, key: string) => w.expireAt(key, 1)],
  ] as const)('is refused when %s would go to a key of the topology itself', async (_, key, write) => {
    const before = await everything(redis)
    await expect(store.commit({ ...commit, writes: [full(), writes((w) => write(w, key))] })).rejects.toMatchObject({ code: 'MR_REDIS_KEYS_TAKEN' })
    expect(await everything(redis)).toEqual(before)
  })

  it.each(['hincrby', 'hset', 'lpush', 'rpush', 'sadd', 'zincrby', 'pfadd', 'set', 'xadd', 'pexpireat', 'hdel', 'del', 'hlen'])('leaves nothing behind when the user may not run %s', async (command) => {
    await redis.call('ACL', ['SETUSER', 'limited', 'reset', 'on', '>pw', '~*', '+@all'])
    const limited = redisStore(server.url, { settings: { username: 'limited', password: 'pw' } })
    await limited.open()
    await limited.acquire('me', ['a/0'])
    await redis.call('ACL', ['SETUSER', 'limited', `-${command}`])
    const before = await everything(redis)
    await expect(limited.commit({ ...commit, writes: full() })).rejects.toMatchObject({ code: 'MR_REDIS_AUTH' })
    expect(await everything(redis)).toEqual(before)
    await limited.close()
    await redis.call('ACL', ['DELUSER', 'limited'])
  })

  it('goes through when the user may not ask for the time', async () => {
    await redis.call('ACL', ['SETUSER', 'limited', 'reset', 'on', '>pw', '~*', '+@all', '-time'])
    const limited = redisStore(server.url, { settings: { username: 'limited', password: 'pw' } })
    await limited.open()
    await limited.acquire('me', ['a/0'])
    expect(await limited.commit({ ...commit, writes: full() })).toEqual({ answer: 'OK' })
    await limited.close()
    await redis.call('ACL', ['DELUSER', 'limited'])
  })

  it('leaves nothing behind while memory is out, and goes through once there is some', async () => {
    const before = await everything(redis)
    const { log, lines } = keptLog()
    const patient = redisStore(server.url, { log })
    await patient.open()
    await redis.config('SET', 'maxmemory', '1')
    const answer = patient.commit({ ...commit, writes: full() })
    await until(() => lines.length > 0)
    expect(lines[0]).toMatchObject({ message: 'commit waits for Redis', fields: { cause: expect.stringContaining('OOM') as string } })
    expect(await everything(redis)).toEqual(before)
    await redis.config('SET', 'maxmemory', '0')
    expect(await answer).toEqual({ answer: 'OK' })
    await patient.close()
  })

  it('goes through when Redis has forgotten the scripts', async () => {
    await redis.script('FLUSH')
    expect(await store.commit({ ...commit, writes: full() })).toEqual({ answer: 'OK' })
    await redis.script('FLUSH')
    expect(await store.commit({ ...commit, sequence: 2, ranges: [{ partition: 'a/0', from: 5, to: 6 }], writes: writes((w) => w.hashAdd('h3', 'new', 1)) })).toEqual({ answer: 'OK' })
    expect(await redis.hget('h3', 'new')).toBe('4')
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
