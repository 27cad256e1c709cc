import type { Redis } from 'ioredis'
import { topologyKeys } from '../../src/redis/topology-keys.ts'
import { fatesKey, type Results, type Vector } from './oracle.ts'

/** One generation's positions and every result of it, at one moment. */
export interface Snapshot {
  /** First offset that is counted, and next to be, by partition. */
  readonly starts: Vector
  readonly vector: Vector
  readonly results: Results
}

const script = `
local generations = {}
for i = 1, #KEYS, 3 do
  local prefix = ARGV[1 + (i - 1) / 3]
  local found = {}
  for _, key in ipairs(redis.call('KEYS', prefix .. ARGV[3])) do
    local type = redis.call('TYPE', key).ok
    local content = {}
    if type == 'hash' then content = redis.call('HGETALL', key)
    elseif type == 'set' then content = redis.call('SMEMBERS', key)
    elseif type == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
    found[#found + 1] = { string.sub(key, #prefix + 1), type, content }
  end
  local status = redis.call('HGET', KEYS[i + 1], 'status')
  -- What is being deleted is no generation any more.
  if status ~= 'dropped' then generations[#generations + 1] = { redis.call('HGETALL', KEYS[i]), redis.call('HGETALL', KEYS[i + 1]), redis.call('HGETALL', KEYS[i + 2]), found } end
end
return generations
`

type Reply = readonly (readonly [offsets: readonly string[], meta: readonly string[], fates: readonly string[], found: readonly (readonly [key: string, type: string, content: readonly string[]])[]])[]

/** Reads all generations in one script: what is live, and what is built beside it or was live before. */
export async function readResults(redis: Redis, topology: string): Promise<readonly Snapshot[]> {
  const generations = (['live', 'replay'] as const).map((generation) => topologyKeys(topology, generation))
  const keys = generations.flatMap(({ offsets, meta, fates }) => [offsets, meta, fates])
  const reply = await redis.eval(script, keys.length, ...keys, ...generations.map(({ prefix }) => prefix), `${topology}:*`) as Reply
  return reply.map(([offsets, meta, fates, found]) => {
    const results = new Map<string, ReadonlyMap<string, string>>()
    for (const [key, type, content] of found) results.set(key, type === 'set' ? new Map(content.map((member) => [member, ''])) : new Map(pairs(content)))
    if (fates.length > 0) results.set(fatesKey, new Map(pairs(fates).map(([partition, value]) => [String(numberOf(partition)), value])))
    return {
      starts: new Map(pairs(meta).filter(([field]) => field.startsWith('start:')).map(([field, value]) => [numberOf(field), Number(value)])),
      vector: new Map(pairs(offsets).map(([partition, value]) => [numberOf(partition), Number(value.split('|', 1)[0])])),
      results,
    }
  })
}

export function counted(vector: Vector): number {
  let records = 0
  for (const next of vector.values()) records += next
  return records
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
}

/** Of `topic/partition`. */
function numberOf(partition: string): number {
  return Number(partition.slice(partition.lastIndexOf('/') + 1))
}
