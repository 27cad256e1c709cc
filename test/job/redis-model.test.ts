import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import type { SealingStore } from '../contract/sealing-store.ts'
import { memoryKeyspace } from '../contract/memory-keyspace.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { redisKeyspace } from './redis-keyspace.ts'
import { memorySeal } from '../../src/testing/memory-commit-store.ts'
import { sealing } from '../contract/sealing-store.ts'
import { redisStore } from './redis-store.ts'

const partitions = ['a/0', 'a/1', 'a/2']
const owners = ['x', 'y', 'z']
const key = fc.constantFrom('k1', 'k2', 'k3')
const field = fc.constantFrom('f', 'g', '__proto__', '数')
const amount = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2 ** 53 - 1, -(2 ** 53 - 1)))
const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))

const write = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hashAdd' as const), key, field, amount }) },
  fc.record({ kind: fc.constant('hashSet' as const), key, field, value: fc.constantFrom('1', '-7', '2.5', 'word', '9223372036854775806') }),
  fc.record({ kind: fc.constant('hashSetOnce' as const), key, field, list: fc.constantFrom('k3', undefined) }),
  fc.record({ kind: fc.constantFrom('hashMax' as const, 'hashMin' as const), key, field, number }),
  fc.record({ kind: fc.constantFrom('setAdd' as const, 'hyperLogLogAdd' as const, 'stringSet' as const, 'listPush' as const, 'streamAppend' as const), key, field }),
  fc.record({ kind: fc.constant('sortedSetAdd' as const), key, field, number }),
  fc.record({ kind: fc.constant('expireAt' as const), key, atMs: fc.constantFrom(1, 4_102_444_800_000) }),
)
/** What two workers may write in one epoch: a field in one way, and small numbers. */
const hash = fc.constantFrom('h1', 'h2')
const ofTwo = fc.oneof(
  fc.record({ kind: fc.constant('hashAdd' as const), key: hash, field: fc.constantFrom('sum', 'other sum'), amount: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ kind: fc.constant('hashSet' as const), key: hash, field: fc.constant('set'), value: fc.constantFrom('1', 'word') }),
  fc.record({ kind: fc.constant('hashSetOnce' as const), key: hash, field: fc.constantFrom('once', 'at first'), list: fc.constantFrom('list', 'other list', undefined) }),
  fc.record({ kind: fc.constant('hashMax' as const), key: hash, field: fc.constant('max'), number: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ kind: fc.constant('expireAt' as const), key: hash, atMs: fc.constantFrom(1, 4_102_444_800_000) }),
)
type Write = (typeof write | typeof ofTwo) extends fc.Arbitrary<infer T> ? T : never

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), owner: fc.nat({ max: 2 }), take: fc.subarray(partitions, { minLength: 1 }), slip: fc.constantFrom(0, 0, 0, 0, 0, 1, -1), length: fc.nat({ max: 2 }), writes: fc.array(write, { maxLength: 6 }), apart: fc.array(ofTwo, { maxLength: 10 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), owner: fc.nat({ max: 2 }), writes: fc.array(write, { maxLength: 6 }), apart: fc.array(ofTwo, { maxLength: 10 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resend' as const), back: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('acquire' as const), owner: fc.nat({ max: 2 }), take: fc.subarray(partitions) }) },
  fc.record({ kind: fc.constant('deploy' as const), take: fc.subarray(partitions), offset: fc.nat({ max: 5 }) }),
)

describe('random commits, resends, additions and takeovers', () => {
  let server: RedisServer
  let redis: Redis
  let real: SealingStore
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
    real = redisStore(server.url)
    await real.open()
  })
  afterAll(async () => {
    await real.close()
    redis.disconnect()
    await server.stop()
  })

  it('get the same answers and leave the same results in Redis as in memory', async () => {
    const answers = new Map<string, number>()
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), fc.boolean(), async (steps, foreign) => {
      await redis.flushall()
      const memory = new MemoryStore()
      const model = sealing(memory.connect({ topology: 'words', fingerprint: 'f', clock: systemClock }), memorySeal)
      const sent: Parameters<SealingStore['commit']>[0][] = []
      let sequence = 0
      if (foreign) for (const keyspace of [redisKeyspace(redis), memoryKeyspace(memory)]) await keyspace.putHash('k1', { f: 'word' })
      const both = async <T>(call: (store: SealingStore) => Promise<T>): Promise<T> => {
        const [expected, found] = [await call(model), await call(real)]
        expect(found).toEqual(expected)
        return expected
      }
      await both((store) => store.deploy([{ partition: 'a/0', offset: 0 }, { partition: 'a/1', offset: 3 }]))
      await both((store) => store.acquire('x', partitions))
      for (const one of steps) {
        if (one.kind === 'acquire') await both((store) => store.acquire(owners[one.owner]!, one.take))
        else if (one.kind === 'deploy') await both((store) => store.deploy(one.take.map((partition) => ({ partition, offset: one.offset }))))
        else if (one.kind === 'add') {
          const written = [filled([...one.writes, ...one.apart.slice(1)]), filled(one.apart)]
          await both((store) => store.addOnce({ owner: owners[one.owner]!, sequence, writes: written }))
        } else {
          let commit = one.kind === 'resend' ? sent.at(-1 - one.back) : undefined
          if (one.kind === 'commit') {
            const stored = await model.load(one.take)
            const ranges = one.take.map((partition) => ({ partition, from: Math.max(0, (stored.get(partition) ?? 0) + one.slip), to: (stored.get(partition) ?? 0) + 1 + one.length }))
            commit = { owner: owners[one.owner]!, sequence: sequence++, ranges, writes: [filled([...one.writes, ...one.apart.slice(1)]), filled(one.apart)] }
            sent.push(commit)
          }
          if (commit === undefined) continue
          const { answer } = await both((store) => store.commit(commit))
          answers.set(answer, (answers.get(answer) ?? 0) + 1)
        }
        expect(await redisKeyspace(redis).dump()).toEqual(await memoryKeyspace(memory).dump())
        expect(await real.load(partitions)).toEqual(await model.load(partitions))
      }
      expect(await real.starts(partitions)).toEqual(await model.starts(partitions))
    }), { numRuns: 300 })
    // A run that never met an answer says nothing about it.
    for (const answer of ['OK', 'DUP', 'FENCED', 'MISMATCH', 'UNINIT', 'BADTYPE', 'REJECTED']) expect(answers.get(answer) ?? 0, answer).toBeGreaterThan(0)
  })
})

/** A write that the write-set itself refuses is left out. */
function filled(list: readonly Write[]): WriteSet {
  const writes = new WriteSet()
  for (const one of list) {
    try {
      add(writes, one)
    } catch {
      continue
    }
  }
  return writes
}

function add(writes: WriteSet, one: Write): void {
  switch (one.kind) {
    case 'hashAdd':
      return writes.hashAdd(one.key, one.field, one.amount)
    case 'hashSet':
      return writes.hashSet(one.key, one.field, one.value)
    case 'hashSetOnce':
      return writes.hashSetOnce(one.key, one.field, 'v', one.list)
    case 'hashMax':
    case 'hashMin':
      return writes[one.kind](one.key, one.field, one.number)
    case 'sortedSetAdd':
      return writes.sortedSetAdd(one.key, one.field, one.number)
    case 'streamAppend':
      return writes.streamAppend(one.key, [one.field, 'v'])
    case 'expireAt':
      return writes.expireAt(one.key, one.atMs)
    default:
      return writes[one.kind](one.key, one.field)
  }
}
