import { script } from './script.ts'

/**
 * What is there of the live generation, for a process that begins: sets fingerprint and code to its own.
 * A topology older than the registry is given an id and a registry of what it is known to have.
 *
 * KEYS: offsets, meta, registry, meta of the replay. ARGV: fingerprint, code, a fresh id, then all result
 * keys that are known. Answers NEW, REPLACED (the last swap put this code's results aside) or KNOWN, id,
 * fingerprint before.
 */
export const recogniseScript = script(`
local call = redis.call
local stored, code, id = unpack(call('HMGET', KEYS[2], 'fingerprint', 'code', 'id'))
if not stored and call('EXISTS', KEYS[1]) == 0 then return {'NEW'} end
local previous = call('HMGET', KEYS[4], 'status', 'code')
if previous[1] == 'previous' and previous[2] == ARGV[2] and code ~= ARGV[2] then return {'REPLACED'} end
if not id then
  id = ARGV[3]
  call('HSET', KEYS[2], 'id', id, 'generation', '1')
  for i = 4, #ARGV do
    if call('EXISTS', ARGV[i]) == 1 then call('SADD', KEYS[3], ARGV[i]) end
  end
end
if stored ~= ARGV[1] or code ~= ARGV[2] then call('HSET', KEYS[2], 'fingerprint', ARGV[1], 'code', ARGV[2]) end
return {'KNOWN', id, stored or ''}
`)

/**
 * An offsets field is `next|owner|commit id`. Taking over keeps the commit id, so that a late resend
 * of the last commit is still told apart from a new one.
 *
 * KEYS: offsets, meta. ARGV: generation, the id it had for us, code, owner, then partitions. Live may be another
 * one by now if it is made by the same code. Answers OK, id, then the next offset of each or ''; or, and takes nothing, OTHER
 * and the generation's number or ''.
 */
export const acquireScript = script(`
local call = redis.call
local id, number, code, status = unpack(call('HMGET', KEYS[2], 'id', 'generation', 'code', 'status'))
local other = id ~= ARGV[2]
if ARGV[1] == 'live' then other = other and id and code ~= ARGV[3] else other = other or status ~= 'building' end
if other then return {'OTHER', number or ''} end
local answers = {'OK', id or ''}
for i = 5, #ARGV do
  local stored = call('HGET', KEYS[1], ARGV[i])
  local next, last
  if stored then next, last = string.match(stored, '^(%d+)|[^|]*|(.*)$') end
  if next then call('HSET', KEYS[1], ARGV[i], next .. '|' .. ARGV[4] .. '|' .. last) end
  answers[#answers + 1] = next or ''
end
return answers
`)

/**
 * A partition that has a position keeps it; the meta hash remembers where each one began.
 *
 * KEYS: offsets, meta. ARGV: the id the generation must have, or '' when it may be made; fingerprint, code, time, a
 * fresh id, then partition and offset in turn. Answers the id, or '' and changes nothing when it is another.
 */
export const deployScript = script(`
local call = redis.call
local id = call('HGET', KEYS[2], 'id')
if ARGV[1] ~= '' then
  if id ~= ARGV[1] then return '' end
elseif not id then
  id = ARGV[5]
  call('HSET', KEYS[2], 'id', id, 'generation', '1', 'status', 'live', 'fingerprint', ARGV[2], 'code', ARGV[3], 'created', ARGV[4], 'registry', '1')
end
for i = 6, #ARGV, 2 do
  if call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1] .. '||') == 1 then
    call('HSET', KEYS[2], 'start:' .. ARGV[i], ARGV[i + 1])
  end
end
return id
`)
