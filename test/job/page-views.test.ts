import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { pageViews } from '../support/data/page-views.ts'
import { load } from '../support/load.ts'
import { killLeftovers, runMillrace } from '../support/millrace-process.ts'
import { startRedis } from '../support/redis-server.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { createTopic } from '../support/topics.ts'

/** As shipped: its keys have fixed names, so it gets a Redis of its own. */
describe('the page views topology', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })
  afterEach(killLeftovers)

  it('counts per page, per page and minute, and distinct visitors, made of functions or of library bolts', async () => {
    const minuteMs = 60_000
    const startMs = Math.floor(Date.now() / minuteMs) * minuteMs - 3_600_000
    const views = [...pageViews(20_000, startMs)]
    await createTopic(inject('kafkaBrokers'), 'page-views', 4)
    await load(inject('kafkaBrokers'), 'page-views', views.map((view) => JSON.stringify(view)))

    const perKey = new Map<string, Map<string, number>>()
    const visitors = new Map<string, Set<string>>()
    for (const { page, visitor, at } of views) {
      for (const key of ['views', `views:${new Date(at - (at % minuteMs)).toISOString()}`]) {
        const counts = perKey.get(key) ?? new Map<string, number>()
        perKey.set(key, counts.set(page, (counts.get(page) ?? 0) + 1))
      }
      visitors.set(page, (visitors.get(page) ?? new Set()).add(visitor))
    }
    for (const name of ['page-views', 'page-views-bolts']) {
      await redis.flushall()
      expect(await runMillrace(['run', `topologies/${name}.ts`, '--brokers', inject('kafkaBrokers').join(','), '--redis', server.url, '--workers', '2', '--until-caught-up', '--log-level', 'warn'])).toMatchObject({ code: 0, stderr: '' })
      for (const [key, counts] of perKey) expect(await redis.hgetall(key), key).toEqual(Object.fromEntries([...counts].map(([page, count]) => [page, String(count)])))
      expect((await redis.keys('views:*')).length).toBe(perKey.size - 1)
      for (const [page, seen] of visitors) {
        const estimate = await redis.pfcount(`visitors:${page}`)
        expect(Math.abs(estimate - seen.size) / seen.size, page).toBeLessThan(0.05)
      }
    }
  })
})
