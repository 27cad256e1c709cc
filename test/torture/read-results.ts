import type { Redis } from 'ioredis'
import type { Results, Vector } from './oracle.ts'

/** Positions and every result of a topology at one moment. */
export interface Snapshot {
  readonly vector: Vector
  readonly results: Results
}

const script = `
local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local type = redis.call('TYPE', key).ok
  local content
  if type == 'hash' then content = redis.call('HGETALL', key)
  elseif type == 'set' then content = redis.call('SMEMBERS', key)
  elseif type == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  else content = {} end
  found[#found + 1] = { key, type, content }
end
return { redis.call('HGETALL', KEYS[1]), found }
`

type Reply = readonly [offsets: readonly string[], found: readonly (readonly [key: string, type: string, content: readonly string[]])[]]

/** Reads all of it in one script. */
export async function readResults(redis: Redis, topology: string): Promise<Snapshot> {
  const [offsets, found] = await redis.eval(script, 1, `{${topology}}:offsets`, `${topology}:*`) as Reply
  const vector = new Map<number, number>()
  for (let i = 0; i < offsets.length; i += 2) vector.set(Number(offsets[i]!.slice(offsets[i]!.lastIndexOf('/') + 1)), Number(offsets[i + 1]!.split('|', 1)[0]))
  const results = new Map<string, ReadonlyMap<string, string>>()
  for (const [key, type, content] of found) {
    if (type === 'set') results.set(key, new Map(content.map((member) => [member, ''])))
    else results.set(key, new Map(Array.from({ length: content.length / 2 }, (_, i) => [content[2 * i]!, content[2 * i + 1]!])))
  }
  return { vector, results }
}

export function counted(vector: Vector): number {
  let records = 0
  for (const next of vector.values()) records += next
  return records
}
