import { isDeepStrictEqual } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RedisConnection } from '../../src/redis/redis-connection.ts'
import { RedisFault } from '../../src/redis/redis-fault.ts'
import { sealWrites } from '../../src/redis/sealed-writes.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import type { CommitAnswer } from '../../src/topology/commit-store.ts'
import type { Generations } from '../../src/topology/generations.ts'
import { allKinds, writes } from '../contract/commit-store.ts'
import type { Keyspace } from '../contract/keyspace.ts'
import type { SealingStore } from '../contract/sealing-store.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { everything, redisKeyspace, registeredNames } from './redis-keyspace.ts'
import { keptLog, redisGenerations, redisStore, type RedisStoreOptions } from './redis-store.ts'

let server: RedisServer
let redis: Redis
let generations: Generations
let live: SealingStore
const opened: { close(): Promise<void> }[] = []
beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})
beforeEach(async () => {
  await redis.flushall()
  live = await store()
  await live.deploy([{ partition: 'a/0', offset: 10 }, { partition: 'a/1', offset: 0 }])
  await live.acquire('me', ['a/0', 'a/1'])
  generations = await others()
})
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function store(options: RedisStoreOptions = {}): Promise<SealingStore> {
  const made = redisStore(server.url, options)
  opened.push(made)
  await made.open()
  return made
}

async function others(options: RedisStoreOptions = {}): Promise<Generations> {
  const made = redisGenerations(server.url, options)
  opened.push(made)
  await made.open()
  return made
}

/** A replay of the topology from these offsets, with an owner of its partitions. */
async function replaying(from = { 'a/0': 10, 'a/1': 0 }, options: RedisStoreOptions = {}): Promise<SealingStore> {
  const starts = Object.entries(from).map(([partition, offset]) => ({ partition, offset }))
  await (options.code === undefined ? generations : await others(options)).begin('replay', { mode: 'side-by-side', starts, limits: [] })
  const replay = await store({ ...options, generation: 'replay' })
  await replay.acquire('it', Object.keys(from))
  return replay
}

let sequence = 0
function commit(to: SealingStore, owner: string, from: number, until: number, written = new WriteSet(), partition = 'a/0'): Promise<CommitAnswer> {
  return to.commit({ owner, sequence: ++sequence, ranges: [{ partition, from, to: until }], fates: [{ partition, counted: until - from, skipped: 0, deadLettered: 0, gaps: 0 }], dead: [], writes: written })
}

const adding = (key: string, n: number) => writes((w) => w.hashAdd(key, 'n', n))
const results = () => redisKeyspace(redis).dump()
/** Results of the replay under the names they would have live. */
async function replayed(): Promise<Keyspace> {
  const all = await everything(redis)
  const prefix = '{words}:replay:result:'
  return Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]))
}
async function liveOnes(): Promise<Keyspace> {
  return Object.fromEntries(Object.entries(await everything(redis)).filter(([key]) => !key.startsWith('{')))
}
const registered = (generation: 'live' | 'replay' = 'live') => registeredNames(redis, generation === 'live' ? '{words}:' : '{words}:replay:')
/** Streams tell when they were written. */
const withoutTimes = (all: Keyspace) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== 'events'))

describe('a generation beside the live one', () => {
  it('is there from its beginning until it is dropped, with all that was wished', async () => {
    expect(Array.from((await generations.look()).keys())).toEqual(['live'])
    const starts = [{ partition: 'a/0', offset: 3 }]
    await generations.begin('replay', { mode: 'side-by-side', starts, limits: [{ partition: 'a/0', offset: 9 }], rate: 500 })
    await generations.limit('replay', [{ partition: 'a/1', offset: 4 }])
    await generations.pause('replay', true)
    const seen = await generations.look()
    expect(seen.get('live')).toMatchObject({ number: 1, code: 'c', fingerprint: 'f', status: 'live', paused: false, keys: 0, positions: new Map([['a/0', 10], ['a/1', 0]]), starts: new Map([['a/0', 10], ['a/1', 0]]) })
    expect(seen.get('replay')).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/) as string, number: 2, code: 'c', fingerprint: 'f', createdMs: expect.closeTo(Date.now(), -5) as number, status: 'building', mode: 'side-by-side',
      starts: new Map([['a/0', 3]]), positions: new Map([['a/0', 3]]), limits: new Map([['a/0', 9], ['a/1', 4]]), paused: true, rate: 500, keys: 0,
    })
    await generations.drop('replay')
    expect(Array.from((await generations.look()).keys())).toEqual(['live'])
    await generations.drop('replay')
  })

  it('is refused while there is one, and where nothing is live', async () => {
    await generations.begin('replay', { mode: 'side-by-side', starts: [], limits: [] })
    await expect(generations.begin('replay', { mode: 'side-by-side', starts: [], limits: [] })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await generations.begin('verify', { mode: 'verify', starts: [], limits: [] })
    const nobody = await others({ topology: 'nobody' })
    expect(await nobody.look()).toEqual(new Map())
    await expect(nobody.begin('replay', { mode: 'side-by-side', starts: [], limits: [] })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(nobody.hold(100)).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(nobody.swap('caught-up')).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(nobody.reset([])).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(nobody.pause('replay', true)).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
  })

  it('takes every kind of result, and nothing of it reaches what is live', async () => {
    const replay = await replaying()
    const before = await everything(redis)
    expect(await commit(replay, 'it', 10, 12, allKinds())).toEqual({ answer: 'OK' })
    const after = await everything(redis)
    expect(Object.fromEntries(Object.entries(after).filter(([key]) => !key.startsWith('{words}:replay:')))).toEqual(
      Object.fromEntries(Object.entries(before).filter(([key]) => !key.startsWith('{words}:replay:'))))
    expect(await commit(live, 'me', 10, 12, allKinds())).toEqual({ answer: 'OK' })
    expect(withoutTimes(await replayed())).toEqual(withoutTimes(await liveOnes()))
    expect(await replay.load(['a/0'])).toEqual(new Map([['a/0', 12]]))
  })

  it('does not see what is live, and undoes a commit that fails in its own place', async () => {
    const replay = await replaying()
    await commit(live, 'me', 10, 12, writes((w) => {
      w.hashSet('k', 'n', 'word')
      w.setAdd('other', 'x')
    }))
    expect(await commit(replay, 'it', 10, 11, adding('k', 1))).toEqual({ answer: 'OK' })
    await redis.hset('{words}:replay:result:k', 'bad', 'word')
    const before = await everything(redis)
    expect(await commit(replay, 'it', 11, 12, writes((w) => {
      w.hashAdd('k', 'n', 1)
      w.hashAdd('k', 'bad', 1)
      w.hashAdd('new', 'n', 1)
    }))).toEqual({ answer: 'REJECTED', detail: '{words}:replay:result:k' })
    expect(await everything(redis)).toEqual(before)
  })

  it.each(['{words}:keys', '{words}:key-log', '{words}:fates', '{words}:dead-letters', '{words}:replay:offsets', '{words}:replay:result:k', '{words}:verify:meta'])('keeps %s for itself', async (key) => {
    const replay = await replaying()
    for (const [to, owner] of [[live, 'me'], [replay, 'it']] as const) {
      await expect(commit(to, owner, 10, 11, adding(key, 1))).rejects.toMatchObject({ code: 'MR_REDIS_KEYS_TAKEN' })
      await expect(commit(to, owner, 10, 11, writes((w) => w.setAdd(key, 'x')))).rejects.toMatchObject({ code: 'MR_REDIS_KEYS_TAKEN' })
    }
    expect(await commit(live, 'me', 10, 11, adding('{words}:mine', 1))).toEqual({ answer: 'OK' })
  })

  it('goes on with the same command after its process was killed, but not with other code', async () => {
    const replay = await replaying()
    await commit(replay, 'it', 10, 15, adding('k', 1))
    const again = await store({ generation: 'replay' })
    expect(await again.acquire('another', ['a/0'])).toEqual(new Map([['a/0', 15]]))
    await expect(store({ generation: 'replay', code: 'changed' })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
  })

  it('ends for its processes when it is dropped, also when another has begun since', async () => {
    const replay = await replaying()
    await generations.drop('replay')
    await expect(commit(replay, 'it', 10, 11, adding('k', 1))).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    await expect(replay.acquire('it', ['a/0'])).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    await expect(replay.deploy([{ partition: 'b/0', offset: 0 }])).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    await expect(store({ generation: 'replay' })).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    expect(Object.keys(await everything(redis)).filter((key) => key.includes('replay'))).toEqual([])
    await replaying()
    expect(await commit(replay, 'me', 10, 11, adding('k', 1))).toEqual({ answer: 'FENCED', partition: 'a/0' })
    await expect(replay.acquire('it', ['a/0'])).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
  })

  it('is deleted in slices, whole', async () => {
    const replay = await replaying()
    await commit(replay, 'it', 10, 11, writes((w) => {
      for (let i = 0; i < 2500; i++) w.hashAdd(`k${i}`, 'n', 1)
    }))
    await commit(live, 'me', 10, 11, adding('k1', 1))
    await generations.drop('replay')
    expect((await redis.keys('*')).sort()).toEqual(['k1', '{words}:fates', '{words}:key-log', '{words}:meta', '{words}:offsets'])
  })
})

describe('a hold', () => {
  it('lets commits wait until it is released, and answers where they stand', async () => {
    expect(await generations.hold(60_000)).toEqual(new Map([['a/0', 10], ['a/1', 0]]))
    const replay = await replaying()
    const order: string[] = []
    const waiting = commit(live, 'me', 10, 12, adding('k', 1)).then((answer) => order.push(answer.answer))
    expect(await commit(replay, 'it', 10, 12, adding('k', 1))).toEqual({ answer: 'OK' })
    expect(await generations.hold(60_000)).toEqual(new Map([['a/0', 10], ['a/1', 0]]))
    order.push('released')
    await generations.release()
    await waiting
    expect(order).toEqual(['released', 'OK'])
    expect(await generations.hold(1)).toEqual(new Map([['a/0', 12], ['a/1', 0]]))
  })

  it('ends by itself', async () => {
    await generations.hold(50)
    expect(await commit(live, 'me', 10, 12, adding('k', 1))).toEqual({ answer: 'OK' })
  })

  it('is of one caller at a time, and only that one ends it', async () => {
    const second = await others()
    await generations.hold(60_000)
    await expect(second.hold(1)).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(second.reset([])).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await second.release()
    await expect(second.hold(1)).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await replaying()
    await expect(second.swap('caught-up')).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await generations.release()
    await second.hold(1)
  })

  it('does not keep a store from closing', async () => {
    await generations.hold(60_000)
    const waiting = commit(live, 'me', 10, 12)
    await live.close()
    await expect(waiting).rejects.toMatchObject({ code: 'MR_REDIS_CLOSED' })
  })
})

describe('a swap', () => {
  it('is refused while the other is behind anywhere, and says where and how far', async () => {
    const replay = await replaying({ 'a/0': 10, 'a/1': 0 })
    await commit(live, 'me', 10, 30)
    await commit(live, 'me', 0, 5, new WriteSet(), 'a/1')
    expect(await generations.swap('caught-up')).toEqual({ answer: 'BEHIND', partition: 'a/0', records: 20 })
    await commit(replay, 'it', 10, 29)
    expect(await generations.swap('caught-up')).toEqual({ answer: 'BEHIND', partition: 'a/1', records: 5 })
    await commit(replay, 'it', 0, 6, new WriteSet(), 'a/1')
    expect(await generations.swap('caught-up')).toEqual({ answer: 'BEHIND', partition: 'a/0', records: 1 })
    await commit(replay, 'it', 29, 30)
    expect(await generations.swap('caught-up')).toEqual({ answer: 'OK', number: 2 })
  })

  it('counts a partition that the other has not met as behind', async () => {
    await replaying({ 'a/0': 10, 'a/1': 0 })
    await live.deploy([{ partition: 'a/2', offset: 4 }])
    expect(await generations.swap('caught-up')).toEqual({ answer: 'OK', number: 2 })
    await generations.drop('replay')
    await live.acquire('me', ['a/2'])
    await replaying({ 'a/0': 10, 'a/1': 0 })
    await live.deploy([{ partition: 'a/3', offset: 4 }])
    await live.acquire('me', ['a/3'])
    await commit(live, 'me', 4, 7, new WriteSet(), 'a/3')
    expect(await generations.swap('caught-up')).toEqual({ answer: 'BEHIND', partition: 'a/3', records: 3 })
  })

  it('exchanges results of every type, on both sides or on one, with their expiries, and rolls back to what was', async () => {
    await commit(live, 'me', 10, 12, allKinds())
    await commit(live, 'me', 12, 13, writes((w) => {
      w.hashAdd('only live', 'n', 1)
      w.expireAt('only live', 4_102_444_700_000)
      w.setAdd('of two types', 'x')
    }))
    const replay = await replaying()
    await commit(replay, 'it', 10, 20, allKinds())
    await commit(replay, 'it', 20, 21, writes((w) => {
      w.hashAdd('words', 'whale', 5)
      w.hashAdd('only replay', 'n', 1)
      w.expireAt('names', 4_102_444_600_000)
      w.listPush('of two types', 'x')
    }))
    const [before, beside] = [await liveOnes(), await replayed()]
    expect(await generations.swap('caught-up')).toEqual({ answer: 'OK', number: 2 })
    expect([await liveOnes(), await replayed()]).toEqual([beside, before])
    expect(await live.fates()).toEqual([{ partition: 'a/0', counted: 11, skipped: 0, deadLettered: 0, gaps: 0, from: 10 }])
    expect(await registered()).toEqual(Object.keys(beside).sort())
    expect(await registered('replay')).toEqual(Object.keys(before).sort())
    const seen = await generations.look()
    expect(seen.get('live')).toMatchObject({ number: 2, status: 'live', mode: 'side-by-side', positions: new Map([['a/0', 21], ['a/1', 0]]) })
    expect(seen.get('replay')).toMatchObject({ number: 1, status: 'previous', positions: new Map([['a/0', 13], ['a/1', 0]]) })
    expect(await live.setBack!(['a/0'])).toBeUndefined()
    expect(await generations.swap('previous')).toEqual({ answer: 'OK', number: 3 })
    expect(await live.setBack!(['a/0', 'a/1'])).toEqual({ by: 'rollback', generation: 3, from: new Map([['a/0', 21], ['a/1', 0]]) })
    expect([await liveOnes(), await replayed()]).toEqual([before, beside])
    expect((await generations.look()).get('live')).toMatchObject({ number: 3, positions: new Map([['a/0', 13], ['a/1', 0]]) })
    expect((await redis.keys('*swap*'))).toEqual([])
  })

  it('asks for the one that is meant', async () => {
    await replaying()
    await expect(generations.swap('previous')).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await generations.swap('caught-up')
    await expect(generations.swap('caught-up')).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(generations.pause('replay', true)).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(generations.begin('replay', { mode: 'side-by-side', starts: [], limits: [] })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
  })

  it('ends the hold', async () => {
    const replay = await replaying()
    await generations.hold(60_000)
    const waiting = commit(live, 'me', 10, 12)
    await generations.swap('caught-up')
    expect(await waiting).toEqual({ answer: 'FENCED', partition: 'a/0' })
    await generations.hold(60_000)
    await generations.swap('previous')
    expect(await commit(live, 'me', 10, 12)).toEqual({ answer: 'OK' })
    await expect(commit(replay, 'it', 10, 12)).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
  })

  it('fences those who worked on the one and ends those who worked on the other; who has the same code goes on', async () => {
    const { log, lines } = keptLog()
    const same = await store({ log })
    await same.acquire('same', ['a/1'])
    const replay = await replaying({ 'a/0': 10, 'a/1': 0 })
    await commit(replay, 'it', 10, 20, adding('k', 7))
    await commit(live, 'me', 10, 12, adding('k', 1))
    await generations.swap('caught-up')
    expect(await commit(live, 'me', 12, 13, adding('k', 1))).toEqual({ answer: 'FENCED', partition: 'a/0' })
    expect(await commit(same, 'same', 0, 1, adding('k', 1), 'a/1')).toEqual({ answer: 'FENCED', partition: 'a/1' })
    await expect(commit(replay, 'it', 20, 21, adding('k', 1))).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED', message: 'the results of this replay are live now, as generation 2' })
    await expect(replay.acquire('it', ['a/0'])).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    expect(await same.acquire('same', ['a/0'])).toEqual(new Map([['a/0', 20]]))
    expect(lines.map(({ message }) => message)).toEqual(['the results were replaced by others that the same code has made; going on with those'])
    expect(await commit(same, 'same', 20, 21, adding('k', 1))).toEqual({ answer: 'OK' })
    expect(await results()).toEqual({ k: { fields: { n: '8' }, expires: -1 } })
  })

  it('to what other code has made ends the processes of the old one, and keeps them from coming back until it is dropped or rolled back', async () => {
    const replay = await replaying({ 'a/0': 10, 'a/1': 0 }, { code: 'mended', fingerprint: 'g' })
    await commit(replay, 'it', 10, 20, adding('k', 7))
    await generations.swap('caught-up')
    expect(await commit(live, 'me', 10, 12, adding('k', 1))).toEqual({ answer: 'FENCED', partition: 'a/0' })
    await expect(live.acquire('me', ['a/0'])).rejects.toMatchObject({ code: 'MR_GENERATION_SWITCHED' })
    await expect(store()).rejects.toMatchObject({ code: 'MR_GENERATION_SWITCHED' })
    const mended = await store({ code: 'mended', fingerprint: 'g' })
    expect(await mended.acquire('new', ['a/0'])).toEqual(new Map([['a/0', 20]]))
    await generations.swap('previous')
    await expect(mended.acquire('new', ['a/0'])).rejects.toMatchObject({ code: 'MR_GENERATION_SWITCHED' })
    await expect(store({ code: 'mended', fingerprint: 'g' })).rejects.toMatchObject({ code: 'MR_GENERATION_SWITCHED' })
    expect(await (await store()).acquire('me', ['a/0'])).toEqual(new Map([['a/0', 10]]))
    await generations.drop('replay')
    expect(await (await store({ code: 'mended', fingerprint: 'g' })).acquire('new', ['a/0'])).toEqual(new Map([['a/0', 10]]))
  })

  it('a thousand times shows a reader one generation or the other, never a mix', async () => {
    const replay = await replaying()
    const words = Array.from({ length: 20 }, (_, i) => `k${i}`)
    for (const [to, owner, n, until] of [[live, 'me', 1, 11], [replay, 'it', 2, 12]] as const) {
      await commit(to, owner, 10, until, writes((w) => {
        for (const word of words) w.hashAdd(word, 'n', n)
        w.hashAdd(`only ${n}`, 'n', n)
      }))
    }
    const reader = new Redis(server.url)
    const read = `
      local seen = {string.match(redis.call('HGET', '{words}:offsets', 'a/0'), '^%d+')}
      for _, key in ipairs(KEYS) do seen[#seen + 1] = redis.call('HGET', key, 'n') or '-' end
      return seen`
    const keys = [...words, 'only 1', 'only 2']
    const seen = new Map<string, number>()
    let swapping = true
    const reading = (async () => {
      while (swapping) {
        const one = String(await reader.eval(read, keys.length, ...keys))
        seen.set(one, (seen.get(one) ?? 0) + 1)
      }
    })()
    for (let i = 0; i < 1000; i++) expect((await generations.swap(i === 0 ? 'caught-up' : 'previous')).answer).toBe('OK')
    swapping = false
    await reading
    reader.disconnect()
    expect(Array.from(seen.keys()).sort()).toEqual([
      [11, ...words.map(() => 1), 1, '-'].join(','),
      [12, ...words.map(() => 2), '-', 2].join(','),
    ])
    expect((await generations.look()).get('live')!.number).toBe(1001)
  })
})

describe('a repair', () => {
  const span = { startMs: 1000, endMs: 3000 }
  const window = (startMs: number, n: number, sizeMs = 1000) => writes((w) => {
    const key = `views:${startMs}`
    w.hashAdd(key, 'page', n)
    w.window(key, startMs, sizeMs)
  })
  const values = async () => Object.fromEntries(await Promise.all((await redis.keys('views:*')).sort().map(async (key) => [key, Number(await redis.hget(key, 'page'))] as const)))

  async function repairing(): Promise<SealingStore> {
    await generations.begin('replay', { mode: 'repair', starts: [{ partition: 'a/0', offset: 10 }, { partition: 'a/1', offset: 0 }], limits: [], only: span })
    const replay = await store({ generation: 'replay' })
    await replay.acquire('it', ['a/0', 'a/1'])
    return replay
  }

  it('brings the windows inside the span, takes out those that should not be there, and leaves all else as it is', async () => {
    let at = 10
    for (const start of [0, 1000, 2000, 3000]) await commit(live, 'me', at, ++at, window(start, 7))
    await commit(live, 'me', at, ++at, window(1500, 7, 2000))
    await commit(live, 'me', at, ++at, adding('views', 5))
    const replay = await repairing()
    expect((await generations.look()).get('replay')).toMatchObject({ only: span, mode: 'repair' })
    await commit(replay, 'it', 10, 12, window(1000, 3))
    await commit(replay, 'it', 12, at, window(2500, 4, 500))
    expect(await generations.repair(span)).toEqual({ answer: 'OK', windows: 2 })
    expect(await values()).toEqual({ 'views:0': 7, 'views:1000': 3, 'views:1500': 7, 'views:2500': 4, 'views:3000': 7 })
    expect(await redis.hget('views', 'n')).toBe('5')
    // What was taken out may stay on record.
    expect(await registered()).toEqual(['views', 'views:0', 'views:1000', 'views:1500', 'views:2000', 'views:2500', 'views:3000'])
    expect(await redis.hgetall('{words}:windows')).toEqual({ 'views:0': '0 1000', 'views:1000': '1000 2000', 'views:1500': '1500 3500', 'views:2500': '2500 3000', 'views:3000': '3000 4000' })
    // Live goes on as its owner; the replay is over, and nothing of it stays.
    expect(await commit(live, 'me', at, at + 1, window(1000, 1))).toMatchObject({ answer: 'OK' })
    expect(await redis.hget('views:1000', 'page')).toBe('4')
    await expect(commit(replay, 'it', at, at + 1, window(1000, 1))).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    await generations.drop('replay')
    expect(await redis.keys('{words}:replay*')).toEqual([])
  })

  it('is not made while the two stand apart, and says where, how far and on which side', async () => {
    await commit(live, 'me', 10, 15, window(1000, 7))
    const replay = await repairing()
    await commit(replay, 'it', 10, 12, window(1000, 3))
    expect(await generations.repair(span)).toEqual({ answer: 'APART', partition: 'a/0', records: 3 })
    await commit(replay, 'it', 12, 15)
    await commit(replay, 'it', 0, 2, undefined, 'a/1')
    expect(await generations.repair(span)).toEqual({ answer: 'APART', partition: 'a/1', records: -2 })
    expect(await values()).toEqual({ 'views:1000': 7 })
  })

  it('is of what a worker packs: windows inside the span, and nothing beside them', () => {
    const all = writes((w) => {
      for (const start of [0, 1000, 2000, 3000]) {
        w.hashAdd(`views:${start}`, 'page', 1)
        w.window(`views:${start}`, start, 1000)
        w.expireAt(`views:${start}`, 4_102_444_800_000)
      }
      w.hashAdd('views', 'page', 4)
      w.setAdd('visitors', 'me')
    })
    const alone = writes((w) => {
      for (const start of [1000, 2000]) {
        w.hashAdd(`views:${start}`, 'page', 1)
        w.window(`views:${start}`, start, 1000)
        w.expireAt(`views:${start}`, 4_102_444_800_000)
      }
    })
    expect(sealWrites(all, span).data).toEqual(sealWrites(alone).data)
  })
})

describe('a comparison', () => {
  it('looks at every result of either side', async () => {
    await commit(live, 'me', 10, 11, allKinds())
    const replay = await replaying()
    await commit(replay, 'it', 10, 11, allKinds())
    const compare = async () => {
      let keys = 0
      const differences = []
      for await (const slice of generations.compare('replay')) {
        keys += slice.keys
        differences.push(...slice.differences)
      }
      return { keys, differences }
    }
    const { keys, differences } = await compare()
    expect(differences).toEqual([])
    expect(keys).toBeGreaterThan(7)
    await commit(live, 'me', 11, 12, adding('more', 2))
    await commit(replay, 'it', 11, 12, adding('else', 2))
    expect((await compare()).differences).toEqual([{ key: 'more', live: 'a hash' }, { key: 'else', other: 'a hash' }])
  })
})

describe('a reset', () => {
  it('deletes the live results and begins them anew where it is told', async () => {
    await commit(live, 'me', 10, 12, allKinds())
    await redis.set('not of the topology', 'x')
    await generations.reset([{ partition: 'a/0', offset: 5 }])
    expect((await redis.keys('*')).sort()).toEqual(['not of the topology', '{words}:meta', '{words}:offsets'])
    expect((await generations.look()).get('live')).toMatchObject({ number: 2, status: 'live', code: 'c', keys: 0, starts: new Map([['a/0', 5]]), positions: new Map([['a/0', 5]]) })
    expect(await live.setBack!(['a/0'])).toEqual({ by: 'reset', generation: 2, from: new Map([['a/0', 12]]) })
    expect(await commit(live, 'me', 12, 13)).toEqual({ answer: 'FENCED', partition: 'a/0' })
    expect(await live.acquire('me', ['a/0', 'a/1'])).toEqual(new Map([['a/0', 5]]))
    expect(await commit(live, 'me', 5, 6, adding('k', 1))).toEqual({ answer: 'OK' })
  })

  it('by another version of the file ends the processes of the old one', async () => {
    await (await others({ code: 'mended' })).reset([{ partition: 'a/0', offset: 5 }])
    await expect(live.acquire('me', ['a/0'])).rejects.toMatchObject({ code: 'MR_GENERATION_SWITCHED' })
  })
})

describe('a topology of a version that had no registry', () => {
  beforeEach(async () => {
    await commit(live, 'me', 10, 12, writes((w) => {
      w.hashAdd('named', 'n', 1)
      w.hashAdd('found', 'n', 1)
    }))
    await redis.hdel('{words}:meta', 'id', 'generation', 'registry', 'logged', 'code')
    await redis.del('{words}:key-log')
  })

  it('must have been run by this one first', async () => {
    expect((await generations.look()).get('live')).toMatchObject({ number: 1, id: '', keys: 0 })
    await expect(generations.begin('replay', { mode: 'side-by-side', starts: [], limits: [] })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
  })

  it('registers the results it is known to have, and then all it touches', async () => {
    const now = await store({ keys: [{ key: 'named', type: 'hash' }, { key: 'not there', type: 'hash' }] })
    expect(await registered()).toEqual(['named'])
    await now.acquire('me', ['a/0'])
    await commit(now, 'me', 12, 13, writes((w) => {
      w.hashAdd('found', 'n', 1)
      w.setAdd('new', 'x')
    }))
    expect(await registered()).toEqual(['found', 'named', 'new'])
    expect((await generations.look()).get('live')).toMatchObject({ number: 1, code: 'c', keys: 3 })
  })
})

describe('when the answer to every call is lost once', () => {
  /** A connection whose every new call is carried out, and its answer lost. */
  function losing(connection: RedisConnection): RedisConnection {
    const sent = new Set<readonly unknown[]>()
    return {
      address: connection.address,
      open: (timeoutMs) => connection.open(timeoutMs),
      onReady: (call) => connection.onReady(call),
      close: () => connection.close(),
      async call(command, args) {
        const answer = await connection.call(command, args)
        if (!command.startsWith('EVAL') || Array.from(sent).some((other) => isDeepStrictEqual(other, args))) return answer
        sent.add(args)
        throw new RedisFault('the answer was lost', false)
      },
    }
  }

  it('each change is made once', async () => {
    const careless = redisGenerations(server.url, {}, losing)
    opened.push(careless)
    await careless.open()
    await commit(live, 'me', 10, 20, adding('k', 1))
    await careless.begin('replay', { mode: 'side-by-side', starts: [{ partition: 'a/0', offset: 10 }, { partition: 'a/1', offset: 0 }], limits: [] })
    const replay = await store({ generation: 'replay' })
    await replay.acquire('it', ['a/0', 'a/1'])
    await commit(replay, 'it', 10, 20, adding('k', 2))
    await careless.limit('replay', [{ partition: 'a/0', offset: 30 }])
    await careless.hold(60_000)
    expect(await careless.swap('caught-up')).toEqual({ answer: 'OK', number: 2 })
    expect(await results()).toMatchObject({ k: { fields: { n: '2' } } })
    expect(await careless.swap('previous')).toEqual({ answer: 'OK', number: 3 })
    expect(await careless.swap('previous')).toEqual({ answer: 'OK', number: 4 })
    expect(await results()).toMatchObject({ k: { fields: { n: '2' } } })
    await careless.drop('replay')
    await careless.reset([{ partition: 'a/0', offset: 5 }])
    expect((await careless.look()).get('live')).toMatchObject({ number: 5, positions: new Map([['a/0', 5]]) })
    expect((await redis.keys('*')).sort()).toEqual(['{words}:meta', '{words}:offsets'])
  })
})

describe('a command that was killed', () => {
  it('while it dropped a replay leaves one that nothing but dropping goes on with', async () => {
    const replay = await replaying()
    await commit(replay, 'it', 10, 11, writes((w) => {
      for (let i = 0; i < 2500; i++) w.hashAdd(`k${i}`, 'n', 1)
    }))
    let calls = 0
    const killed = redisGenerations(server.url, {}, (connection) => ({
      address: connection.address,
      open: (timeoutMs) => connection.open(timeoutMs),
      onReady: (call) => connection.onReady(call),
      close: () => connection.close(),
      call: (command, args) => (command === 'EVALSHA' && args.includes('1000') && ++calls > 1 ? new Promise(() => {}) : connection.call(command, args)),
    }))
    await killed.open()
    const dropping = killed.drop('replay')
    await expect.poll(async () => (await registered('replay')).length, { interval: 5 }).toBeLessThan(2500)
    await killed.close()
    await expect(dropping).rejects.toMatchObject({ code: 'MR_REDIS_CLOSED' })
    expect((await generations.look()).get('replay')).toMatchObject({ status: 'dropped' })
    await expect(commit(replay, 'it', 11, 12)).rejects.toMatchObject({ code: 'MR_REPLAY_ENDED' })
    await expect(generations.swap('caught-up')).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await expect(generations.begin('replay', { mode: 'side-by-side', starts: [], limits: [] })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    await generations.drop('replay')
    expect((await redis.keys('*replay*'))).toEqual([])
  })

  it('while it held the results holds nobody up for longer than it said', async () => {
    const killed = await others()
    await killed.hold(300)
    await killed.close()
    await expect(generations.hold(1)).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED' })
    expect(await commit(live, 'me', 10, 12)).toEqual({ answer: 'OK' })
    await generations.hold(1)
  })
})

describe('a user with few rights', () => {
  it.each(['rename', 'unlink'])('leaves everything as it was when the results may not be changed by %s', async (command) => {
    const replay = await replaying()
    for (const [to, owner] of [[live, 'me'], [replay, 'it']] as const) {
      await commit(to, owner, 10, 12, writes((w) => {
        for (const key of ['a', 'b', 'c', 'hidden']) w.hashAdd(key, 'n', 1)
      }))
    }
    await redis.call('ACL', ['SETUSER', 'limited', 'reset', 'on', '>pw', '~{words}:*', '~a', '~b', '~c', '+@all'])
    const settings = { username: 'limited', password: 'pw' }
    const limited = await others({ settings })
    const before = await everything(redis)
    if (command === 'rename') await expect(limited.swap('caught-up')).rejects.toMatchObject({ code: 'MR_REDIS_AUTH' })
    else await expect(limited.reset([])).rejects.toMatchObject({ code: 'MR_REDIS_AUTH' })
    expect(await everything(redis)).toEqual(before)
    await redis.call('ACL', ['SETUSER', 'limited', `-${command}`])
    await expect(others({ settings })).rejects.toMatchObject({ code: 'MR_REDIS_AUTH', message: `the Redis user may not run ${command.toUpperCase()}` })
    await redis.call('ACL', ['DELUSER', 'limited'])
  })
})

describe('results that are added at most once', () => {
  it('are lost when they were made for results that were replaced since', async () => {
    const replay = await replaying()
    await commit(replay, 'it', 10, 20, adding('k', 7))
    const add = (n: number) => live.addOnce({ owner: 'me', sequence: ++sequence, writes: adding('k', n) })
    expect(await add(1)).toEqual({ answer: 'OK' })
    await generations.hold(60_000)
    expect(await add(1)).toEqual({ answer: 'OK' })
    await generations.swap('caught-up')
    expect(await add(1)).toEqual({ answer: 'LOST', detail: 'the results were replaced since it was made' })
    expect(await results()).toEqual({ k: { fields: { n: '7' }, expires: -1 } })
    await live.acquire('me', ['a/0'])
    expect(await add(1)).toEqual({ answer: 'OK' })
    expect(await results()).toEqual({ k: { fields: { n: '8' }, expires: -1 } })
  })
})
