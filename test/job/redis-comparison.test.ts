import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compared } from '../../src/redis/comparison.ts'
import type { Difference } from '../../src/topology/generations.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const prefix = '{words}:verify:result:'

describe('live results and those of a recount', () => {
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
  beforeEach(() => redis.flushall())

  const compare = async (volatile: readonly string[] = []): Promise<{ readonly keys: number; readonly differences: readonly Difference[] }> => {
    let keys = 0
    const differences: Difference[] = []
    const sides = {
      registries: [{ keys: 'live', keyLog: 'live log' }, { keys: 'other', keyLog: 'other log' }] as const, prefix, volatile,
      call: (command: string, args: readonly string[]) => redis.call(command, ...args),
      run: ({ body }: { readonly body: string }, keys: readonly string[], args: readonly string[]) => redis.eval(body, keys.length, ...keys, ...args),
    }
    for await (const slice of compared(sides)) {
      keys += slice.keys
      differences.push(...slice.differences)
    }
    return { keys, differences: differences.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }
  }

  /** Noted in the set of the one and in the log of the other. */
  const onBoth = async (name: string, write: (key: string) => Promise<unknown>): Promise<void> => {
    await redis.sadd('live', name)
    await redis.eval(`redis.call('RPUSH', 'other log', cmsgpack.pack({ARGV[1]}))`, 0, name)
    await write(name)
    await write(prefix + name)
  }

  it('are equal when every key holds the same, whatever its type and however large', async () => {
    const many = Array.from({ length: 9000 }, (_, i) => `f${i}`)
    await onBoth('hash', (key) => redis.hset(key, Object.fromEntries(many.map((f, i) => [f, i]))))
    await onBoth('set', (key) => redis.sadd(key, ...many))
    await onBoth('scores', (key) => redis.zadd(key, ...many.flatMap((f, i) => [i / 7, f])))
    await onBoth('list', (key) => redis.rpush(key, ...(key === 'list' ? many : many.toReversed())))
    await onBoth('visitors', (key) => redis.pfadd(key, ...(key === 'visitors' ? many : many.toReversed())))
    await onBoth('text', (key) => redis.set(key, 'whale'))
    for (let i = 0; i < 1200; i++) await onBoth('stream', (key) => redis.xadd(key, '*', 'n', key === 'stream' ? i : 1199 - i))
    expect(await compare()).toEqual({ keys: 3 * 9000 + 4, differences: [] })
  })

  it('differ in exactly the fields and members that do, which are named with both values', async () => {
    await onBoth('words', (key) => redis.hset(key, { sea: 3, whale: key === 'words' ? 12 : 13 }))
    await onBoth('seen', (key) => redis.sadd(key, 'a', key === 'seen' ? 'b' : 'c'))
    await onBoth('best', (key) => redis.zadd(key, key === 'best' ? 1.5 : 2.5, 'x'))
    await redis.hset(`${prefix}words`, 'extra', 1)
    expect(await compare()).toEqual({
      keys: 7,
      differences: [
        { key: 'best', field: 'x', live: '1.5', other: '2.5' },
        { key: 'seen', field: 'b', live: '1' },
        { key: 'seen', field: 'c', other: '1' },
        { key: 'words', field: 'extra', other: '1' },
        { key: 'words', field: 'whale', live: '12', other: '13' },
      ],
    })
  })

  it('differ where one side has no such key, or one of another type, and not where a key is gone from both', async () => {
    await redis.sadd('live', 'only here', 'kind', 'expired')
    await redis.sadd('other', 'only there', 'kind')
    await redis.set('only here', '1')
    await redis.hset(`${prefix}only there`, 'f', 1)
    await redis.set('kind', '1')
    await redis.sadd(`${prefix}kind`, '1')
    expect(await compare()).toEqual({
      keys: 3,
      differences: [
        { key: 'kind', live: 'a string', other: 'a set' },
        { key: 'only here', live: 'a string' },
        { key: 'only there', other: 'a hash' },
      ],
    })
  })

  it('differ where a list or stream holds an entry more often, or another one', async () => {
    await onBoth('list', (key) => redis.rpush(key, 'a', key === 'list' ? 'a' : 'b', 'b'))
    await onBoth('longer', (key) => redis.rpush(key, 'a', ...(key === 'longer' ? ['a'] : [])))
    await onBoth('stream', (key) => redis.xadd(key, '*', 'f', key === 'stream' ? 'ab' : 'a', 'g', key === 'stream' ? 'c' : 'bc'))
    await onBoth('visitors', (key) => redis.pfadd(key, key === 'visitors' ? 'me' : 'you'))
    const { keys, differences } = await compare()
    expect(keys).toBe(4)
    expect(differences.map(({ key }) => key)).toEqual(['list', 'longer', 'stream', 'visitors'])
  })

  it('may differ in fields that are declared volatile, but not in whether they are there', async () => {
    await onBoth('window', (key) => redis.hset(key, { seen_count: 1, time_updated: key.length }))
    await redis.hset('window', 'gone', 1)
    expect(await compare(['time_updated', 'gone'])).toEqual({ keys: 3, differences: [{ key: 'window', field: 'gone', live: '1' }] })
  })

  it('are found different in exactly what was changed, for any hashes', async () => {
    const hash = fc.dictionary(fc.stringMatching(/^[a-f]{1,2}$/), fc.nat({ max: 3 }), { maxKeys: 30 })
    const results = fc.dictionary(fc.constantFrom('p', 'q', 'r', 's'), hash)
    await fc.assert(fc.asyncProperty(results, results, async (live, other) => {
      await redis.flushall()
      const expected = new Map<string, unknown>()
      let keys = 0
      for (const name of new Set([...Object.keys(live), ...Object.keys(other)])) {
        const here = Object.entries(live[name] ?? {})
        const there = Object.entries(other[name] ?? {})
        await redis.sadd('live', name)
        if (here.length > 0) await redis.hset(name, Object.fromEntries(here))
        if (there.length > 0) await redis.hset(prefix + name, Object.fromEntries(there))
        if ((here.length === 0) !== (there.length === 0)) {
          keys++
          expected.set(name, true)
          continue
        }
        for (const field of new Set([...here, ...there].map(([name]) => name))) {
          keys++
          if (live[name]?.[field] !== other[name]?.[field]) expected.set(`${name} ${field}`, true)
        }
      }
      const found = await compare()
      expect(found.keys).toBe(keys)
      expect(new Set(found.differences.map(({ key, field }) => (field === undefined ? key : `${key} ${field}`)))).toEqual(new Set(expected.keys()))
    }), { numRuns: 60 })
  })
})
