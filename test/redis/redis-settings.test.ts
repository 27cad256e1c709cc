import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { redisTarget } from '../../src/redis/redis-settings.ts'

describe('Redis settings', () => {
  it('need a URL only', () => {
    expect(redisTarget({ url: 'redis://localhost' })).toEqual({
      host: 'localhost', port: 6379, username: undefined, password: undefined, db: 0, tls: undefined, connectTimeoutMs: 5000, commandTimeoutMs: 10_000,
    })
  })

  it('take user, password, port and database from the URL', () => {
    expect(redisTarget({ url: 'rediss://me:p%40ss@[::1]:7000/3' })).toMatchObject({ host: '::1', port: 7000, username: 'me', password: 'p@ss', db: 3, tls: {} })
  })

  it('prefer what is given beside the URL', () => {
    expect(redisTarget({ url: 'redis://me:one@host/1', username: 'you', password: 'two', db: 2, tls: { servername: 'x' } })).toMatchObject({ username: 'you', password: 'two', db: 2, tls: { servername: 'x' } })
  })

  it.each([undefined, {}, { url: 'http://host' }, { url: 'host:6379' }, { url: 'redis://' }, { url: 'redis://host/x' }, { url: 'redis://host', port: 1 }, { url: 'redis://host', db: -1 }, { url: 'redis://host', commandTimeoutMs: 0 }])('refuse %j', (settings) => {
    expect(() => redisTarget(settings)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }))
  })

  it.each([{ url: 'redis://:c4n4ry%zz@host' }, { url: 'http://:c4n4ry@host' }, { url: 'redis://host', password: ['c4n4ry'] }])('never show a password when they are refused', (settings) => {
    try {
      redisTarget(settings)
      expect.unreachable()
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain('c4n4ry')
    }
  })
})
