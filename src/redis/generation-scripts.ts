import { script } from './script.ts'

/**
 * Each is one step that can be repeated. Answers begin with OK, or with why nothing was changed: NONE (there is
 * no such generation), STATUS and the status it has, HELD (another caller holds live).
 */

/** Whether another caller than `holder` holds the generation of `meta`. */
const heldByAnother = `
local call = redis.call
local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function heldByAnother(meta, holder)
  local held = call('HMGET', meta, 'held', 'holder')
  return held[1] and tonumber(held[1]) > now() and held[2] ~= holder
end
`

/**
 * Before results are moved or deleted, which cannot be undone: the error where the user may not. Redis 7 can be
 * asked; before, whoever may read a key may change it, if the command is allowed at all.
 */
const mayNot = `
local function mayNot(command, names, keysOf)
  local ask = redis.acl_check_cmd
  if ask and ask(command, '\\0' .. ARGV[1], '\\0' .. ARGV[1]) then return end
  for _, name in ipairs(names) do
    local a, b = keysOf(name)
    if not ask then call('EXISTS', a, b)
    elseif not ask(command, a, b) or not ask(command, b, a) then
      return redis.error_reply('NOPERM this user has no permissions to run the ' .. command .. ' command on ' .. a)
    end
  end
end
`

/** Two keys, if there are any, change names. */
const exchange = `
local function exchange(a, b, spare)
  local here, there = redis.call('EXISTS', a) == 1, redis.call('EXISTS', b) == 1
  if here then redis.call('RENAME', a, there and spare or b) end
  if there then redis.call('RENAME', b, a) end
  if here and there then redis.call('RENAME', spare, b) end
  return here, there
end
`

/** Notes in the meta of results how far those had counted that they take the place of. `left` is the offsets hash of those. */
const setBack = `
local function setBack(meta, left)
  for i = 1, #left, 2 do redis.call('HSET', meta, 'back:' .. left[i], string.match(left[i + 1], '^%d+')) end
end
`

/** Names of all results in some generations, each once. Takes the keys of the set and the log of each in turn. */
const namesOf = `
local function namesOf(keys)
  local names, seen = {}, {}
  local function add(some)
    for _, name in ipairs(some) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  for i = 1, #keys, 2 do
    add(redis.call('SMEMBERS', keys[i]))
    for at = 0, redis.call('LLEN', keys[i + 1]) - 1, 100 do
      for _, packed in ipairs(redis.call('LRANGE', keys[i + 1], at, at + 99)) do add(cmsgpack.unpack(packed)) end
    end
  end
  return names
end
`

/** KEYS: a log of names. ARGV: how many entries to pass over, how many to read. Answers the names in those. */
export const loggedScript = script(`
local names = {}
for _, packed in ipairs(redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1)) do
  for _, name in ipairs(cmsgpack.unpack(packed)) do names[#names + 1] = name end
end
return names
`)

/** KEYS: offsets, meta, set of names of each generation. Answers for each: meta, offsets, size of the set. */
export const lookScript = script(`
local answers = {}
for i = 1, #KEYS, 3 do
  answers[#answers + 1] = {redis.call('HGETALL', KEYS[i + 1]), redis.call('HGETALL', KEYS[i]), redis.call('SCARD', KEYS[i + 2])}
end
return answers
`)

/**
 * KEYS: offsets, meta, meta of live. ARGV: id, number of starts, their partitions and offsets in turn, then
 * fields and values of meta in turn.
 */
export const beginScript = script(`
local call = redis.call
local id, status = unpack(call('HMGET', KEYS[2], 'id', 'status'))
if id == ARGV[1] then return {'OK'} end
if status then return {'STATUS', status} end
local live = call('HMGET', KEYS[3], 'id', 'generation')
if not live[1] then return {'NONE'} end
local last = 2 + 2 * ARGV[2]
for i = 3, last, 2 do
  call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. '||')
  call('HSET', KEYS[2], 'start:' .. ARGV[i], ARGV[i + 1])
end
for i = last + 1, #ARGV, 2 do call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
call('HSET', KEYS[2], 'id', ARGV[1], 'status', 'building', 'registry', '1', 'generation', string.format('%.0f', live[2] + 1))
return {'OK'}
`)

/** KEYS: meta of a generation that is being built. ARGV: fields and values in turn. */
export const noteScript = script(`
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return {'NONE'} end
if status ~= 'building' then return {'STATUS', status} end
for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return {'OK'}
`)

/** KEYS: offsets, meta. ARGV: holder, ms. Answers OK and the offsets hash. */
export const holdScript = script(`${heldByAnother}
if call('EXISTS', KEYS[2]) == 0 then return {'NONE'} end
if heldByAnother(KEYS[2], ARGV[1]) then return {'HELD'} end
call('HSET', KEYS[2], 'held', string.format('%.0f', now() + ARGV[2]), 'holder', ARGV[1])
return {'OK', call('HGETALL', KEYS[1])}
`)

/** KEYS: meta. ARGV: holder. */
export const releaseScript = script(`
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HDEL', KEYS[1], 'held', 'holder') end
return {'OK'}
`)

/**
 * Generations change places by their keys' names: those of every result in either registry, and their own.
 * About 10 µs for each result that both have; Redis does nothing else meanwhile.
 *
 * KEYS: own keys of live, those of the other, and a free one. ARGV: operation, the status the other must have,
 * holder, prefix. Answers OK and live's number, or BEHIND, partition and how many records it lacks.
 */
export const swapScript = script(`${heldByAnother}${mayNot}${exchange}${namesOf}${setBack}
local operation, expected, holder, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local half, spare = (#KEYS - 1) / 2, KEYS[#KEYS]
local live, other = KEYS[2], KEYS[half + 2]
local id, number, last = unpack(call('HMGET', live, 'id', 'generation', 'operation'))
local found, status, before = unpack(call('HMGET', other, 'id', 'status', 'operation'))
if last == operation or before == operation then return {'OK', number} end
if not id or not found then return {'NONE'} end
if status ~= expected then return {'STATUS', status} end
if heldByAnother(live, holder) then return {'HELD'} end

if expected == 'building' then
  local reached, furthest, most = call('HGETALL', KEYS[1]), nil, 0
  for i = 1, #reached, 2 do
    local there = call('HGET', KEYS[half + 1], reached[i])
    local next = there and string.match(there, '^%d+') or call('HGET', live, 'start:' .. reached[i]) or 0
    local records = string.match(reached[i + 1], '^%d+') - next
    if records > most then furthest, most = reached[i], records end
  end
  if furthest then return {'BEHIND', furthest, string.format('%.0f', most)} end
end

local names = namesOf({KEYS[3], KEYS[7], KEYS[half + 3], KEYS[half + 7]})
local refused = mayNot('RENAME', names, function(name) return name, prefix .. name end)
if refused then return refused end
for _, name in ipairs(names) do exchange(name, prefix .. name, spare) end
for i = 1, half do exchange(KEYS[i], KEYS[half + i], spare) end

number = string.format('%.0f', number + 1)
for _, field in ipairs(call('HKEYS', live)) do
  if field == 'paused' or field == 'rate' or string.find(field, '^limit:') then call('HDEL', live, field) end
end
for _, meta in ipairs({live, other}) do call('HDEL', meta, 'held', 'holder') end
call('HSET', live, 'status', 'live', 'generation', number, 'operation', operation)
call('HSET', other, 'status', 'previous')
if expected == 'previous' then
  call('HSET', live, 'set-back', 'rollback')
  setBack(live, call('HGETALL', KEYS[half + 1]))
end
return {'OK', number}
`)

/**
 * The results of windows that lie in a span are exchanged with those of a replay that stands exactly where live
 * does; live keeps its positions and everything else. The replay is over then, and what it holds waits for `drop`.
 *
 * KEYS: own keys of live, those of the other in the same order, and a free one; registry the third, windows the
 * sixth of its generation. ARGV: operation, holder, prefix, start and end of the span in ms. Answers OK and how many
 * windows live has in the span now, or APART, partition and how many records the replay lacks (below 0: is ahead).
 */
export const repairScript = script(`${heldByAnother}${mayNot}${exchange}
local operation, holder, prefix, from, to = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local half, spare = (#KEYS - 1) / 2, KEYS[#KEYS]
local live, other = KEYS[2], KEYS[half + 2]
local id, last, repaired = unpack(call('HMGET', live, 'id', 'operation', 'repaired'))
if last == operation then return {'OK', repaired} end
local found, status = unpack(call('HMGET', other, 'id', 'status'))
if not id or not found then return {'NONE'} end
if status ~= 'building' then return {'STATUS', status} end
if heldByAnother(live, holder) then return {'HELD'} end

for _, pair in ipairs({{KEYS[1], KEYS[half + 1], 1}, {KEYS[half + 1], KEYS[1], -1}}) do
  local reached = call('HGETALL', pair[1])
  for i = 1, #reached, 2 do
    local there = string.match(call('HGET', pair[2], reached[i]) or '', '^%d+') or 0
    local records = string.match(reached[i + 1], '^%d+') - there
    if records ~= 0 then return {'APART', reached[i], string.format('%.0f', pair[3] * records)} end
  end
end

local names, windows = {}, {}
for _, key in ipairs({KEYS[6], KEYS[half + 6]}) do
  local found = call('HGETALL', key)
  for i = 1, #found, 2 do
    local first, last = string.match(found[i + 1], '^(%S+) (%S+)$')
    if not windows[found[i]] and tonumber(first) >= from and tonumber(last) <= to then
      windows[found[i]] = found[i + 1]
      names[#names + 1] = found[i]
    end
  end
end
local refused = mayNot('RENAME', names, function(name) return name, prefix .. name end)
if refused then return refused end
local count = 0
for _, name in ipairs(names) do
  local here, there = exchange(name, prefix .. name, spare)
  if there then
    count = count + 1
    if not here then call('SADD', KEYS[3], name) end
    call('HSET', KEYS[6], name, windows[name])
  else
    call('SREM', KEYS[3], name)
    call('HDEL', KEYS[6], name)
  end
  -- Whoever drops the rest finds it there.
  if here then call('SADD', KEYS[half + 3], name) end
end
call('HDEL', live, 'held', 'holder')
call('HSET', live, 'operation', operation, 'repaired', tostring(count))
call('HSET', other, 'status', 'dropped')
return {'OK', tostring(count)}
`)

/**
 * KEYS: own keys of live, meta the second, registry the third. ARGV: id, holder, number of starts, their
 * partitions and offsets in turn, then fields and values of meta in turn.
 */
export const resetScript = script(`${heldByAnother}${mayNot}${namesOf}${setBack}
local id, number = unpack(call('HMGET', KEYS[2], 'id', 'generation'))
if not id then return {'NONE'} end
if id == ARGV[1] then return {'OK'} end
if heldByAnother(KEYS[2], ARGV[2]) then return {'HELD'} end
local names = namesOf({KEYS[3], KEYS[7]})
local refused = mayNot('UNLINK', names, function(name) return name, name end)
if refused then return refused end
local left = call('HGETALL', KEYS[1])
for _, name in ipairs(names) do call('UNLINK', name) end
for _, key in ipairs(KEYS) do call('UNLINK', key) end
local last = 3 + 2 * ARGV[3]
for i = 4, last, 2 do
  call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. '||')
  call('HSET', KEYS[2], 'start:' .. ARGV[i], ARGV[i + 1])
end
for i = last + 1, #ARGV, 2 do call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
call('HSET', KEYS[2], 'id', ARGV[1], 'status', 'live', 'registry', '1', 'set-back', 'reset', 'generation', string.format('%.0f', number + 1))
setBack(KEYS[2], left)
return {'OK'}
`)

/**
 * One slice. KEYS: own keys, in their order. ARGV: prefix, size of the slice. Answers how many results may be left;
 * with none left the generation is gone.
 */
export const dropScript = script(`
local call = redis.call
local meta, set, log = KEYS[2], KEYS[3], KEYS[7]
if call('EXISTS', meta) == 0 then return 0 end
call('HSET', meta, 'status', 'dropped')
local function delete(names)
  for _, name in ipairs(names) do call('UNLINK', ARGV[1] .. name) end
  return #names
end
local entries, deleted = 0, 0
for _, packed in ipairs(call('LRANGE', log, 0, 99)) do
  entries = entries + 1
  deleted = deleted + delete(cmsgpack.unpack(packed))
  if deleted >= tonumber(ARGV[2]) then break end
end
if entries > 0 then
  call('LTRIM', log, entries, -1)
  return 1
end
local names = call('SRANDMEMBER', set, ARGV[2])
if delete(names) > 0 then
  call('SREM', set, unpack(names))
  return 1
end
for _, key in ipairs(KEYS) do call('UNLINK', key) end
return 0
`)
