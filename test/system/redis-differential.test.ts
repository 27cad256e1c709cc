import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RawRedis } from '../support/raw-redis.ts'
import { bitmapCommand } from '../support/redis-commands/bitmap-commands.ts'
import { hashCommand, unordered as unorderedHash } from '../support/redis-commands/hash-commands.ts'
import { hyperLogLogCommand } from '../support/redis-commands/hyper-log-log-commands.ts'
import { approximate, keyCommand, unordered as unorderedKeys } from '../support/redis-commands/key-commands.ts'
import { listCommand } from '../support/redis-commands/list-commands.ts'
import { scriptCommand } from '../support/redis-commands/script-commands.ts'
import { sessionCommand } from '../support/redis-commands/session-commands.ts'
import { setCommand, unordered as unorderedSet } from '../support/redis-commands/set-commands.ts'
import { sortCommand } from '../support/redis-commands/sort-commands.ts'
import { sortedSetCommand, unordered as unorderedSortedSet } from '../support/redis-commands/sorted-set-commands.ts'
import { streamCommand } from '../support/redis-commands/stream-commands.ts'
import { counterCommand, stringCommand } from '../support/redis-commands/string-commands.ts'
import { differences, type Difference } from '../support/redis-differences.ts'
import { expectRedis70 } from '../support/redis-version.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const seed = Number(process.env['MILLRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env['MILLRACE_RUNS'] ?? 60)
const everything = fc.oneof(stringCommand, bitmapCommand, hashCommand, keyCommand, listCommand, setCommand, sortCommand, sortedSetCommand, streamCommand, hyperLogLogCommand)
const tolerance = { unordered: new Set([...unorderedHash, ...unorderedKeys, ...unorderedSet, ...unorderedSortedSet]), approximate }

/** One of each type, so that commands meet them from the first one on. */
const someKeys = [
  ['SET', 'string1', 'abc'], ['HSET', 'hash1', 'a', '1', 'b', 'x'], ['RPUSH', 'list1', 'a', 'b', 'c'], ['SADD', 'set1', 'a', 'b'], ['ZADD', 'zset1', '1', 'a', '2', 'b'], ['XADD', 'stream1', '1-1', 'a', 'b'],
]

/** The same random commands to the Redis of millrace and to a real one: the answers are the same, byte for byte. */
describe(`the Redis of millrace and redis-server (seed ${seed})`, () => {
  let real: RedisServer
  let own: RedisServer
  beforeAll(async () => {
    [real, own] = await Promise.all([startRedis({ own: false }), startRedis({ own: true })])
    await expectRedis70(real.port)
  })
  afterAll(() => Promise.all([real.stop(), own.stop()]))

  describe.each([2, 3])('in RESP%i', (protocol) => {
    test.each([
      ['strings', stringCommand],
      ['counters', counterCommand],
      ['bitmaps', bitmapCommand],
      ['hashes', hashCommand],
      ['keys', keyCommand],
      ['lists', listCommand],
      ['sets', setCommand],
      ['sorted sets', sortedSetCommand],
      ['sorting', sortCommand],
      ['streams', streamCommand],
      ['HyperLogLogs', hyperLogLogCommand],
      ['scripts', scriptCommand],
      ['sessions', sessionCommand],
      ['everything', everything],
    ])('answer alike: %s', async (_, command) => {
      await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 30, maxLength: 80 }), async (commands) => {
        const found = await run(protocol, commands)
        if (found.length > 0) throw new Error(found.map(({ command, one, other }) => `${JSON.stringify(command)}\n  own:  ${one}\n  real: ${other}`).join('\n'))
      }), { seed, numRuns: runs, endOnFailure: false })
    })
  })

  /** Both begin alike, on new connections. */
  async function run(protocol: number, commands: readonly (readonly string[])[]): Promise<Difference[]> {
    const [one, other] = await Promise.all([RawRedis.open(own.port), RawRedis.open(real.port)])
    try {
      const begin = [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ...(protocol === 3 ? [['HELLO', '3']] : []), ...someKeys]
      await Promise.all([one.send(begin), other.send(begin)])
      return await differences(one, other, commands, tolerance)
    } finally {
      one.close()
      other.close()
    }
  }
})
