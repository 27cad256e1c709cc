import { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { Keyspace, Keyspaces } from '../contract/keyspace.ts'

/** A second client's view of everything in a Redis of our own, without what topologies keep for themselves. */
export function redisKeyspace(redis: Redis): Keyspaces {
  return {
    dump: () => dump(redis),
    putHash: async (key, fields) => void await redis.hset(key, fields),
    putSet: async (key, member) => void await redis.sadd(key, member),
    putString: async (key, text) => void await redis.set(key, text),
    seal: async (topology) => void await redis.hset(`{${topology}}:meta`, 'status', 'sealed'),
  }
}

/** Everything, positions included, byte for byte where order does not matter to Redis. */
export async function everything(redis: Redis): Promise<Keyspace> {
  const result: Record<string, unknown> = {}
  for (const key of (await redis.keys('*')).sort()) {
    const type = await redis.type(key)
    result[key] = { type, expires: await redis.call('PEXPIRETIME', key), value: await raw(redis, key, type) }
  }
  return result
}

async function raw(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'hash':
      return sorted(await redis.hgetall(key))
    case 'set':
      return (await redis.smembers(key)).sort()
    case 'zset':
      return redis.zrange(key, 0, -1, 'WITHSCORES')
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'stream':
      return [await redis.xrange(key, '-', '+'), await redis.xinfo('STREAM', key)]
    default:
      return (await redis.getBuffer(key))!.toString('hex')
  }
}

async function dump(redis: Redis): Promise<Keyspace> {
  const result: Record<string, unknown> = {}
  for (const key of (await redis.keys('*')).sort()) {
    if (key.startsWith('{')) continue
    result[key] = { ...await shown(redis, key), expires: await redis.call('PEXPIRETIME', key) }
  }
  return result
}

async function shown(redis: Redis, key: string): Promise<object> {
  switch (await redis.type(key)) {
    case 'hash':
      return { fields: await redis.hgetall(key) }
    case 'set':
      return { members: (await redis.smembers(key)).sort() }
    case 'zset': {
      const flat = await redis.zrange(key, 0, -1, 'WITHSCORES')
      return { scores: Object.fromEntries(flat.flatMap((member, i) => (i % 2 === 0 ? [[member, Number(flat[i + 1])]] : []))) }
    }
    case 'list':
      return { items: await redis.lrange(key, 0, -1) }
    case 'stream':
      return { entries: (await redis.xrange(key, '-', '+')).map(([, fields]) => fields) }
    default: {
      const text = await redis.get(key)
      return text!.startsWith('HYLL') && text!.charCodeAt(4) <= 1 ? { distinct: await redis.pfcount(key) } : { text }
    }
  }
}

function sorted(fields: Readonly<Record<string, string>>): unknown {
  return Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** What the registry of a generation says; `own` is what its own keys begin with. Fails when the log has a name twice. */
export async function registeredNames(redis: Redis, own: string): Promise<string[]> {
  const logged = (await redis.eval(`
    local names = {}
    for _, packed in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
      for _, name in ipairs(cmsgpack.unpack(packed)) do names[#names + 1] = name end
    end
    return names`, 1, `${own}key-log`)) as string[]
  expect(new Set(logged).size).toBe(logged.length)
  return Array.from(new Set([...logged, ...await redis.smembers(`${own}keys`)])).sort()
}
