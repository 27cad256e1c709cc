import { describe, expect, it } from 'vitest'
import { AccessLog, type Refused } from '../../../../src/embedded/redis/access/access-log.ts'
import { Client } from '../../../../src/embedded/redis/client/client.ts'
import { newRedisEngine } from '../../../support/redis-engine.ts'

const { engine } = newRedisEngine()
const client = new Client(7, engine.users.default, engine.keyspace.databases[0]!, 0, true)
const refused: Refused = { reason: 'key', context: 'toplevel', object: 'secret', username: 'alice' }
const shown = (log: AccessLog): readonly unknown[] => log.latest(10).map(({ object, count, lastMs }) => [object, count, lastMs])

describe('the log of what was refused', () => {
  it('counts the same again within a minute, and puts it first', () => {
    const log = new AccessLog()
    log.add(refused, client, 0, 10)
    log.add({ ...refused, object: 'other' }, client, 1, 10)
    log.add(refused, client, 60_000, 10)
    expect(shown(log)).toEqual([['secret', 2, 60_000], ['other', 1, 1]])
    log.add(refused, client, 120_001, 10)
    expect(shown(log)).toEqual([['secret', 1, 120_001], ['secret', 2, 60_000], ['other', 1, 1]])
  })

  it.each([{ reason: 'channel' }, { context: 'lua' }, { username: 'bob' }] as const)('lists apart what differs in %j', (difference) => {
    const log = new AccessLog()
    log.add(refused, client, 0, 10)
    log.add({ ...refused, ...difference }, client, 0, 10)
    expect(log.latest(10)).toHaveLength(2)
  })

  it('forgets the oldest beyond its length', () => {
    const log = new AccessLog()
    for (const object of ['a', 'b', 'c']) log.add({ ...refused, object }, client, 0, 2)
    expect(shown(log)).toEqual([['c', 1, 0], ['b', 1, 0]])
    expect(log.latest(1)).toHaveLength(1)
    log.clear()
    expect(log.latest(10)).toEqual([])
  })
})
