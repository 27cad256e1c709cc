import { describe, expect, test } from 'vitest'
import { Settings } from '../../../../src/embedded/redis/settings/settings.ts'

describe('settings', () => {
  test('have the defaults of Redis', () => {
    const settings = new Settings({})
    expect(settings.get('maxmemory-policy')).toBe('noeviction')
    expect(settings.get('databases')).toBe(16)
    expect(settings.show('client-output-buffer-limit')).toBe('normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60')
  })

  test('take units, and words in any case', () => {
    const settings = new Settings({ maxmemory: '2gb', appendfsync: 'ALWAYS', appendonly: 'Yes' })
    expect(settings.get('maxmemory')).toBe(2 * 1024 ** 3)
    expect(settings.get('appendfsync')).toBe('always')
    expect(settings.show('appendonly')).toBe('yes')
  })

  test('that are unknown or wrong are refused, each by its name', () => {
    expect(() => new Settings({ maxmemry: '1', appendfsync: 'sometimes', timeout: '-1' })).toThrow(/maxmemry is not known; appendfsync: argument\(s\) must be one of the following: .*; timeout: argument must be between 0 and 2147483647 inclusive/)
  })

  test('change all or none', () => {
    const settings = new Settings({})
    expect(settings.change([['timeout', '5'], ['maxmemory', 'x']])).toEqual({ name: 'maxmemory', fault: 'argument must be a memory value' })
    expect(settings.get('timeout')).toBe(0)
    expect(settings.change([['timeout', '5']])).toBeUndefined()
    expect(settings.get('timeout')).toBe(5)
    expect(settings.change([['databases', '5']])?.fault).toBe("can't set immutable config")
  })
})
