import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LoggedCommand } from '../../../../src/embedded/redis/engine/change-log.ts'
import { noChangeLog } from '../../../../src/embedded/redis/engine/change-log.ts'
import { anyCommand } from '../../../support/redis-commands/any-command.ts'
import { command, element, some } from '../../../support/redis-commands/words.ts'
import { newRedisEngine } from '../../../support/redis-engine.ts'
import type { RedisEngine } from '../../../support/redis-engine.ts'

interface Logged extends RedisEngine {
  readonly steps: readonly (readonly LoggedCommand[])[]
}

function newLoggedEngine(): Logged {
  const redis = newRedisEngine()
  const steps: (readonly LoggedCommand[])[] = []
  redis.engine.changeLog = { ...noChangeLog, append: (commands) => void steps.push(commands) }
  return { ...redis, steps }
}

function replayed(steps: readonly (readonly LoggedCommand[])[]): readonly string[] {
  const { engine, content } = newRedisEngine()
  engine.keyspace.freeze()
  for (const commands of steps) for (const command of commands) engine.replay(command)
  return content()
}

/** What comes out differently each time. */
const byChance = fc.oneof(
  command('SPOP', fc.constantFrom('set1', 'set2'), fc.constantFrom([], ['2'], ['100'])),
  command('XADD', 'stream1', fc.constantFrom([], ['MAXLEN', '~', '3'], ['MAXLEN', '2']), '*', 'f', element),
  command('BLPOP', some(fc.constantFrom('list1', 'list2')), '0'),
  command('BZPOPMAX', some(fc.constantFrom('zset1', 'zset2')), '0'),
)

describe('the log of a Redis', () => {
  it('gives the same keyspace when it is run again', () => {
    fc.assert(fc.property(fc.array(fc.oneof({ weight: 8, arbitrary: anyCommand }, byChance), { maxLength: 150, size: 'max' }), fc.nat(3000), (commands, ms) => {
      const redis = newLoggedEngine()
      for (const args of commands) {
        redis.clock.pass(ms)
        // The estimate that a HyperLogLog keeps is no change.
        if (args[0] !== 'PFCOUNT') redis.run(...args)
      }
      // What has expired without anybody looking is not in the log yet.
      for (const database of redis.engine.keyspace.databases) for (const key of database.keys()) database.peek(key)
      redis.run('SET', 'last', '1')
      expect(replayed(redis.steps)).toEqual(redis.content())
    }), { numRuns: 200 })
  })

  it('has one step for a transaction, and none for one that was given up', () => {
    const redis = newLoggedEngine()
    redis.run('MULTI')
    redis.run('INCR', 'a')
    redis.run('RPUSH', 'l', 'x', 'y')
    redis.run('LPOP', 'l')
    redis.run('EXEC')
    redis.run('MULTI')
    redis.run('INCR', 'a')
    redis.run('DISCARD')
    expect(redis.steps).toEqual([[
      { database: 0, args: ['INCR', 'a'] },
      { database: 0, args: ['RPUSH', 'l', 'x', 'y'] },
      { database: 0, args: ['LPOP', 'l'] },
    ]])
  })

  it('has what changed something only', () => {
    const redis = newLoggedEngine()
    for (const args of [['GET', 'a'], ['DEL', 'a'], ['SREM', 's', 'x'], ['ZADD', 'z', 'XX', '1', 'a'], ['LTRIM', 'l', '0', '1'], ['XTRIM', 'x', 'MAXLEN', '3']]) redis.run(...args)
    expect(redis.steps).toEqual([])
  })

  it('says what chance and time have decided', () => {
    const redis = newLoggedEngine()
    redis.run('SADD', 's', 'only')
    redis.run('SPOP', 's')
    redis.run('XADD', 'x', '*', 'f', 'v')
    redis.run('RPUSH', 'l', 'a')
    redis.run('BLPOP', 'l', '0')
    redis.run('ZADD', 'z', '1', 'a')
    redis.run('BZPOPMIN', 'z', '0')
    expect(redis.steps.flat().map(({ args }) => args)).toEqual([
      ['SADD', 's', 'only'],
      ['SREM', 's', 'only'],
      ['XADD', 'x', `${redis.clock.now()}-0`, 'f', 'v'],
      ['RPUSH', 'l', 'a'],
      ['LPOP', 'l', '1'],
      ['ZADD', 'z', '1', 'a'],
      ['ZPOPMIN', 'z', '1'],
    ])
  })
})
