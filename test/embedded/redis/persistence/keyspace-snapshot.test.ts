import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LoggedCommand } from '../../../../src/embedded/redis/engine/change-log.ts'
import { snapshotCommands } from '../../../../src/embedded/redis/persistence/keyspace-snapshot.ts'
import { anyCommand } from '../../../support/redis-commands/any-command.ts'
import { newRedisEngine } from '../../../support/redis-engine.ts'
import type { RedisEngine } from '../../../support/redis-engine.ts'

function rebuilt(commands: Iterable<LoggedCommand>): RedisEngine {
  const other = newRedisEngine()
  other.engine.keyspace.freeze()
  for (const command of commands) other.engine.replay(command)
  return other
}

describe('a snapshot of the keyspace', () => {
  it('makes the keyspace anew as it was, whatever is done to it while the snapshot is read', () => {
    fc.assert(fc.property(
      fc.array(anyCommand, { minLength: 20, maxLength: 80, size: 'max' }),
      fc.array(fc.tuple(fc.nat(3), anyCommand), { maxLength: 40, size: 'max' }),
      (before, meanwhile) => {
        const redis = newRedisEngine()
        for (const args of before) redis.run(...args)
        const expected = redis.content()
        const snapshot = snapshotCommands(redis.engine.keyspace)
        const commands: LoggedCommand[] = []
        const read = (count: number): void => {
          for (let i = 0; i < count; i++) {
            const next = snapshot.next()
            if (next.done !== true) commands.push(next.value)
          }
        }
        read(1)
        for (const [count, args] of meanwhile) {
          redis.run(...args)
          read(count)
        }
        commands.push(...snapshot)
        expect(rebuilt(commands).content()).toEqual(expected)
      },
    ), { numRuns: 150 })
  })

  it('is no longer disturbed in the middle of a value that changes', () => {
    const redis = newRedisEngine()
    for (let i = 0; i < 2000; i++) {
      redis.run('HSET', 'hash', `f${i}`, String(i))
      redis.run('RPUSH', 'list', String(i))
    }
    const expected = redis.content()
    const snapshot = snapshotCommands(redis.engine.keyspace)
    const commands = [snapshot.next().value as LoggedCommand]
    redis.run('HDEL', 'hash', 'f1999', 'f1', 'f700')
    redis.run('HSET', 'hash', 'f3', 'changed')
    for (let i = 0; i < 1000; i++) redis.run('LPOP', 'list')
    commands.push(...snapshot)
    expect(rebuilt(commands).content()).toEqual(expected)
  })

  it('brings back when keys expire, and keys of every database', () => {
    const redis = newRedisEngine()
    redis.run('SET', 'a', '1', 'PX', '5000')
    redis.run('SELECT', '3')
    redis.run('RPUSH', 'b', 'x')
    redis.run('EXPIRE', 'b', '100')
    const { content } = rebuilt(snapshotCommands(redis.engine.keyspace))
    expect(content()).toEqual(redis.content())
    expect(content()).toHaveLength(2)
  })

  it('leaves nothing behind when it is given up', () => {
    const redis = newRedisEngine()
    redis.run('SET', 'a', '1')
    redis.run('SET', 'b', '1')
    const snapshot = snapshotCommands(redis.engine.keyspace)
    snapshot.next()
    snapshot.return(undefined)
    expect(redis.engine.keyspace.beforeUse).toBeUndefined()
    redis.run('INCR', 'b')
    expect(rebuilt(snapshotCommands(redis.engine.keyspace)).content()).toEqual(redis.content())
  })
})
