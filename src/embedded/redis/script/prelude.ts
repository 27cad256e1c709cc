/** Stands before the text of an error that was raised through the prelude; no text of Redis begins with it. */
export const raisedMark = '\u0001'
/** A command that only the prelude calls. */
export const accessCheck = '\u0001acl_check_cmd'

/**
 * Runs in front of every script, on its first line, and puts right where the engine differs from Redis:
 * numbers among a command's arguments keep 17 digits, not 14; `redis.error_reply` adds no code; an error
 * may be a table with `err`; `redis.acl_check_cmd` knows the commands; and running out of fuel cannot be
 * caught, or a loop around `pcall` would never end.
 */
const source = `
local redis, error, pcall, xpcall = (function(redis, error, pcall, xpcall)
  local type, format, select, unpack, find, sub = type, string.format, select, unpack, string.find, string.sub
  local function raise(message, level) return error(type(message) == 'table' and message.err and '\\1' .. message.err or message, level) end
  local function exact(call, raises)
    local function answer(reply)
      if raises and type(reply) == 'table' and reply.err then return raise(reply, 4) end
      return reply
    end
    return function(a, b, c, d, e, ...)
      if type(b) == 'number' then b = format('%.17g', b) end
      if type(c) == 'number' then c = format('%.17g', c) end
      if type(d) == 'number' then d = format('%.17g', d) end
      if type(e) == 'number' then e = format('%.17g', e) end
      local n = select('#', ...)
      if n > 0 then
        local more = {...}
        for i = 1, n do if type(more[i]) == 'number' then more[i] = format('%.17g', more[i]) end end
        return answer(call(a, b, c, d, e, unpack(more, 1, n)))
      end
      if e ~= nil then return answer(call(a, b, c, d, e)) end
      if d ~= nil then return answer(call(a, b, c, d)) end
      if c ~= nil then return answer(call(a, b, c)) end
      if b ~= nil then return answer(call(a, b)) end
      if a ~= nil then return answer(call(a)) end
      return answer(call())
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
  local raw = redis.pcall
  local access = exact(raw, true)
  local own = { call = exact(raw, true), pcall = exact(raw, false),
    error_reply = function(message)
      if type(message) ~= 'string' then return redis.error_reply(message) end
      if sub(message, 1, 1) == '-' then message = sub(message, 2) end
      return { err = find(message, ' ', 1, true) and message or 'ERR ' .. message }
    end,
    acl_check_cmd = function(...) return access('\\1acl_check_cmd', ...) == 1 end }
  return setmetatable(own, { __index = redis, __newindex = function() return error('Attempt to modify a readonly table', 2) end }),
    function(message, level) return raise(message, level == 0 and 0 or (level or 1) + 2) end,
    function(...) return caught(pcall(...)) end,
    function(...) return caught(xpcall(...)) end
end)(redis, error, pcall, xpcall)
`

/** One line, so that the lines of the script keep their numbers. */
export const prelude = `${source.replace(/\s*\n\s*/g, ' ').trim()} `
