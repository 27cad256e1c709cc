import { describe, expect, it } from 'vitest'
import { checkResultKey, checkServer, neededCommands } from '../../src/redis/start-guards.ts'

function info(fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all = { redis_version: '7.0.15', role: 'master', maxmemory_policy: 'noeviction', cluster_enabled: '0', ...fields }
  return `# Server\r\n${Object.entries(all).map(([name, value]) => `${name}:${value}`).join('\r\n')}\r\n`
}

describe('the guards at the start', () => {
  it.each([{}, { redis_version: '6.2.0' }, { redis_version: '10.0.0' }, { maxmemory_policy: 'volatile-lru' }])('let %j pass', (fields) => {
    expect(() => checkServer(info(fields), 'host:1')).not.toThrow()
  })

  it.each([
    ['MR_REDIS_VERSION', { redis_version: '6.0.16' }],
    ['MR_REDIS_VERSION', { redis_version: '5.9.9' }],
    ['MR_REDIS_REPLICA', { role: 'slave' }],
    ['MR_REDIS_EVICTION', { maxmemory_policy: 'allkeys-lru' }],
    ['MR_REDIS_CLUSTER', { cluster_enabled: '1' }],
  ])('answer %s to %j, naming the server and a remedy', (code, fields) => {
    expect(() => checkServer(info(fields), 'host:1')).toThrow(expect.objectContaining({ code, place: { at: 'host:1' }, remedy: expect.any(String) as string }))
  })

  it('refuse a server that does not say its version', () => {
    expect(() => checkServer('', 'host:1')).toThrow(expect.objectContaining({ code: 'MR_REDIS_VERSION' }))
  })

  it('refuse a result key that holds another type, or anything before the first run', () => {
    const words = { key: 'words', type: 'hash' } as const
    expect(() => checkResultKey(words, 'none', false)).not.toThrow()
    expect(() => checkResultKey(words, 'hash', true)).not.toThrow()
    expect(() => checkResultKey(words, 'list', true)).toThrow(expect.objectContaining({ code: 'MR_REDIS_BADTYPE', place: { at: 'key words' } }))
    expect(() => checkResultKey(words, 'hash', false)).toThrow(expect.objectContaining({ code: 'MR_REDIS_KEYS_TAKEN' }))
    expect(() => checkResultKey({ key: 'any' }, 'list', true)).not.toThrow()
  })

  it('ask for the commands of the sinks only', () => {
    expect(neededCommands([{ key: 's', type: 'set' }])).toContain('SADD')
    expect(neededCommands([{ key: 's', type: 'set' }])).not.toContain('HINCRBY')
  })
})
