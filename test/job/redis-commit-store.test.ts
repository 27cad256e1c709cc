import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import type { SealingStore } from '../contract/sealing-store.ts'
import { commitStoreContract } from '../contract/commit-store.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { redisKeyspace } from './redis-keyspace.ts'
import { redisStore } from './redis-store.ts'

describe('the store in Redis', () => {
  let server: RedisServer
  let redis: Redis
  const stores: SealingStore[] = []
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  commitStoreContract(async () => {
    await redis.flushall()
    return {
      connect: (topology) => {
        const store = redisStore(server.url, topology === undefined ? {} : { topology })
        stores.push(store)
        return store
      },
      keyspaces: redisKeyspace(redis),
    }
  })
})
