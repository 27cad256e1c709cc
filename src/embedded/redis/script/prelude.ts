/** Stands before the text of an error that was raised through the prelude; no text of Redis begins with it. */
export const raisedMark = '\u0001'
/** Commands that only the prelude calls. */
export const accessCheck = '\u0001acl_check_cmd'
export const protocolChoice = '\u0001setresp'

/**
 * Stands around every script and puts right where the engine differs from Redis: numbers among a command's
 * arguments keep 17 digits, not 14; of several values returned the first one counts, and tables such as
 * `{double = 1.5}` are answers whatever protocol the script has chosen; `redis.error_reply` adds no code; an
 * error may be a table with `err`; `redis.acl_check_cmd` knows the commands; faults of `redis.log` and
 * `redis.setresp` are worded as Redis does. And running out of fuel cannot be caught, or a loop around
 * `pcall` would never end.
 */
const source = `
local redis, error, pcall, xpcall, finish = (function(redis, error, pcall, xpcall)
  local type, format, select, unpack, find, sub, concat, tostring = type, string.format, select, unpack, string.find, string.sub, table.concat, tostring
  local raw, rawlog, rawsetresp = redis.pcall, redis.log, redis.setresp
  local function raise(message, level) return error(type(message) == 'table' and message.err and '\\1' .. message.err or message, level) end
  local function text(value) return type(value) == 'number' and format('%.17g', value) end
  local unfit = { err = 'ERR Lua redis lib command arguments must be strings or integers' }
  local function exact(raises)
    local function answer(reply)
      if raises and type(reply) == 'table' and reply.err then return raise(reply, 4) end
      return reply
    end
    return function(...)
      local n = select('#', ...)
      if n > 5 then
        local all = {...}
        for i = 1, n do
          if type(all[i]) ~= 'string' then
            all[i] = text(all[i])
            if not all[i] then return answer(unfit) end
          end
        end
        return answer(raw(unpack(all, 1, n)))
      end
      local a, b, c, d, e = ...
      if n == 0 then return answer(raw()) end
      if type(a) ~= 'string' then a = text(a) if not a then return answer(unfit) end end
      if n == 1 then return answer(raw(a)) end
      if type(b) ~= 'string' then b = text(b) if not b then return answer(unfit) end end
      if n == 2 then return answer(raw(a, b)) end
      if type(c) ~= 'string' then c = text(c) if not c then return answer(unfit) end end
      if n == 3 then return answer(raw(a, b, c)) end
      if type(d) ~= 'string' then d = text(d) if not d then return answer(unfit) end end
      if n == 4 then return answer(raw(a, b, c, d)) end
      if type(e) ~= 'string' then e = text(e) if not e then return answer(unfit) end end
      return answer(raw(a, b, c, d, e))
    end
  end
  local function caught(ok, message, ...)
    if not ok and type(message) == 'string' then
      if find(message, 'Script killed by fuel limit', 1, true) then return error(message, 0) end
      local at = find(message, '\\1', 1, true)
      if at then message = sub(message, at + 1) end
    end
    return ok, message, ...
  end
  local access = exact(true)
  local own = { call = access, pcall = exact(false),
    error_reply = function(message)
      if type(message) ~= 'string' then return redis.error_reply(message) end
      if sub(message, 1, 1) == '-' then message = sub(message, 2) end
      return { err = find(message, ' ', 1, true) and message or 'ERR ' .. message }
    end,
    acl_check_cmd = function(...) return access('\\1acl_check_cmd', ...) == 1 end,
    setresp = function(version)
      if version ~= 2 and version ~= 3 then error('\\1ERR RESP version must be 2 or 3.', 2) end
      raw('\\1setresp', tostring(version))
      rawsetresp(version)
    end,
    log = function(level, ...)
      if select('#', ...) == 0 then error('\\1ERR redis.log() requires two arguments or more.', 2) end
      if type(level) ~= 'number' then error('\\1ERR First argument must be a number (log level).', 2) end
      if level < 0 or level > 3 then error('\\1ERR Invalid log level.', 2) end
      local words = {...}
      for i = 1, #words do words[i] = tostring(words[i]) end
      rawlog(level, concat(words, ' '))
    end }
  return setmetatable({}, { __index = setmetatable(own, { __index = redis }), __newindex = function() return error('Attempt to modify a readonly table', 2) end }),
    function(message, level) return raise(message, level == 0 and 0 or (level or 1) + 2) end,
    function(...) return caught(pcall(...)) end,
    function(...) return caught(xpcall(...)) end,
    function(value) rawsetresp(3) return value end
end)(redis, error, pcall, xpcall)
return finish((function(...)
`

const before = `${source.replace(/\s*\n\s*/g, ' ').trim()} `

/** The script with the prelude on its first line, so that its lines keep their numbers. */
export function withPrelude(body: string): string {
  return `${before}${body}\nend)(...))`
}
