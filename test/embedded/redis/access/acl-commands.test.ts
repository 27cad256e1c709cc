import { beforeEach, describe, expect, it } from 'vitest'
import { Client, type ClientConnection } from '../../../../src/embedded/redis/client/client.ts'
import { newRedisEngine, type RedisEngine } from '../../../support/redis-engine.ts'

interface Caller {
  readonly client: Client
  readonly ended: () => boolean
  send(...args: readonly string[]): string
}

describe('users of a Redis and their connections', () => {
  let redis: RedisEngine
  beforeEach(() => {
    redis = newRedisEngine()
  })

  function connect(user: string): Caller {
    const { engine } = redis
    let closed = false
    const connection: ClientConnection = { address: '', localAddress: '', unreadBytes: 0, unsentBytes: 0, flush: () => {}, resume: () => {}, close: () => void (closed = true) }
    const client = new Client(engine.clients.nextId(), engine.users.default, engine.keyspace.databases[0]!, 0, !engine.users.loginNeeded, connection)
    engine.clients.add(client)
    const send = (...args: readonly string[]): string => {
      engine.execute(client, args)
      return Buffer.concat(client.writer.take()).toString('latin1')
    }
    if (user !== 'default') expect(send('AUTH', user, 'any')).toBe('+OK\r\n')
    return { client, send, ended: () => closed || client.closing }
  }

  it('end with the user, and only theirs', () => {
    redis.run('ACL', 'SETUSER', 'alice', 'on', 'nopass', '+@all')
    redis.run('ACL', 'SETUSER', 'bob', 'on', 'nopass', '+@all')
    const [alice, bob, other] = [connect('alice'), connect('bob'), connect('default')]
    expect(redis.run('ACL', 'DELUSER', 'alice', 'nobody')).toBe(':1\r\n')
    expect([alice, bob, other].map(({ ended }) => ended())).toEqual([true, false, false])
    expect(bob.send('ACL', 'DELUSER', 'bob')).toBe(':1\r\n')
    expect(bob.ended()).toBe(true)
    expect(other.send('ACL', 'DELUSER', 'default')).toBe("-ERR The 'default' user cannot be removed\r\n")
  })

  it('end when they listen to what the user may hear no more', () => {
    redis.run('ACL', 'SETUSER', 'alice', 'on', 'nopass', '+@all', '&news*', '&old')
    const callers = [['SUBSCRIBE', 'news.1'], ['SUBSCRIBE', 'old'], ['PSUBSCRIBE', 'news*'], ['PING']].map((command) => {
      const caller = connect('alice')
      expect(caller.send(...command)).not.toContain('NOPERM')
      return caller
    })
    redis.run('ACL', 'SETUSER', 'alice', 'resetchannels', '&news*', '&more')
    expect(callers.map(({ ended }) => ended())).toEqual([false, true, false, false])
    redis.run('ACL', 'SETUSER', 'alice', 'resetchannels', '&news.1')
    expect(callers.map(({ ended }) => ended())).toEqual([false, true, true, false])
  })

  it('lose a right at once, also between MULTI and EXEC', () => {
    redis.run('ACL', 'SETUSER', 'alice', 'on', 'nopass', '+@all', '~*')
    const alice = connect('alice')
    for (const command of [['MULTI'], ['SET', 'a', '1'], ['INCR', 'b']]) alice.send(...command)
    redis.run('ACL', 'SETUSER', 'alice', '-incr')
    expect(alice.send('EXEC')).toMatch(/^\*2\r\n\+OK\r\n-NOPERM ACLs rules changed between .* reason: no permission to execute the command or subcommand\r\n$/)
    expect(alice.send('INCR', 'b')).toBe("-NOPERM this user has no permissions to run the 'incr' command\r\n")
    expect(redis.run('EXISTS', 'a', 'b')).toBe(':1\r\n')
  })

  it('must log in once there is a password, unless they have done so before', () => {
    const before = connect('default')
    redis.run('CONFIG', 'SET', 'requirepass', 'secret')
    const after = connect('default')
    expect(before.send('PING')).toBe('+PONG\r\n')
    expect(after.send('PING')).toBe('-NOAUTH Authentication required.\r\n')
    expect(after.send('AUTH', 'wrong')).toBe('-WRONGPASS invalid username-password pair or user is disabled.\r\n')
    expect(after.send('AUTH', 'secret')).toBe('+OK\r\n')
    expect(after.send('PING')).toBe('+PONG\r\n')
    expect(after.send('RESET')).toBe('+RESET\r\n')
    expect(after.send('GET', 'a')).toBe('-NOAUTH Authentication required.\r\n')
    before.send('CONFIG', 'SET', 'requirepass', '')
    expect(after.send('PING')).toBe('+PONG\r\n')
  })

  it('end by CLIENT KILL USER', () => {
    redis.run('ACL', 'SETUSER', 'alice', 'on', 'nopass', '+@all')
    const [alice, other] = [connect('alice'), connect('default')]
    expect(other.send('CLIENT', 'KILL', 'USER', 'alice')).toBe(':1\r\n')
    expect([alice.ended(), other.ended()]).toEqual([true, false])
    expect(other.send('CLIENT', 'KILL', 'USER', 'nobody')).toBe("-ERR No such user 'nobody'\r\n")
  })
})
