import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { allKinds } from '../contract/commit-store.ts'
import { everything } from '../job/redis-keyspace.ts'
import { keptLog, redisStore } from '../job/redis-store.ts'
import { freePort } from '../support/free-port.ts'
import { startRedis } from '../support/redis-server.ts'
import { waitUntil } from '../support/wait-until.ts'

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

test('a commit to a Redis that has become a replica leaves nothing behind, and goes through once it is the primary again', async () => {
  const [server, other] = await Promise.all([startRedis(), startRedis({ config: { requirepass: 'closed' } })])
  closing.push(() => server.stop(), () => other.stop())
  const redis = new Redis(server.url)
  closing.push(async () => redis.disconnect())
  const { log, lines } = keptLog()
  const store = redisStore(server.url, { log })
  closing.push(() => store.close())
  await store.open()
  await store.deploy([{ partition: 'a/0', offset: 0 }])
  await store.acquire('me', ['a/0'])
  await redis.set('last', 'before')
  const before = await everything(redis)
  // The primary it is to follow never lets it in, so its data stay as they are.
  await redis.call('REPLICAOF', ['127.0.0.1', String(other.port)])
  const answer = store.commit({ owner: 'me', sequence: 1, ranges: [{ partition: 'a/0', from: 0, to: 5 }], writes: allKinds() })
  await waitUntil('the replica to refuse', () => Promise.resolve(lines.some(({ fields }) => String(fields['cause']).includes('READONLY'))))
  expect(await everything(redis)).toEqual(before)
  await redis.call('REPLICAOF', ['NO', 'ONE'])
  expect(await answer).toEqual({ answer: 'OK' })
})
