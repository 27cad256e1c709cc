import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RawRedis } from '../support/raw-redis.ts'
import { differences } from '../support/redis-differences.ts'
import { startRedis } from '../support/redis-server.ts'
import type { RedisServer } from '../support/redis-server.ts'

const seed = Number(process.env['MILLRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** What few random commands never reach: values too large for Redis's compact forms. */
describe(`the Redis of millrace and redis-server with large values (seed ${seed})`, () => {
  let servers: readonly RedisServer[] = []
  let own: RawRedis
  let real: RawRedis

  beforeAll(async () => {
    servers = await Promise.all([startRedis({ own: true }), startRedis({ own: false })])
    const [one, other] = await Promise.all(servers.map(({ port }) => RawRedis.open(port)))
    own = one!
    real = other!
  })
  beforeEach(() => Promise.all([own.send([['FLUSHALL']]), real.send([['FLUSHALL']])]))
  afterAll(async () => {
    own?.close()
    real?.close()
    await Promise.all(servers.map((server) => server.stop()))
  })

  async function same(commands: readonly (readonly string[])[]): Promise<void> {
    for (let i = 0; i < commands.length; i += 500) expect(await differences(own, real, commands.slice(i, i + 500))).toEqual([])
  }

  test.each([1, 30, 900, 1500, 2200, 10_000, 100_000])('count the same of %i random elements, and keep the same bytes', async (size) => {
    const [numbers = []] = fc.sample(fc.array(fc.maxSafeInteger(), { minLength: size, maxLength: size, size: 'max' }), { numRuns: 1, seed })
    const commands: string[][] = []
    for (let i = 0; i < size; i += 400) commands.push(['PFADD', i % 800 === 0 ? 'a' : 'b', ...numbers.slice(i, i + 400).map(String)])
    await same([...commands, ['GET', 'a'], ['PFCOUNT', 'a'], ['PFCOUNT', 'b'], ['PFCOUNT', 'a', 'b'], ['PFMERGE', 'c', 'a', 'b'], ['GET', 'c'], ['PFCOUNT', 'c'], ['GET', 'c'], ['STRLEN', 'c'], ['TYPE', 'c']])
  })

  test('cut streams into the same blocks, so that inexact trims remove the same', async () => {
    const text = fc.oneof({ weight: 3, arbitrary: fc.integer().map(String) }, fc.string({ maxLength: 30, unit: 'grapheme-ascii' }), { weight: 1, arbitrary: fc.string({ minLength: 60, maxLength: 300, unit: 'grapheme-ascii' }) })
    const fields = fc.constantFrom(['f'], ['f', 'g'], ['1', '-4097', 'a field of some length'])
    const entry = fields.chain((names) => fc.tuple(...names.map(() => text)).map((values) => names.flatMap((name, i) => [name, values[i]!])))
    const step = fc.bigInt({ min: 1n, max: 2n ** 40n })
    for (const entries of fc.sample(fc.array(fc.tuple(step, entry), { minLength: 300, maxLength: 700, size: 'max' }), { numRuns: 8, seed })) {
      let ms = 0n
      const commands: string[][] = [['DEL', 's']]
      for (const [i, [by, pairs]] of entries.entries()) {
        ms += by
        commands.push(['XADD', 's', `${ms}-${i % 3}`, ...pairs])
        if (i % 97 === 96) commands.push(['XTRIM', 's', 'MAXLEN', '~', String(300 - (i % 200)), 'LIMIT', '150'], ['XINFO', 'STREAM', 's'])
        if (i % 7 === 6) commands.push(['XDEL', 's', `${ms}-${i % 3}`])
      }
      commands.push(['XTRIM', 's', 'MINID', '~', String(ms - 2n ** 45n)], ['XINFO', 'STREAM', 's'], ['XRANGE', 's', '-', '+', 'COUNT', '5'], ['XREVRANGE', 's', '+', '-', 'COUNT', '5'], ['XLEN', 's'])
      await same(commands)
    }
  })

  test('rank and cut sorted sets of thousands alike', async () => {
    const score = fc.oneof(fc.integer({ min: -50, max: 50 }).map(String), fc.double({ noNaN: true }).map(String), fc.constantFrom('-0', 'inf', '-inf'))
    const member = fc.oneof(fc.integer({ min: 0, max: 4000 }).map(String), fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('latin1')))
    const change = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(score, member).map(([score, member]) => ['ZADD', 'z', score, member]) },
      fc.tuple(fc.integer({ min: -9, max: 9 }).map(String), member).map(([by, member]) => ['ZADD', 'z', 'XX', 'GT', 'CH', by, member]),
      member.map((member) => ['ZREM', 'z', member]),
      member.map((member) => ['ZRANK', 'z', member]),
      member.map((member) => ['ZREVRANK', 'z', member]),
      fc.tuple(score, score).map(([least, most]) => ['ZCOUNT', 'z', `(${least}`, most]),
      fc.tuple(score, fc.nat(40), fc.nat(40)).map(([least, offset, count]) => ['ZRANGE', 'z', least, 'inf', 'BYSCORE', 'LIMIT', String(offset), String(count), 'WITHSCORES']),
      fc.tuple(score, fc.nat(40)).map(([most, offset]) => ['ZREVRANGEBYSCORE', 'z', most, '-inf', 'LIMIT', String(offset), '7', 'WITHSCORES']),
      fc.nat(4000).map((rank) => ['ZRANGE', 'z', String(rank), String(rank + 9), 'REV', 'WITHSCORES']),
      fc.nat(4000).map((rank) => ['ZREMRANGEBYRANK', 'z', String(rank), String(rank + 1)]),
    )
    const [changes = []] = fc.sample(fc.array(change, { minLength: 8000, maxLength: 8000, size: 'max' }), { numRuns: 1, seed })
    await same([...changes, ['ZCARD', 'z'], ['ZRANGE', 'z', '0', '-1', 'WITHSCORES'], ['OBJECT', 'ENCODING', 'z'], ['ZUNIONSTORE', 'u', '2', 'z', 'z', 'WEIGHTS', '2', '-0.5', 'AGGREGATE', 'MIN'], ['ZRANGE', 'u', '0', '-1', 'WITHSCORES']])
  })
})
