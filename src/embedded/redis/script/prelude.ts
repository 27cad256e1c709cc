/** Stands before the text of an error that was raised through the prelude; no text of Redis begins with it. */
export const raisedMark = '\u0001'
/** What the engine says when a script has taken all its steps. */
export const outOfFuel = 'Script killed by fuel limit'
/** Commands that only the prelude calls. */
export const accessCheck = '\u0001acl_check_cmd'
export const protocolChoice = '\u0001setresp'
export const seldomPart = '\u0001seldom'

/** What `seldomPart` answers, see `always`. */
export const seldom = `
return function(redis, error, raw, rawsetresp, access, chosen)
  local type, select, find, sub, concat, tostring = type, select, string.find, string.sub, table.concat, tostring
  local next, rawget, rawset, getmetatable = next, rawget, rawset, getmetatable
  local least = -2 ^ 63
  local fields = { { 'err', 'string' }, { 'ok', 'string' }, { 'double', 'number' }, { 'map', 'table' }, { 'set', 'table' }, { 'big_number', 'string' }, { 'verbatim_string', 'table' } }
  local clean
  local function cleanAll(values, depth)
    for key, value in next, values do
      if type(value) == 'table' then rawset(values, key, clean(value, depth)) end
    end
    return values
  end
  clean = function(value, depth)
    local kind = type(value)
    if kind == 'string' or kind == 'boolean' then return value end
    if kind == 'number' then
      if value > least and value < -least then return value end
      return least
    end
    if kind ~= 'table' then return false end
    if depth == 0 then return { err = 'ERR reached lua stack limit' } end
    local plain = getmetatable(value) and {} or value
    local n, item = 0, rawget(value, 1)
    while item ~= nil do
      n = n + 1
      local fit = clean(item, depth - 1)
      if fit ~= item or plain ~= value then rawset(plain, n, fit) end
      item = rawget(value, n + 1)
    end
    if next(value, n > 0 and n or nil) == nil then return plain end
    for _, field in next, fields do
      local name, wanted = field[1], field[2]
      local content = rawget(value, name)
      if type(content) == wanted then return { [name] = wanted == 'table' and cleanAll(content, depth - 1) or content } end
    end
    if plain ~= value or n > 0 then return plain end
    return {}
  end
  local unfitText = 'ERR wrong number or type of arguments'
  return { clean = clean, redis = setmetatable({
    status_reply = function(...)
      if select('#', ...) ~= 1 or type(...) ~= 'string' then return { err = unfitText } end
      return { ok = ... }
    end,
    sha1hex = function(...)
      if select('#', ...) ~= 1 then error('\\1ERR wrong number of arguments', 2) end
      return redis.sha1hex(...)
    end,
    error_reply = function(...)
      local message = ...
      if select('#', ...) ~= 1 or type(message) ~= 'string' then return { err = unfitText } end
      if sub(message, 1, 1) == '-' then message = sub(message, 2) end
      return { err = find(message, ' ', 1, true) and message or 'ERR ' .. message }
    end,
    acl_check_cmd = function(...) return access('\\1acl_check_cmd', ...) == 1 end,
    setresp = function(...)
      local version = ...
      if select('#', ...) ~= 1 then error('\\1ERR redis.setresp() requires one argument.', 2) end
      if version ~= 2 and version ~= 3 then error('\\1ERR RESP version must be 2 or 3.', 2) end
      raw('\\1setresp', tostring(version))
      rawsetresp(version)
      chosen(version == 3)
    end,
    log = function(level, ...)
      if select('#', ...) == 0 then error('\\1ERR redis.log() requires two arguments or more.', 2) end
      if type(level) ~= 'number' then error('\\1ERR First argument must be a number (log level).', 2) end
      if level < 0 or level > 3 then error('\\1ERR Invalid debug level.', 2) end
      local words = {...}
      for i = 1, #words do words[i] = tostring(words[i]) end
      redis.log(level, concat(words, ' '))
    end }, { __index = redis }) }
end
`

/**
 * Stands around every script and puts right where the engine differs from Redis: numbers among a command's
 * arguments keep 17 digits, not 14; of several values returned the first one counts, and tables such as
 * `{double = 1.5}` are answers whatever protocol the script has chosen, functions and the like are none, and
 * what is nested too deep for the engine's stack is an error; `redis.error_reply` adds no code; an
 * error may be a table with `err`; `redis.acl_check_cmd` knows the commands; faults of the other
 * functions are worded as Redis does. And running out of fuel cannot be caught, or a loop around
 * `pcall` would never end.
 *
 * It is compiled with each script; what few scripts need is asked for, and compiled, when it is needed.
 */
const always = `
local redis, error, pcall, xpcall, finish = (function(redis, error, pcall, xpcall)
  local type, select, find, next = type, select, string.find, next
  local raw, rawsetresp = redis.pcall, redis.setresp
  local resp3, access, compiled = false
  local function seldom()
    compiled = compiled or loadstring(raw('\\1seldom'), '=redis')()(redis, error, raw, rawsetresp, access, function(chosen) resp3 = chosen end)
    return compiled
  end
  local function raise(message, level) return error(type(message) == 'table' and message.err and '\\1' .. message.err or message, level) end
  local function converted(n, ...)
    local all = {...}
    for i = 1, n do
      local kind = type(all[i])
      if kind == 'number' then all[i] = string.format('%.17g', all[i])
      elseif kind ~= 'string' then return { err = 'ERR Lua redis lib command arguments must be strings or integers' } end
    end
    return raw(unpack(all, 1, n))
  end
  local function exact(raises)
    local function answer(reply)
      if raises and type(reply) == 'table' and reply.err then return raise(reply, 4) end
      if reply == false and resp3 then return nil end
      return reply
    end
    return function(...)
      local n, reply = select('#', ...)
      local a, b, c, d = ...
      if n == 4 and type(d) == 'string' and type(c) == 'string' and type(b) == 'string' and type(a) == 'string' then reply = raw(a, b, c, d)
      elseif n == 3 and type(c) == 'string' and type(b) == 'string' and type(a) == 'string' then reply = raw(a, b, c)
      elseif n == 2 and type(b) == 'string' and type(a) == 'string' then reply = raw(a, b)
      else reply = converted(n, ...) end
      if type(reply) == 'number' then return reply end
      return answer(reply)
    end
  end
  local function caught(ok, message, ...)
    if not ok and type(message) == 'string' then
      if find(message, '${outOfFuel}', 1, true) then return error(message, 0) end
      local at = find(message, '\\1', 1, true)
      if at then message = string.sub(message, at + 1) end
    end
    return ok, message, ...
  end
  access = exact(true)
  local own = setmetatable({ call = access, pcall = exact(false) }, { __index = function(_, name) return seldom().redis[name] end })
  return setmetatable({}, { __index = own, __newindex = function() return error('Attempt to modify a readonly table', 2) end }),
    function(message, level) return raise(message, level == 0 and 0 or (level or 1) + 2) end,
    function(...) return caught(pcall(...)) end,
    function(...) return caught(xpcall(...)) end,
    function(value)
      rawsetresp(3)
      if type(value) == 'table' and not getmetatable(value) then
        for key, item in next, value do
          if type(key) ~= 'number' or type(item) ~= 'string' then return seldom().clean(value, 200) end
        end
        return value
      end
      local kind = type(value)
      if kind == 'string' or value == nil or value == true or value == false then return value end
      if kind == 'number' and value > -2 ^ 63 and value < 2 ^ 63 then return value end
      return seldom().clean(value, 200)
    end
end)(redis, error, pcall, xpcall)
return finish((function(...)
`

const before = `${always.replace(/\s*\n\s*/g, ' ').trim()} `

/** The script with the prelude on its first line, so that its lines keep their numbers. */
export function withPrelude(body: string): string {
  return `${before}${body}\nend)(...))`
}
