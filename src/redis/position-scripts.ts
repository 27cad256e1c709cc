import { script } from './script.ts'

/**
 * An offsets field is `next|owner|commit id`. Taking over keeps the commit id, so that a late resend
 * of the last commit is still told apart from a new one.
 *
 * KEYS: offsets hash. ARGV: owner, then partitions. Answers the next offset of each, or ''.
 */
export const acquireScript = script(`
local answers = {}
for i = 2, #ARGV do
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  local next, last
  if stored then next, last = string.match(stored, '^(%d+)|[^|]*|(.*)$') end
  if next then redis.call('HSET', KEYS[1], ARGV[i], next .. '|' .. ARGV[1] .. '|' .. last) end
  answers[i - 1] = next or ''
end
return answers
`)

/**
 * KEYS: offsets hash, meta hash. ARGV: fingerprint, time, then partition and offset in turn.
 * A partition that has a position keeps it; the meta hash remembers where each one began.
 */
export const deployScript = script(`
redis.call('HSET', KEYS[2], 'fingerprint', ARGV[1])
redis.call('HSETNX', KEYS[2], 'status', 'live')
redis.call('HSETNX', KEYS[2], 'created', ARGV[2])
for i = 3, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1] .. '||') == 1 then
    redis.call('HSET', KEYS[2], 'start:' .. ARGV[i], ARGV[i + 1])
  end
end
return 'OK'
`)
