import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { redisStore } from '../job/redis-store.ts'
import { freePort } from '../support/free-port.ts'
import { startRedis } from '../support/redis-server.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function opening(config: Readonly<Record<string, string>>, prepare: (redis: Redis) => Promise<unknown> = () => Promise.resolve()): Promise<unknown> {
  const server = await startRedis({ config })
  closing.push(() => server.stop())
  const redis = new Redis(server.url)
  closing.push(async () => redis.disconnect())
  await prepare(redis)
  const store = redisStore(server.url)
  closing.push(() => store.close())
  return store.open()
}

test('the start refuses a replica', async () => {
  const port = await freePort()
  await expect(opening({}, (redis) => redis.call('REPLICAOF', ['127.0.0.1', String(port)]))).rejects.toMatchObject({ code: 'MR_REDIS_REPLICA' })
})

test('the start refuses a node of a Redis Cluster', async () => {
  await expect(opening({ 'cluster-enabled': 'yes' })).rejects.toMatchObject({ code: 'MR_REDIS_CLUSTER' })
})
