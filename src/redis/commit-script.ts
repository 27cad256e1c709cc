import { script } from './script.ts'

/**
 * The one place where results and positions change, in one atomic step.
 *
 * Lua is isolated in Redis but not rolled back, so the order is what makes it atomic: everything is
 * checked by reading first; then come the writes that can still fail (HINCRBY on what is no integer
 * or would overflow, PFADD into a damaged sparse HyperLogLog), with exact undo; then those that cannot,
 * and last the positions. Running out of memory, a replica, a disk error refuse the first write or none.
 *
 * KEYS: offsets hash, meta hash, then the result keys; the first ones are those with hash increments.
 * ARGV[1]: one MessagePack array, see `commit-request.ts`. One packed argument costs Redis and ioredis
 * a fraction of ten thousand small ones.
 *
 * Numbers are only read as doubles to tell new fields and extremes; sums are made by HINCRBY alone.
 * Positions are compared as strings.
 */
export const commitScript = script(`
local t = cmsgpack.unpack(ARGV[1])
local call, try = redis.call, redis.pcall
local off, meta = KEYS[1], KEYS[2]
local owner, id, n = t[1], t[2], t[3]

if call('HGET', meta, 'status') == 'sealed' then return {'SEALED', meta} end

-- unpack fails beyond 8,000 values
local chunk = 4000
local dups, apart = 0, nil
local nexts, owners = {}, {}
for base = 0, n - 1, chunk do
  local size = math.min(chunk, n - base)
  local stored = call('HMGET', off, unpack(t, 4 + base, 3 + base + size))
  for j = 1, size do
    local i = base + j
    if not stored[j] then return {'UNINIT', t[3 + i]} end
    local next, holder, last = string.match(stored[j], '^(%d+)|([^|]*)|(.*)$')
    if not next then return {'UNINIT', t[3 + i]} end
    if next == t[3 + 2 * n + i] and last == id then dups = dups + 1 else apart = apart or i end
    nexts[i], owners[i] = next, holder
  end
end
if dups == n then return {'DUP'} end
if dups > 0 then return {'MISMATCH', t[3 + apart], nexts[apart]} end
for i = 1, n do
  if owners[i] ~= owner then return {'FENCED', t[3 + i]} end
  if nexts[i] ~= t[3 + n + i] then return {'MISMATCH', t[3 + i], nexts[i]} end
end

local function refusal(reply, key)
  if string.find(reply.err, 'WRONGTYPE', 1, true) then return {'BADTYPE', key} end
  return reply
end
-- Only Redis 7 can be asked; before, a user without a right is found out at the start. A user who may
-- touch a key that nobody names and no pattern but a bare * matches may touch all, and need not be asked
-- for each.
local ask, everywhere = redis.acl_check_cmd, {}
local function may(command, key, ...)
  if not ask then return true end
  if everywhere[command] == nil then everywhere[command] = ask(command, '\\0' .. id, ...) end
  return everywhere[command] or ask(command, key, ...)
end
local function forbidden(command)
  return redis.error_reply('NOPERM this user has no permissions to run the ' .. command .. ' command')
end

local types = {}
local adds = t[4 + 3 * n]
local firstAdd = 5 + 3 * n
local at = firstAdd
local lengths = {}
if adds > 0 then
  if not may('HDEL', KEYS[3], 'f') then return forbidden('HDEL') end
  if not may('DEL', KEYS[3]) then return forbidden('DEL') end
end
for j = 1, adds do
  local length = try('HLEN', KEYS[2 + j])
  if type(length) == 'table' then return refusal(length, KEYS[2 + j]) end
  lengths[j] = length
  types[KEYS[2 + j]] = length > 0 and 'hash' or 'none'
  at = at + 1 + 2 * t[at]
end

-- The other writes: code, key, size, arguments. Each check answers a refusal, or nil and what is to run.
local function typed(key, expected)
  local found = types[key] or call('TYPE', key).ok
  types[key] = found
  if found ~= 'none' and found ~= expected then return {'BADTYPE', key} end
  return nil, found == expected
end
local function run(command, key, first, last, step)
  for i = first, last, step do call(command, key, unpack(t, i, math.min(i + step - 1, last))) end
end
local function simple(command, expected, step)
  return function(key, first, last)
    local bad = typed(key, expected)
    if bad then return bad end
    if not may(command, key, 'a', 'b') then return forbidden(command) end
    return nil, function() run(command, key, first, last, step) end
  end
end
-- Lua's tonumber would also take hexadecimal, blanks and nan.
local function decimal(text)
  if string.find(text, '^-?%d+%.?%d*[eE]?[+-]?%d*$') then return tonumber(text) end
end
local function extreme(better)
  return function(key, first, last)
    local bad = typed(key, 'hash')
    if bad then return bad end
    if not may('HSET', key, 'a', 'b') then return forbidden('HSET') end
    local size = (last - first + 1) / 2
    local changed = {}
    for base = 0, size - 1, chunk do
      local count = math.min(chunk, size - base)
      local stored = call('HMGET', key, unpack(t, first + base, first + base + count - 1))
      for j = 1, count do
        local value = t[first + size + base + j - 1]
        local old = stored[j] and decimal(stored[j])
        if stored[j] and not old then return {'REJECTED', key, 'a field to compare with is no number'} end
        if not old or better(tonumber(value), old) then
          changed[#changed + 1] = t[first + base + j - 1]
          changed[#changed + 1] = value
        end
      end
    end
    return nil, function()
      for i = 1, #changed, chunk do call('HSET', key, unpack(changed, i, math.min(i + chunk - 1, #changed))) end
    end
  end
end

local undone = {} -- sparse HyperLogLogs as they were
local risky = {}
local checks = {
  hset = simple('HSET', 'hash', chunk),
  sadd = simple('SADD', 'set', chunk),
  lpush = simple('LPUSH', 'list', chunk),
  rpush = simple('RPUSH', 'list', chunk),
  set = simple('SET', 'string', 1),
  pexpireat = function(key, first)
    if not may('PEXPIREAT', key, '1') then return forbidden('PEXPIREAT') end
    return nil, function() call('PEXPIREAT', key, t[first]) end
  end,
  max = extreme(function(a, b) return a > b end),
  min = extreme(function(a, b) return a < b end),
  -- triples: field, value, number of the list key or 0
  hsetnx = function(key, first, last)
    local bad = typed(key, 'hash')
    if bad then return bad end
    if not may('HSETNX', key, 'a', 'b') then return forbidden('HSETNX') end
    for i = first + 2, last, 3 do
      if t[i] ~= 0 then
        bad = typed(KEYS[t[i]], 'list')
        if bad then return bad end
        if not may('LPUSH', KEYS[t[i]], 'a') then return forbidden('LPUSH') end
      end
    end
    return nil, function()
      for i = first, last, 3 do
        if call('HSETNX', key, t[i], t[i + 1]) == 1 and t[i + 2] ~= 0 then call('LPUSH', KEYS[t[i + 2]], t[i]) end
      end
    end
  end,
  -- pairs: member, amount; a finite amount never makes a score that is no number
  zincrby = function(key, first, last)
    local bad = typed(key, 'zset')
    if bad then return bad end
    if not may('ZINCRBY', key, '1', 'a') then return forbidden('ZINCRBY') end
    return nil, function()
      for i = first, last, 2 do call('ZINCRBY', key, t[i + 1], t[i]) end
    end
  end,
  -- entries: size, field, value, field, value …
  xadd = function(key, first, last)
    local bad, there = typed(key, 'stream')
    if bad then return bad end
    if not may('XADD', key, '*', 'a', 'b') then return forbidden('XADD') end
    if there then
      local info = call('XINFO', 'STREAM', key)
      for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' and string.find(info[i + 1], '^18446744073709551615-') then
          return {'REJECTED', key, 'the stream has used up its ids'}
        end
      end
    end
    return nil, function()
      local i = first
      while i <= last do
        call('XADD', key, '*', unpack(t, i + 1, i + t[i]))
        i = i + 1 + t[i]
      end
    end
  end,
  pfadd = function(key, first, last)
    local bad, there = typed(key, 'string')
    if bad then return bad end
    if not may('PFADD', key, 'a') then return forbidden('PFADD') end
    local apply = function() run('PFADD', key, first, last, chunk) end
    if not there then return nil, apply end
    local head, length = call('GETRANGE', key, 0, 4), call('STRLEN', key)
    local encoding = length >= 16 and string.sub(head, 1, 4) == 'HYLL' and string.byte(head, 5)
    if encoding == 0 and length == 12304 then return nil, apply end
    if encoding ~= 1 then return {'BADTYPE', key} end
    -- A sparse one may be damaged inside, which shows only half way through.
    if not may('SET', key, 'a', 'KEEPTTL') then return forbidden('SET') end
    local before = call('GET', key)
    risky[#risky + 1] = { key = key, apply = function()
      undone[#undone + 1] = { key, before }
      apply()
    end }
  end,
}

local safe = {}
local size = t[at]
at = at + 1
for _ = 1, size do
  local key, first, last = KEYS[t[at + 1]], at + 3, at + 2 + t[at + 2]
  local bad, apply = checks[t[at]](key, first, last)
  if bad then return bad end
  safe[#safe + 1] = apply
  at = last + 1
end
if not may('HSET', off, 'a', 'b') then return forbidden('HSET') end

local number = setmetatable({}, { __index = function(numbers, text)
  numbers[text] = tonumber(text)
  return numbers[text]
end })
local onKey, onKeyFrom, lastDone = 0, firstAdd, firstAdd
local fresh = {}
local culprit
local written, fault = pcall(function()
  for _, risk in ipairs(risky) do
    culprit = risk.key
    risk.apply()
  end
  local from = firstAdd
  for j = 1, adds do
    local key, m, length = KEYS[2 + j], t[from], lengths[j]
    culprit, onKey, onKeyFrom, lastDone = key, j, from, from
    if length == 0 then
      for i = from + 1, from + m do call('HINCRBY', key, t[i], t[i + m]) end
    else
      for i = from + 1, from + m do
        -- A sum equal to its increment: the field was absent or '0', and undo must know which.
        if call('HINCRBY', key, t[i], t[i + m]) == number[t[i + m]] and call('HLEN', key) > length then
          length = length + 1
          fresh[#fresh + 1] = { key, t[i] }
        end
        lastDone = i
      end
    end
    from = from + 1 + 2 * m
  end
  culprit = nil
  for _, apply in ipairs(safe) do apply() end
  local entries = {}
  for i = 1, n do
    entries[#entries + 1] = t[3 + i]
    entries[#entries + 1] = t[3 + 2 * n + i] .. '|' .. owner .. '|' .. id
    if #entries == chunk or i == n then
      call('HSET', off, unpack(entries))
      entries = {}
    end
  end
end)
if written then return {'OK'} end

local from = firstAdd
for j = 1, onKey do
  local key, m = KEYS[2 + j], t[from]
  if lengths[j] == 0 then
    call('DEL', key)
  else
    for i = from + 1, (j == onKey and culprit) and lastDone or from + m do
      local amount = t[i + m]
      if amount ~= '0' then
        call('HINCRBY', key, t[i], string.sub(amount, 1, 1) == '-' and string.sub(amount, 2) or '-' .. amount)
      end
    end
  end
  from = from + 1 + 2 * m
end
for _, field in ipairs(fresh) do call('HDEL', field[1], field[2]) end
for _, before in ipairs(undone) do call('SET', before[1], before[2], 'KEEPTTL') end

-- A table since Redis 7, text before.
local text = type(fault) == 'table' and fault.err or tostring(fault)
if culprit then
  for _, reason in ipairs({'hash value is not an integer', 'overflow', 'INVALIDOBJ', 'WRONGTYPE'}) do
    if string.find(text, reason, 1, true) then return {'REJECTED', culprit, reason} end
  end
end
return redis.error_reply((string.gsub(string.gsub(text, '^[^%u]*(%u+ )', '%1'), ' script: .*$', '')))
`)
