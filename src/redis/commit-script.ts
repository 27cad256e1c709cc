import { script } from './script.ts'

/**
 * The one place where results and positions change, in one atomic step.
 *
 * Lua is isolated in Redis but not rolled back, so the order is what makes it atomic: everything is
 * checked by reading first; then come the writes that can still fail (HINCRBY on what is no integer
 * or would overflow, PFADD into a damaged sparse HyperLogLog), with exact undo; then those that cannot,
 * and last the positions. Running out of memory, a replica, a disk error refuse the first write or none.
 *
 * KEYS: own keys, see `topology-keys.ts`. ARGV[1]: the head, see `commit-request.ts`; ARGV[2…]: the parts, one
 * of each worker with the result keys in it, see `sealed-writes.ts`. All are MessagePack arrays, for packed
 * arguments cost Redis and the client a fraction of ten thousand small ones. A key may be in several parts.
 *
 * A hash that is not there yet is written whole by one HSET: a call costs more than a field.
 *
 * The registry is told of keys that were not there, last of all, with what cannot fail: in the log, which costs
 * Redis next to nothing, while all keys stay. Once there are expiries, keys can come more than once: then in the
 * set, where a commit that adds some looks at twice as many random ones, while at least a quarter of those are
 * gone, and removes them. A topology older than the registry (`registry` in meta is not 1) has every key noted in
 * the set.
 *
 * Numbers are only read as doubles to tell new fields and extremes; sums are made by HINCRBY alone.
 * Positions are compared as strings.
 */
export const commitScript = script(`
local head = cmsgpack.unpack(ARGV[1])
local call, try = redis.call, redis.pcall
local off, meta, registry, fates, dead, windows, log = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local owner, id, tag, prefix, n = head[1], head[2], head[4], head[5], head[6]
-- Of the vector in the head: the partitions, their froms, their tos.
local at1, at2, at3 = 6, 6 + n, 6 + 2 * n
local began = try('TIME')

local status, held, complete, expiring, logged, generation = unpack(call('HMGET', meta, 'status', 'held', 'registry', 'expiring', 'logged', 'id'))
if n == 0 and head[3] ~= generation then return {'OTHER'} end
if status and status ~= 'live' and status ~= 'building' then return {'SEALED', meta} end
-- A user who may not ask for the time is told so here.
if held and n > 0 then
  if not began[1] then call('TIME') end
  if tonumber(held) > began[1] * 1000 + began[2] / 1000 then return {'HELD'} end
end

-- unpack fails beyond 8,000 values
local chunk = 4000
local dups, apart = 0, nil
local nexts, owners = {}, {}
for base = 0, n - 1, chunk do
  local size = math.min(chunk, n - base)
  local stored = call('HMGET', off, unpack(head, at1 + base + 1, at1 + base + size))
  for j = 1, size do
    local i = base + j
    if not stored[j] then return {'UNINIT', head[at1 + i]} end
    local next, holder, last = string.match(stored[j], '^(%d+)|([^|]*)|(.*)$')
    if not next then return {'UNINIT', head[at1 + i]} end
    if next == head[at3 + i] and last == id then dups = dups + 1 else apart = apart or i end
    nexts[i], owners[i] = next, holder
  end
end
if n > 0 and dups == n then return {'DUP'} end
if dups > 0 then return {'MISMATCH', head[at1 + apart], nexts[apart]} end
for i = 1, n do
  if owners[i] ~= owner then return {'FENCED', head[at1 + i]} end
  if nexts[i] ~= head[at2 + i] then return {'MISMATCH', head[at1 + i], nexts[i]} end
end

-- What became of the records, as it will be stored.
local tallies, at = {}, 7 + 3 * n
local m = head[at]
for base = 0, m - 1, chunk do
  local size = math.min(chunk, m - base)
  local stored = call('HMGET', fates, unpack(head, at + 1 + base, at + base + size))
  for j = 1, size do
    local i = base + j
    local add = at + m + 5 * i - 4
    local counted, skipped, lost, gaps, from = 0, 0, 0, 0, head[add + 4]
    if stored[j] then
      counted, skipped, lost, gaps, from = string.match(stored[j], '^counted (%d+) skipped (%d+) dead%-lettered (%d+) gaps (%d+) from (%d+)$')
      if not from then return {'REJECTED', fates, 'the numbers of ' .. head[at + i] .. ' were changed by hand'} end
    end
    tallies[2 * i - 1] = head[at + i]
    tallies[2 * i] = string.format('counted %.0f skipped %.0f dead-lettered %.0f gaps %.0f from %s', counted + head[add], skipped + head[add + 1], lost + head[add + 2], gaps + head[add + 3], from)
  end
end
at = at + 6 * m + 1
if head[at] > 0 then call('HGET', dead, '') end

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

-- Of each part: its array, and where its other writes begin.
local parts = {}
for p = 2, #ARGV do parts[p - 1] = { t = cmsgpack.unpack(ARGV[p]) } end
-- A result must not have a name of ours, in any generation, for generations change places.
local ours = { offsets = true, meta = true, keys = true, ['key-log'] = true, fates = true, ['dead-letters'] = true, windows = true }
local function own(key)
  if string.sub(key, 1, #tag) ~= tag then return false end
  local rest = string.sub(key, #tag + 1)
  return ours[rest] or string.find(rest, '^replay:') or string.find(rest, '^verify:')
end
-- Where the key named by this value of a part is; from then on the part has that.
local function place(t, i)
  local name = t[i]
  if prefix ~= '' then t[i] = prefix .. name end
  return t[i], name
end

-- What is known of a key: its type, there or to come, and how many fields a hash had at first.
local types, lengths = {}, {}
-- Names of keys for the registry, and lists that may come.
local names, lists = {}, {}
for _, part in ipairs(parts) do
  local t, at = part.t, 2
  for _ = 1, t[1] do
    local key, name = place(t, at)
    local sums, sets = t[at + 1], t[at + 2]
    local length = lengths[key]
    if not length then
      if own(name) then return {'TAKEN', name} end
      if next(lengths) == nil then
        if not may('HDEL', key, 'f') then return forbidden('HDEL') end
        if not may('DEL', key) then return forbidden('DEL') end
      end
      length = try('HLEN', key)
      if type(length) == 'table' then return refusal(length, key) end
      lengths[key], types[key] = length, 'hash'
      if length == 0 or complete ~= '1' then names[#names + 1] = name end
    end
    if sets > 0 and not may('HSET', key, 'a', 'b') then return forbidden('HSET') end
    at = at + 3 + 2 * (sums + sets)
  end
  part.others = at
end

-- The other writes. Each check answers a refusal, or nil and what is to run.
local there = {}
local function typed(key, expected)
  local found = types[key]
  if not found then
    found = call('TYPE', key).ok
    there[key] = found ~= 'none'
    if not there[key] or complete ~= '1' then
      local noted = expected == 'list' and lists or names
      noted[#noted + 1] = string.sub(key, #prefix + 1)
    end
    if not there[key] then found = expected end
    types[key] = found
  end
  if found ~= expected then return {'BADTYPE', key} end
  return nil, there[key]
end
local function run(t, command, key, first, last, step)
  for i = first, last, step do call(command, key, unpack(t, i, math.min(i + step - 1, last))) end
end
local function simple(command, expected, step)
  return function(t, key, first, last)
    local bad = typed(key, expected)
    if bad then return bad end
    if not may(command, key, 'a', 'b') then return forbidden(command) end
    return nil, function() run(t, command, key, first, last, step) end
  end
end
-- Lua's tonumber would also take hexadecimal, blanks and nan.
local function decimal(text)
  if string.find(text, '^-?%d+%.?%d*[eE]?[+-]?%d*$') then return tonumber(text) end
end
local function stored(t, key, first, size, each)
  for base = 0, size - 1, chunk do
    local count = math.min(chunk, size - base)
    local values = call('HMGET', key, unpack(t, first + base, first + base + count - 1))
    for j = 1, count do
      if each(values[j], base + j - 1) then return true end
    end
  end
end
-- n fields, then n numbers. Compared when it is written, for an earlier part may have written the field.
local function extreme(better)
  return function(t, key, first, last)
    local bad = typed(key, 'hash')
    if bad then return bad end
    if not may('HSET', key, 'a', 'b') then return forbidden('HSET') end
    local size = (last - first + 1) / 2
    if stored(t, key, first, size, function(old) return old and not decimal(old) end) then
      return {'REJECTED', key, 'a field to compare with is no number'}
    end
    return nil, function()
      local changed = {}
      stored(t, key, first, size, function(old, i)
        local value = t[first + size + i]
        if not old or better(tonumber(value), decimal(old)) then
          changed[#changed + 1] = t[first + i]
          changed[#changed + 1] = value
        end
      end)
      for i = 1, #changed, chunk do call('HSET', key, unpack(changed, i, math.min(i + chunk - 1, #changed))) end
    end
  end
end

local undone = {} -- sparse HyperLogLogs as they were
local risky = {}
-- Last of all: one in the past removes what other parts write, too.
local expiries = {}
-- Names and the windows they hold, in turn.
local windowed = {}
local checks = {
  sadd = simple('SADD', 'set', chunk),
  lpush = simple('LPUSH', 'list', chunk),
  rpush = simple('RPUSH', 'list', chunk),
  set = simple('SET', 'string', 1),
  -- start, end
  window = function(t, key, first)
    windowed[#windowed + 1] = string.sub(key, #prefix + 1)
    windowed[#windowed + 1] = t[first] .. ' ' .. t[first + 1]
  end,
  pexpireat = function(t, key, first)
    if not may('PEXPIREAT', key, '1') then return forbidden('PEXPIREAT') end
    expiries[#expiries + 1] = { key, t[first] }
  end,
  max = extreme(function(a, b) return a > b end),
  min = extreme(function(a, b) return a < b end),
  -- number of lists, lists; fields, values, for each the number of its list or 0
  hsetnx = function(t, key, first, last)
    local bad = typed(key, 'hash')
    if bad then return bad end
    if not may('HSET', key, 'a', 'b') then return forbidden('HSET') end
    local lists = t[first]
    for i = first + 1, first + lists do
      local key, name = place(t, i)
      if own(name) then return {'TAKEN', name} end
      bad = typed(key, 'list')
      if bad then return bad end
      if not may('LPUSH', key, 'a') then return forbidden('LPUSH') end
    end
    local from, size = first + lists + 1, (last - first - lists) / 3
    return nil, function()
      local absent, pushed = {}, {}
      stored(t, key, from, size, function(old, i)
        if old then return end
        absent[#absent + 1] = t[from + i]
        absent[#absent + 1] = t[from + size + i]
        local list = t[from + 2 * size + i]
        if list > 0 then
          pushed[list] = pushed[list] or {}
          table.insert(pushed[list], t[from + i])
        end
      end)
      run(absent, 'HSET', key, 1, #absent, chunk)
      for list, fields in pairs(pushed) do run(fields, 'LPUSH', t[first + list], 1, #fields, chunk) end
    end
  end,
  -- pairs: member, amount; a finite amount never makes a score that is no number
  zincrby = function(t, key, first, last)
    local bad = typed(key, 'zset')
    if bad then return bad end
    if not may('ZINCRBY', key, '1', 'a') then return forbidden('ZINCRBY') end
    return nil, function()
      for i = first, last, 2 do call('ZINCRBY', key, t[i + 1], t[i]) end
    end
  end,
  -- entries: size, field, value, field, value …
  xadd = function(t, key, first, last)
    local bad, found = typed(key, 'stream')
    if bad then return bad end
    if not may('XADD', key, '*', 'a', 'b') then return forbidden('XADD') end
    if found then
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
  pfadd = function(t, key, first, last)
    local bad, found = typed(key, 'string')
    if bad then return bad end
    if not may('PFADD', key, 'a') then return forbidden('PFADD') end
    local apply = function() run(t, 'PFADD', key, first, last, chunk) end
    if not found then return nil, apply end
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
for _, part in ipairs(parts) do
  local t, at = part.t, part.others + 1
  for _ = 1, t[part.others] do
    local key, name = place(t, at + 1)
    if own(name) then return {'TAKEN', name} end
    local first, last = at + 3, at + 2 + t[at + 2]
    local bad, apply = checks[t[at]](t, key, first, last)
    if bad then return bad end
    safe[#safe + 1] = apply
    at = last + 1
  end
end
if not (may('HSET', off, 'a', 'b') and may('HSET', fates, 'a', 'b') and may('HSET', dead, 'a', 'b') and may('HSET', windows, 'a', 'b')) then return forbidden('HSET') end
for command, key in pairs({ SADD = registry, SREM = registry, RPUSH = log }) do
  if not may(command, key, 'a') then return forbidden(command) end
end
for command, key in pairs({ SCARD = registry, LLEN = log }) do
  local size = try(command, key)
  if type(size) == 'table' then return refusal(size, key) end
end
if #windowed > 0 then
  local known = try('HLEN', windows)
  if type(known) == 'table' then return refusal(known, windows) end
end

local number = setmetatable({}, { __index = function(numbers, text)
  numbers[text] = tonumber(text)
  return numbers[text]
end })
-- Where the hashes stand: in this part, at this one, after this increment.
local onPart, onHash, lastDone = 0, 0, 0
local fresh, made = {}, {}
-- Fields of a hash that are looked at together.
local few = 64
-- Names of the registry that are.
local glance = 16
local culprit
local written, fault = pcall(function()
  for _, risk in ipairs(risky) do
    culprit = risk.key
    risk.apply()
  end
  local sizes, settings = {}, {}
  for p, part in ipairs(parts) do
    local t, at = part.t, 2
    for j = 1, t[1] do
      local key, first = t[at], at + 3
      local sets = first + 2 * t[at + 1]
      local last = sets + 2 * t[at + 2] - 1
      culprit, onPart, onHash, lastDone = key, p, j, first - 1
      if lengths[key] == 0 and not made[key] then
        made[key] = true
        run(t, 'HSET', key, first, last, chunk)
      else
        local length = sizes[key] or lengths[key]
        local look = sets - first >= 2 * few
        for from = first, sets - 1, 2 * few do
          local to, added = math.min(from + 2 * few, sets) - 1, 0
          local values
          if look then
            values = {}
            for i = from, to, 2 do values[#values + 1] = t[i] end
            values = call('HMGET', key, unpack(values))
            local absent = {}
            for i = from, to, 2 do
              if not values[(i - from) / 2 + 1] then
                absent[#absent + 1], absent[#absent + 2] = t[i], t[i + 1]
                fresh[#fresh + 1] = { key, t[i] }
              end
            end
            if #absent > 0 then call('HSET', key, unpack(absent)) end
            added = #absent / 2
            length = length + added
          end
          for i = from, to, 2 do
            if not values then
              -- A sum equal to its increment: the field was absent or '0', and undo must know which.
              if call('HINCRBY', key, t[i], t[i + 1]) == number[t[i + 1]] and length > 0 and call('HLEN', key) > length then
                length, added = length + 1, added + 1
                fresh[#fresh + 1] = { key, t[i] }
              end
            elseif values[(i - from) / 2 + 1] then
              call('HINCRBY', key, t[i], t[i + 1])
            end
            lastDone = i + 1
          end
          -- Looking first costs a fraction of a call, and saves two for each field that is new.
          look = added > few / 4
        end
        sizes[key] = length
        if sets <= last then settings[#settings + 1] = { t, key, sets, last } end
      end
      at = last + 1
    end
  end
  culprit = nil
  for _, set in ipairs(settings) do run(set[1], 'HSET', set[2], set[3], set[4], chunk) end
  for _, apply in ipairs(safe) do apply() end
  for _, expiry in ipairs(expiries) do call('PEXPIREAT', expiry[1], expiry[2]) end
  run(tallies, 'HSET', fates, 1, #tallies, chunk)
  for i = at + 1, at + head[at] do call('HSET', dead, head[i], '0||') end
  -- Nothing may have come for the list of fields that are set once.
  for _, name in ipairs(lists) do
    if call('EXISTS', prefix .. name) == 1 then names[#names + 1] = name end
  end
  if complete == '1' and not expiring and #expiries == 0 then
    for i = 1, #names, 1000 do call('RPUSH', log, cmsgpack.pack({unpack(names, i, math.min(i + 999, #names))})) end
    if #names > 0 then call('HSET', meta, 'logged', string.format('%.0f', (logged or 0) + #names)) end
  else
    run(names, 'SADD', registry, 1, #names, chunk)
  end
  run(windowed, 'HSET', windows, 1, #windowed, chunk)
  if #expiries > 0 and not expiring then call('HSET', meta, 'expiring', '1') end
  for _ = 0, (expiring and #names > 0) and 2 * #names / glance or -1 do
    local some, keys = call('SRANDMEMBER', registry, glance), {}
    for i, name in ipairs(some) do keys[i] = prefix .. name end
    if 4 * call('EXISTS', unpack(keys)) > 3 * #some then break end
    local gone = {}
    for i, name in ipairs(some) do
      if call('EXISTS', keys[i]) == 0 then gone[#gone + 1] = name end
    end
    run(gone, 'SREM', registry, 1, #gone, chunk)
    run(gone, 'HDEL', windows, 1, #gone, chunk)
  end
  local entries = {}
  for i = 1, n do
    entries[#entries + 1] = head[at1 + i]
    entries[#entries + 1] = head[at3 + i] .. '|' .. owner .. '|' .. id
    if #entries == chunk or i == n then
      call('HSET', off, unpack(entries))
      entries = {}
    end
  end
end)
if written then
  -- A user who may not ask for the time commits all the same.
  local ended = began[1] and call('TIME')
  return {'OK', ended and tostring((ended[1] - began[1]) * 1000000 + ended[2] - began[2]) or '0'}
end

for p = 1, onPart do
  local t, at = parts[p].t, 2
  for j = 1, p == onPart and onHash or t[1] do
    local key, first = t[at], at + 3
    local sets = first + 2 * t[at + 1]
    if lengths[key] == 0 then
      call('DEL', key)
    else
      for i = first, (p == onPart and j == onHash and culprit) and lastDone or sets - 1, 2 do
        local amount = t[i + 1]
        if amount ~= '0' then
          call('HINCRBY', key, t[i], string.sub(amount, 1, 1) == '-' and string.sub(amount, 2) or '-' .. amount)
        end
      end
    end
    at = sets + 2 * t[at + 2]
  end
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
