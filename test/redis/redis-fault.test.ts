import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RedisFault } from '../../src/redis/redis-fault.ts'

const canary = 'c4n4ry-$ecret'

describe('a fault of Redis', () => {
  it.each([
    `ERR unknown command 'AUTH', with args beginning with: 'default' '${canary}'`,
    `connect ECONNREFUSED redis://user:${canary}@host:6379`,
    `something odd about ${canary} itself`,
    `ERR password=${canary}`,
  ])('never shows a secret: %s', (message) => {
    const fault = new RedisFault(message, true, [canary])
    expect(inspect(fault, { depth: 9 })).not.toContain(canary)
    expect(inspect(fault.toError('host:6379'), { depth: 9 })).not.toContain(canary)
    expect(JSON.stringify(fault.toError('host:6379').toData())).not.toContain(canary)
  })

  it('is told by the first word of the answer, and has none when nothing was answered', () => {
    expect(new RedisFault('WRONGPASS invalid username-password pair', true).code).toBe('WRONGPASS')
    expect(new RedisFault('no capitals', true).code).toBe('ERR')
    expect(new RedisFault('OOM that the client made up', false).code).toBe('')
  })

  it('passes when the outcome is unknown or the cause is temporary', () => {
    expect(new RedisFault('Command timed out', false).passes).toBe(true)
    expect(new RedisFault('ERR max number of clients reached', true).passes).toBe(true)
    expect(new RedisFault('ERR other', true).passes).toBe(false)
    expect(new RedisFault('NOAUTH Authentication required.', true).passes).toBe(false)
  })
})
