import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { redisCounter, redisHash, redisHyperLogLog, redisList, redisMax, redisMin, redisSet, redisSink, redisSortedSet, redisStream, redisString } from '../../src/redis/index.ts'
import { connect } from '../../src/redis/redis-commit-store.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import { partOf, type HashPart } from '../../src/testing/writes-part.ts'
import type { BoltDefinition } from '../../src/topology/bolt.ts'
import type { Tuple } from '../../src/tuple/fields.ts'

/** Runs one task over the tuples; what it throws is answered instead. */
async function run(sink: BoltDefinition<never>, tuples: readonly Tuple[], writes = new WriteSet()): Promise<WriteSet> {
  const task = sink.createTask({
    topology: 'words', component: 'sink', task: 1, index: 0, parallelism: 1, worker: 0, tasksOf: () => [], log: silentLogger, clock: systemClock, connections: {},
    metrics: { counter: () => ({ add: () => {} }) },
  })
  const out = { writes, epoch: 0, emit: () => expect.unreachable(), emitDirect: () => expect.unreachable() }
  for (const tuple of tuples) await task.execute(tuple, out)
  return writes
}

const counted = (writes: WriteSet, key: string) => Object.fromEntries(hashOf(writes, key).sums)

const emptyHash = { type: 'hash', sums: [], sets: [], onces: [], maxima: [], minima: [] }

function hashOf(writes: WriteSet, key: string): HashPart {
  const part = partOf(writes).keys.get(key)
  return part?.type === 'hash' ? part : expect.unreachable()
}

const tuple = { word: 'whale', page: 7, big: 2n ** 60n, flag: true, cents: 250, at: 4_102_444_800_000 }

describe('a counter', () => {
  it('counts the values of a field', async () => {
    const writes = await run(redisCounter({ key: 'words', field: 'word' }), [tuple, tuple, { word: 'sea' }])
    expect(counted(writes, 'words')).toEqual({ whale: 2, sea: 1 })
  })

  it('adds a number, or the number of a field', async () => {
    expect(counted(await run(redisCounter({ key: 'k', field: 'word', by: 3 }), [tuple, tuple]), 'k')).toEqual({ whale: 6 })
    expect(counted(await run(redisCounter({ key: 'k', field: 'word', by: 'cents' }), [tuple]), 'k')).toEqual({ whale: 250 })
  })

  it('makes key and expiry from the tuple', async () => {
    const writes = await run(redisCounter({ key: (t: { page: number; at: number }) => `page:${t.page}`, field: 'word', expireAt: (t) => t.at }), [tuple])
    expect(Array.from(partOf(writes).keys.keys())).toEqual(['page:7'])
    expect(writes.expiries).toEqual(new Map([['page:7', 4_102_444_800_000]]))
  })

  it.each([['page', '7'], ['big', '1152921504606846976'], ['flag', 'true']] as const)('takes the text of %s as field', async (field, text) => {
    expect(counted(await run(redisCounter({ key: 'k', field }), [tuple]), 'k')).toEqual({ [text]: 1 })
  })

  it.each([undefined, null, Number.NaN, Number.POSITIVE_INFINITY, {}, [], Symbol.iterator, () => {}])('refuses %s, naming the field', async (word) => {
    const writes = new WriteSet()
    await expect(run(redisCounter({ key: 'k', field: 'word' }), [{ word }], writes)).rejects.toMatchObject({ code: 'MR_EMIT_INVALID', message: expect.stringContaining('word') as string })
    await expect(run(redisCounter({ key: 'k', field: 'word', by: 2 }), [{ word }], writes)).rejects.toMatchObject({ code: 'MR_EMIT_INVALID', message: expect.stringContaining('word') as string })
    expect(writes.empty).toBe(true)
  })

  it.each([{ by: 0.5 }, { by: 2 ** 53 }, { by: 'cents' as const, cents: '5' }, { expireAt: () => Number.NaN }, { expireAt: () => 1.5 }, { key: () => '\ud800' }])('counts nothing when it fails: %j', async ({ cents = 1, ...options }: object & { cents?: unknown }) => {
    const writes = new WriteSet()
    await expect(run(redisCounter({ key: 'k', field: 'word', ...options }), [{ ...tuple, cents }], writes)).rejects.toMatchObject({ code: 'MR_EMIT_INVALID' })
    expect(writes.empty).toBe(true)
  })
})

describe('the other sinks', () => {
  it('write what they are named for', async () => {
    const writes = new WriteSet()
    const events = [tuple, { ...tuple, word: 'sea', cents: 100 }]
    await run(redisHash({ key: 'hash', field: 'page', value: 'word' }), events, writes)
    await run(redisSet({ key: 'set', member: 'word' }), events, writes)
    await run(redisSortedSet({ key: 'top', member: 'page', by: 'cents' }), events, writes)
    await run(redisHyperLogLog({ key: 'distinct', element: 'word' }), events, writes)
    await run(redisMax({ key: 'most', field: 'page', value: 'cents' }), events, writes)
    await run(redisMin({ key: 'least', field: 'page', value: 'cents' }), events, writes)
    await run(redisString({ key: 'last', value: 'word' }), events, writes)
    await run(redisList({ key: 'list', value: 'word', end: 'head' }), events, writes)
    await run(redisStream({ key: 'events', fields: ['word', 'page'] }), events, writes)
    expect(Object.fromEntries(partOf(writes).keys)).toEqual({
      hash: { ...emptyHash, sets: [['7', 'sea']] },
      set: { type: 'set', members: new Set(['whale', 'sea']) },
      top: { type: 'sorted-set', adds: new Map([['7', { n: 350 }]]) },
      distinct: { type: 'hyper-log-log', elements: new Set(['whale', 'sea']) },
      most: { ...emptyHash, maxima: [['7', 250]] },
      least: { ...emptyHash, minima: [['7', 100]] },
      last: { type: 'string', value: 'sea' },
      list: { type: 'list', pushes: [{ value: 'whale', end: 'head' }, { value: 'sea', end: 'head' }] },
      events: { type: 'stream', entries: [['word', 'whale', 'page', '7'], ['word', 'sea', 'page', '7']] },
    })
  })

  it('may run in front of the thread hop when order does not matter, and only then', () => {
    expect([redisCounter({ key: 'k', field: 'f' }), redisSet({ key: 'k', member: 'f' }), redisMax({ key: 'k', field: 'f', value: 'v' })].map((sink) => sink.mergeable)).toEqual([true, true, true])
    expect([redisHash({ key: 'k', field: 'f', value: 'v' }), redisString({ key: 'k', value: 'v' }), redisList({ key: 'k', value: 'v' }), redisStream({ key: 'k', fields: ['f'] })].map((sink) => sink.mergeable)).toEqual([false, false, false, false])
  })

  it('say which fields they read and which keys they write, as far as that is known beforehand', () => {
    expect(redisCounter({ key: 'words', field: 'word', by: 'cents' })).toMatchObject({ reads: ['word', 'cents'], store: { options: { keys: [{ key: 'words', type: 'hash' }] } } })
    expect(redisSet({ key: () => 'made', member: 'word' })).toMatchObject({ reads: ['word'], store: { options: { keys: [] } } })
  })

  it('name a module that connects to Redis', async () => {
    const { module } = redisCounter({ key: 'words', field: 'word' }).store!
    expect((await import(module) as { connect: unknown }).connect).toBe(connect)
  })

  it('are refused on the main thread when two of them disagree about a key', () => {
    const components = [redisCounter({ key: 'k', field: 'f' }), redisSet({ key: 'k', member: 'f' })].map((sink, i) => ({ component: `sink${i}`, tasks: 1, options: sink.store!.options }))
    expect(() => connect({ topology: 't', fingerprint: 'f', code: 'c', generation: 'live', instance: 'i', connections: { redis: { url: 'redis://localhost:1' } }, start: {}, components, clock: systemClock, log: silentLogger })).toThrow(
      expect.objectContaining({ code: 'MR_REDIS_BADTYPE', place: { component: 'sink1', at: 'key k' } }),
    )
  })
})

describe('the sink for anything', () => {
  it('records by the names of Redis', async () => {
    const sink = redisSink((t: typeof tuple, redis) => {
      redis.hincrby('counts', t.word, 2)
      redis.hset('hash', t.word, t.page)
      redis.hsetnx('seen', t.word, true, 'order')
      redis.max('most', t.page, t.cents)
      redis.min('least', t.page, t.cents)
      redis.sadd('set', t.word, t.page)
      redis.zincrby('top', 0.5, t.word)
      redis.pfadd('distinct', t.word, t.page)
      redis.set('last', t.big)
      redis.lpush('list', 'a', 'b')
      redis.rpush('list', 'c')
      redis.xadd('events', { word: t.word, page: t.page })
      redis.pexpireat('last', t.at)
    })
    const writes = await run(sink, [tuple])
    expect(writes.cells).toBe(16)
    expect(writes.expiries).toEqual(new Map([['last', tuple.at]]))
    expect(hashOf(writes, 'seen').onces).toEqual([['whale', { value: 'true', list: 'order' }]])
    expect(partOf(writes).keys.get('list')).toMatchObject({ pushes: [{ value: 'a', end: 'head' }, { value: 'b', end: 'head' }, { value: 'c', end: 'tail' }] })
  })

  it('writes nothing of a call that throws or rejects', async () => {
    const writes = new WriteSet()
    const fails = redisSink((_tuple: { word: string }, redis) => {
      redis.hincrby('counts', 'x', 1)
      throw new Error('late')
    })
    const rejects = redisSink(async (_tuple: { word: string }, redis) => {
      redis.hincrby('counts', 'x', 1)
      await Promise.reject(new Error('later'))
    })
    await expect(run(fails, [tuple], writes)).rejects.toThrow('late')
    await expect(run(rejects, [tuple], writes)).rejects.toThrow('later')
    expect(writes.empty).toBe(true)
  })

  it('makes a call fatal that contradicts other results of the epoch after some of it was written', async () => {
    const writes = new WriteSet()
    writes.setAdd('set', 'x')
    const first = redisSink((_tuple: { word: string }, redis) => redis.hincrby('set', 'x', 1))
    await expect(run(first, [tuple], writes)).rejects.toMatchObject({ code: 'MR_EMIT_INVALID' })
    const second = redisSink((_tuple: { word: string }, redis) => {
      redis.hincrby('counts', 'x', 1)
      redis.hincrby('set', 'x', 1)
    })
    await expect(run(second, [tuple], writes)).rejects.toMatchObject({ code: 'MR_RESULTS_CONFLICT' })
  })

  it('writes when its promise resolves, and refuses what comes later', async () => {
    let late: (() => void) | undefined
    const sink = redisSink(async (t: { word: string }, redis) => {
      await Promise.resolve()
      redis.sadd('set', t.word)
      late = () => redis.sadd('set', 'late')
    })
    const writes = await run(sink, [tuple])
    expect(partOf(writes).keys.get('set')).toEqual({ type: 'set', members: new Set(['whale']) })
    expect(() => late!()).toThrow(expect.objectContaining({ code: 'MR_EMIT_INVALID' }))
  })
})
