import { MillraceError, type ErrorCode } from '../errors.ts'
import type { KeyType } from '../state/write-set.ts'
import { redisTypes, type ResultKey } from './result-keys.ts'
import { script } from './script.ts'

const oldest = [6, 2] as const

/** Refuses a server on which commits would fail or results could vanish. `info` is the answer to INFO. */
export function checkServer(info: string, address: string): void {
  const fields = new Map(Array.from(info.matchAll(/^([^#:\r\n]+):([^\r\n]*)/gm), ([, name, value]) => [name!, value!]))
  const version = fields.get('redis_version') ?? 'unknown'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!(major > oldest[0] || (major === oldest[0] && minor >= oldest[1]))) {
    throw refused('MR_REDIS_VERSION', `version ${version}`, address, `use Redis ${oldest.join('.')} or newer, or Valkey`)
  }
  if ((fields.get('cluster_enabled') ?? '0') !== '0') {
    throw refused('MR_REDIS_CLUSTER', 'cluster mode', address, 'all keys of a topology change in one script and would have to share a slot; use a Redis that is not a cluster')
  }
  const role = fields.get('role') ?? 'master'
  if (role !== 'master') throw refused('MR_REDIS_REPLICA', `role ${role}`, address, 'give the address of the primary')
  const policy = fields.get('maxmemory_policy') ?? 'noeviction'
  if (policy !== 'noeviction' && !policy.startsWith('volatile-')) {
    throw refused('MR_REDIS_EVICTION', `maxmemory-policy ${policy}`, address, 'set maxmemory-policy to noeviction (or volatile-*, which evicts only keys with an expiry): an evicted counter is lost silently')
  }
}

function refused(code: ErrorCode, found: string, address: string, remedy: string): MillraceError {
  return new MillraceError(code, `Redis at ${address} has ${found}`, { place: { at: address }, remedy })
}

/** `found` is what TYPE answers for the key; `known` whether this topology has been here before. */
export function checkResultKey({ key, type }: ResultKey, found: string, known: boolean): void {
  if (found === 'none') return
  const place = { at: `key ${key}` }
  if (type !== undefined && found !== redisTypes[type]) {
    throw new MillraceError('MR_REDIS_BADTYPE', `key ${key} holds a ${found}, and the topology writes a ${redisTypes[type]}`, { place, remedy: `delete or rename it (RENAME ${key} …), or use another key` })
  }
  if (!known) {
    throw new MillraceError('MR_REDIS_KEYS_TAKEN', `key ${key} already holds a ${found}, though this topology has never written here: its results would be added to what is there`, {
      place,
      remedy: `delete or rename it (RENAME ${key} …), use another key, or another database`,
    })
  }
}

const always = ['HGET', 'HMGET', 'HSET', 'HSETNX', 'TYPE', 'EXISTS', 'SADD', 'SREM', 'SCARD', 'SRANDMEMBER', 'RPUSH', 'LLEN']
const ofType: Readonly<Record<KeyType, readonly string[]>> = {
  hash: ['HLEN', 'HINCRBY', 'HDEL', 'DEL'],
  set: ['SADD'],
  'sorted-set': ['ZINCRBY'],
  'hyper-log-log': ['PFADD', 'GETRANGE', 'STRLEN', 'GET', 'SET'],
  string: ['SET'],
  list: ['LPUSH', 'RPUSH'],
  // XINFO is a container command, which Redis cannot be asked about by name alone; who may XADD usually may.
  stream: ['XADD'],
}

/** The commands that commits of these keys need. */
export function neededCommands(keys: readonly ResultKey[]): readonly string[] {
  return Array.from(new Set([...always, ...keys.flatMap(({ type }) => (type === undefined ? [] : ofType[type]))]))
}

/**
 * Naming keys and running a script is refused with NOPERM where the user may not. KEYS: own and result
 * keys. ARGV: commands. Answers those the user may not run; before Redis 7 there is no way to ask.
 */
export const permissionScript = script(`
local refused = {}
if redis.acl_check_cmd then
  for _, command in ipairs(ARGV) do
    if not redis.acl_check_cmd(command, KEYS[1], 'a', 'b') then refused[#refused + 1] = command end
  end
end
return refused
`)
