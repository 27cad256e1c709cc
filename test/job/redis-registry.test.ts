import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WriteSet } from '../../src/state/write-set.ts'
import { writes } from '../contract/commit-store.ts'
import type { SealingStore } from '../contract/sealing-store.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { registeredNames } from './redis-keyspace.ts'
import { redisGenerations, redisStore } from './redis-store.ts'

let server: RedisServer
let redis: Redis
beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

const future = 4_102_444_800_000
const name = fc.nat({ max: 5 }).map(String)
/** Keys of one kind have one type; `bad` is refused, with all that goes with it. */
const write = fc.oneof(
  fc.record({ kind: fc.constantFrom('hash', 'max', 'set', 'list', 'zset', 'hll', 'text', 'stream', 'once'), name }),
  fc.record({ kind: fc.constantFrom('expire', 'expired'), name }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bad'), name }) },
)
const apply: Readonly<Record<string, (w: WriteSet, name: string) => void>> = {
  hash: (w, name) => w.hashAdd(`hash ${name}`, 'f', 1),
  max: (w, name) => w.hashMax(`hash ${name}`, 'g', 1),
  set: (w, name) => w.setAdd(`set ${name}`, 'x'),
  list: (w, name) => w.listPush(`list ${name}`, 'x'),
  zset: (w, name) => w.sortedSetAdd(`zset ${name}`, 'x', 1),
  hll: (w, name) => w.hyperLogLogAdd(`hll ${name}`, 'x'),
  text: (w, name) => w.stringSet(`text ${name}`, 'x'),
  stream: (w, name) => w.streamAppend(`stream ${name}`, ['a', 'b']),
  once: (w, name) => w.hashSetOnce(`hash ${name}`, 'once', 'x', `list ${name}`),
  expire: (w, name) => w.expireAt(`hash ${name}`, future),
  expired: (w, name) => w.expireAt(`set ${name}`, 1),
  bad: (w) => w.hashAdd('bad', 'f', 1),
}
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('commit' as const), parts: fc.array(fc.array(write, { maxLength: 6 }), { minLength: 1, maxLength: 2 }) }) },
  fc.record({ kind: fc.constant('time' as const), names: fc.array(name, { maxLength: 3 }) }),
)

/** What is there of the generation: results, and what the registry says. */
async function standing(prefix: string, own: string): Promise<{ keys: string[]; names: string[] }> {
  const keys = (await redis.keys('*')).filter((key) => (prefix === '' ? !key.startsWith('{') : key.startsWith(prefix))).map((key) => key.slice(prefix.length))
  return { keys: keys.filter((key) => key !== 'bad').sort(), names: await registeredNames(redis, own) }
}

async function begin(generation: 'live' | 'replay'): Promise<SealingStore> {
  await redis.flushall()
  const live = redisStore(server.url)
  await live.open()
  await live.deploy([{ partition: 'a/0', offset: 0 }])
  if (generation === 'live') {
    await live.acquire('me', ['a/0'])
    return live
  }
  await live.close()
  const generations = redisGenerations(server.url)
  await generations.open()
  await generations.begin('replay', { mode: 'side-by-side', starts: [{ partition: 'a/0', offset: 0 }], limits: [] })
  await generations.close()
  const replay = redisStore(server.url, { generation })
  await replay.open()
  await replay.acquire('me', ['a/0'])
  return replay
}

describe('the registry', () => {
  it.each(['live', 'replay'] as const)('of %s names every key that random commits have left, and none that was never there', async (generation) => {
    const prefix = generation === 'live' ? '' : '{words}:replay:result:'
    const own = generation === 'live' ? '{words}:' : '{words}:replay:'
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
      const store = await begin(generation)
      await redis.hset(`${prefix}bad`, 'f', 'word')
      const mortal = new Set<string>()
      let sequence = 0
      try {
        for (const one of steps) {
          const before = await standing(prefix, own)
          if (one.kind === 'time') {
            const due = one.names.map((n) => `hash ${n}`).filter((key) => mortal.has(key))
            if (due.length > 0) await redis.del(due.map((key) => prefix + key))
          } else {
            const parts = one.parts.map((part) => writes((w) => {
              for (const { kind, name } of part) apply[kind]!(w, name)
            }))
            const { answer } = await store.commit({ owner: 'me', sequence, ranges: [{ partition: 'a/0', from: sequence, to: sequence + 1 }], fates: [], dead: [], writes: parts })
            if (one.parts.flat().some(({ kind }) => kind === 'bad')) {
              expect(answer).toBe('REJECTED')
              expect(await standing(prefix, own)).toEqual(before)
            } else {
              expect(answer).toBe('OK')
              sequence++
              for (const { kind, name } of one.parts.flat()) {
                if (kind === 'expire') mortal.add(`hash ${name}`)
                if (kind === 'expired') mortal.add(`set ${name}`)
              }
            }
          }
          const { keys, names } = await standing(prefix, own)
          expect(names).toEqual(expect.arrayContaining(keys))
          expect(names.filter((each) => !keys.includes(each) && !mortal.has(each))).toEqual([])
        }
      } finally {
        await store.close()
      }
    }), { numRuns: Number(process.env['MILLRACE_REGISTRY_RUNS'] ?? 40) })
  })

  it('does not name the list of fields that were there before it', async () => {
    const store = await begin('live')
    const commit = (n: number, fill: (w: WriteSet) => void) => store.commit({ owner: 'me', sequence: n, ranges: [{ partition: 'a/0', from: n, to: n + 1 }], fates: [], dead: [], writes: writes(fill) })
    await commit(0, (w) => w.hashSet('hash', 'f', 'x'))
    await commit(1, (w) => w.hashSetOnce('hash', 'f', 'y', 'list'))
    expect(await standing('', '{words}:')).toEqual({ keys: ['hash'], names: ['hash'] })
    await commit(2, (w) => w.hashSetOnce('hash', 'g', 'y', 'list'))
    await store.close()
    expect(await standing('', '{words}:')).toEqual({ keys: ['hash', 'list'], names: ['hash', 'list'] })
  })

  it('forgets expired keys as fast as new ones come', async () => {
    const store = await begin('live')
    const [living, perCommit, rounds] = [400, 100, 60]
    let most = 0
    for (let round = 0; round < rounds; round++) {
      const keys = Array.from({ length: perCommit }, (_, i) => `window ${round} ${i}`)
      await store.commit({ owner: 'me', sequence: round, ranges: [{ partition: 'a/0', from: round, to: round + 1 }], fates: [], dead: [], writes: writes((w) => {
        for (const key of keys) {
          w.hashAdd(key, 'n', 1)
          w.expireAt(key, future)
        }
      }) })
      // Some time later.
      const old = round - living / perCommit
      if (old >= 0) await redis.del(Array.from({ length: perCommit }, (_, i) => `window ${old} ${i}`))
      most = Math.max(most, await redis.scard('{words}:keys'))
    }
    await store.close()
    expect(most).toBeLessThan(3 * living)
    const { keys, names } = await standing('', '{words}:')
    expect(keys).toHaveLength(living)
    expect(names).toEqual(expect.arrayContaining(keys))
  })
})
