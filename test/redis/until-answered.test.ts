import { describe, expect, it } from 'vitest'
import type { Logger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { RedisFault } from '../../src/redis/redis-fault.ts'
import { untilAnswered } from '../../src/redis/until-answered.ts'
import { FakeConnection } from './fake-connection.ts'

const lost = new RedisFault('Connection is closed.', false)

function setup(answers: readonly unknown[]) {
  const connection = new FakeConnection(answers)
  const clock = new ManualClock()
  const closed = new AbortController()
  const lines: unknown[] = []
  const keep = (message: string, fields?: unknown): void => void lines.push([message, fields])
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
  const answer = untilAnswered('commit', () => connection.call('PING', []), { connection, clock, log, closed: closed.signal })
  answer.catch(() => {})
  return { connection, clock, closed, lines, answer }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('a call that is made until it is answered', () => {
  it.each(['LOADING Redis is loading', 'BUSY a script runs', 'READONLY a replica', 'OOM command not allowed', 'CLUSTERDOWN', 'MASTERDOWN Link down', 'TRYAGAIN', 'MISCONF disk', 'NOREPLICAS none'])('is made again after %s', async (message) => {
    const { clock, answer } = setup([new RedisFault(message, true), 'PONG'])
    await settled()
    clock.advance(100)
    expect(await answer).toBe('PONG')
  })

  it('waits longer each time, up to two seconds', async () => {
    const { clock, connection } = setup(Array.from({ length: 20 }, () => lost))
    const waits: (number | undefined)[] = []
    for (let i = 0; i < 8; i++) {
      await settled()
      waits.push(clock.nextTimerMs())
      clock.advance(clock.nextTimerMs()!)
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000])
    expect(connection.calls.length).toBeGreaterThanOrEqual(8)
  })

  it('is made at once when the connection is back', async () => {
    const { connection, answer, clock } = setup([lost, 'PONG'])
    await settled()
    connection.becomeReady()
    expect(await answer).toBe('PONG')
    expect(clock.nextTimerMs()).toBeUndefined()
    expect(connection.waiting).toBe(0)
  })

  it('is logged at once and then every ten seconds, not at every try', async () => {
    const { clock, lines } = setup(Array.from({ length: 30 }, () => lost))
    for (let i = 0; i < 15; i++) {
      await settled()
      clock.advance(clock.nextTimerMs()!)
    }
    expect(clock.monotonic()).toBe(23_100)
    expect(lines).toHaveLength(3)
  })

  it('rejects at once with what does not pass by waiting', async () => {
    await expect(setup([new RedisFault('NOPERM no', true)]).answer).rejects.toMatchObject({ code: 'MR_REDIS_AUTH', place: { at: 'redis.test:6379' } })
    await expect(setup([new RedisFault('ERR odd', true)]).answer).rejects.toMatchObject({ code: 'MR_REDIS_REFUSED' })
    await expect(setup([new RedisFault('MOVED 1 host:1', true)]).answer).rejects.toMatchObject({ code: 'MR_REDIS_CLUSTER' })
  })

  it('rejects when the store is closed, while it waits for an answer or for its next try', async () => {
    const hanging = setup([new Promise(() => {})])
    hanging.closed.abort()
    await expect(hanging.answer).rejects.toMatchObject({ code: 'MR_REDIS_CLOSED' })
    const pausing = setup([lost, 'PONG'])
    await settled()
    pausing.closed.abort()
    await expect(pausing.answer).rejects.toMatchObject({ code: 'MR_REDIS_CLOSED' })
    expect(pausing.clock.nextTimerMs()).toBeUndefined()
  })
})
