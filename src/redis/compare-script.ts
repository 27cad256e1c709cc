import { script } from './script.ts'

/**
 * One slice of a comparison between live results and those under a prefix. A key counts once, but a hash once
 * for each field, a set for each member: what a user would look up. Hashes, sets and sorted sets are walked in
 * pages, first live's, then what the other has besides. Lists and streams are equal when they hold the same
 * entries as often, in whatever order, for that follows from how partitions were interleaved: sums of digests are
 * compared, so neither has to fit anywhere. HyperLogLogs are equal when neither adds anything to the other.
 *
 * ARGV: prefix, how many values to look at in this slice, where to go on with the first name (empty at its
 * beginning), number of fields that are not compared, those fields, names. Answers how many of the names are
 * done, where to go on with the next one, how many keys and fields were counted, and the differences: name,
 * field or null, live's value or null, the other's or null.
 */
export const compareScript = script(`
local call = redis.call
local prefix, budget, state, skipping = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local skipped = {}
for i = 5, 4 + skipping do skipped[ARGV[i]] = true end
local first = 5 + skipping
local page = math.min(budget, 500)
local counted, differences = 0, {}

local function short(text)
  return text and string.sub(text, 1, 80)
end
local function differ(name, field, here, there)
  differences[#differences + 1] = {name, field or false, short(here) or false, short(there) or false}
end
local function digest(text)
  -- In two parts: where Lua was built for 32 bits tonumber reads no more than those.
  local hex = redis.sha1hex(text)
  return tonumber(string.sub(hex, 1, 6), 16) * 2 ^ 24 + tonumber(string.sub(hex, 7, 12), 16)
end
local function entryDigest(entry)
  local parts = {}
  for _, text in ipairs(entry[2]) do parts[#parts + 1] = #text .. ':' .. text end
  return digest(table.concat(parts))
end
local limit = 2 ^ 48

-- How a page of each type is read: pairs of member and value, and the values the other has for these members.
local scans = {
  hash = {'HSCAN', 'HLEN', function(key, members) return call('HMGET', key, unpack(members)) end},
  set = {'SSCAN', 'SCARD', function(key, members) return call('SMISMEMBER', key, unpack(members)) end},
  zset = {'ZSCAN', 'ZCARD', function(key, members) return call('ZMSCORE', key, unpack(members)) end},
}

local function pageOf(kind, key, cursor)
  local scan = scans[kind]
  local answer = call(scan[1], key, cursor, 'COUNT', page)
  local members, values = {}, {}
  local step = kind == 'set' and 1 or 2
  for i = 1, #answer[2], step do
    members[#members + 1] = answer[2][i]
    values[#values + 1] = step == 1 and '1' or answer[2][i + 1]
  end
  return answer[1], members, values
end
local function equal(kind, a, b)
  if kind == 'zset' then return a and b and tonumber(a) == tonumber(b) end
  return a == b
end
-- unpack fails beyond 8,000 values, and a small encoding is scanned whole.
local function valuesOf(kind, key, members)
  local found = {}
  for from = 1, #members, 4000 do
    local slice = {}
    for i = from, math.min(from + 3999, #members) do slice[#slice + 1] = members[i] end
    for _, value in ipairs(scans[kind][3](key, slice)) do
      if kind == 'set' then value = value == 1 and '1' or false end
      found[#found + 1] = value
    end
  end
  return found
end

-- Each answers where to go on, or nil when the key is done, and how many values it has looked at.
local function walk(kind, name, here, there, state)
  local phase, cursor = string.match(state, '^(%a+) (%d+)$')
  phase, cursor = phase or 'there', cursor or '0'
  local from, to = here, there
  if phase == 'back' then from, to = there, here end
  local next, members, values = pageOf(kind, from, cursor)
  local others = valuesOf(kind, to, members)
  for i, member in ipairs(members) do
    if phase == 'back' then
      if not others[i] and not skipped[member] then
        counted = counted + 1
        differ(name, member, nil, values[i])
      end
    elseif not equal(kind, values[i], others[i]) and not (others[i] and skipped[member]) then
      differ(name, member, values[i], others[i])
    end
  end
  if next ~= '0' then return phase .. ' ' .. next, #members end
  if phase == 'back' then return nil, #members end
  counted = counted + call(scans[kind][2], here)
  return 'back 0', #members
end

local function entries(kind, name, here, there, state)
  local length = kind == 'list' and 'LLEN' or 'XLEN'
  local size, other = call(length, here), call(length, there)
  if size ~= other then
    counted = counted + 1
    differ(name, nil, size .. ' entries', other .. ' entries')
    return nil, 1
  end
  local at, otherAt, sum = string.match(state, '^(%S+) (%S+) (%S+)$')
  sum = tonumber(sum or 0)
  local looked
  if kind == 'list' then
    local from = tonumber(at or 0)
    local ours, theirs = call('LRANGE', here, from, from + page - 1), call('LRANGE', there, from, from + page - 1)
    for i, text in ipairs(ours) do sum = (sum + digest(text) - digest(theirs[i])) % limit end
    looked = #ours
    at, otherAt = from + looked, 0
    if at < size and looked > 0 then return string.format('%.0f 0 %.0f', at, sum), 2 * looked end
  else
    local ours = call('XRANGE', here, at and '(' .. at or '-', '+', 'COUNT', page)
    local theirs = call('XRANGE', there, otherAt and '(' .. otherAt or '-', '+', 'COUNT', page)
    for i, entry in ipairs(ours) do sum = (sum + entryDigest(entry) - entryDigest(theirs[i])) % limit end
    looked = #ours
    if looked == page then return ours[looked][1] .. ' ' .. theirs[looked][1] .. string.format(' %.0f', sum), 2 * looked end
  end
  counted = counted + 1
  if sum ~= 0 then differ(name, nil, size .. ' entries', other .. ' entries, not the same') end
  return nil, 2 * looked
end

local function texts(name, here, there)
  counted = counted + 1
  local ours, theirs = call('GET', here), call('GET', there)
  if ours == theirs then return end
  if string.sub(ours, 1, 4) == 'HYLL' and string.sub(theirs, 1, 4) == 'HYLL' then
    local function count(a, b)
      local answer = redis.pcall('PFCOUNT', a, b)
      return type(answer) == 'number' and answer or nil
    end
    -- With two keys, so that nothing is written into one.
    local one, other, both = count(here, here), count(there, there), count(here, there)
    if one and one == other and one == both then return end
    differ(name, nil, tostring(one), tostring(other))
    return
  end
  differ(name, nil, ours, theirs)
end

local done, spent = 0, 0
for i = first, #ARGV do
  local name = ARGV[i]
  local here, there = name, prefix .. name
  local kind, other = call('TYPE', here).ok, call('TYPE', there).ok
  if kind == 'none' or other == 'none' or kind ~= other then
    -- Neither: it has expired.
    if kind ~= other then
      counted = counted + 1
      differ(name, nil, kind ~= 'none' and 'a ' .. kind or nil, other ~= 'none' and 'a ' .. other or nil)
    end
    state = ''
  elseif kind == 'string' then
    texts(name, here, there)
    state = ''
  else
    local step = scans[kind] and walk or entries
    repeat
      local looked
      state, looked = step(kind, name, here, there, state)
      spent = spent + math.max(1, looked)
    until not state or spent >= budget
    if state then return {done, state, counted, differences} end
    state = ''
  end
  done = done + 1
  spent = spent + 1
  if spent >= budget then break end
end
return {done, '', counted, differences}
`)
