import { RawRedis } from './raw-redis.ts'

/** Later versions word some answers differently, so byte for byte makes sense with one only. */
export async function expectRedis70(port: number): Promise<void> {
  const client = await RawRedis.open(port)
  try {
    const [info] = await client.send([['INFO', 'server']])
    const version = /redis_version:(\S+)/.exec(info!.value as string)?.[1]
    if (version?.startsWith('7.0.') !== true) throw new Error(`the Redis of millrace answers as Redis 7.0 does, and the one on PATH is ${version}; install redis-server 7.0 for this test`)
  } finally {
    client.close()
  }
}
