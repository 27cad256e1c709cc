import fc from 'fast-check'
import { command, element, some } from './words.ts'

const key = fc.constantFrom('string1', 'hash1', 'list1', 'missing')
const scripts = [
  'return KEYS[1]', 'return ARGV', 'return {KEYS[1], ARGV[1], #ARGV}', 'return redis.call("GET", KEYS[1])', 'return redis.pcall("GET", KEYS[1])', 'return redis.call("INCR", KEYS[1])',
  'local r = redis.pcall("INCR", KEYS[1]) return type(r) == "table" and r.err or r', 'return redis.call("SET", KEYS[1], ARGV[1])', 'return redis.call("HSET", KEYS[1], ARGV[1], ARGV[1])',
  'return redis.call("HGETALL", KEYS[1])', 'redis.setresp(3) return redis.call("HGETALL", KEYS[1])', 'return redis.call("TYPE", KEYS[1])', 'return redis.call("TYPE", KEYS[1]).ok', 'return redis.call("LRANGE", KEYS[1], 0, -1)',
  'return redis.call("LPUSH", KEYS[1], 1, 2.5, 1e15, 0.1, 2^60, 1/3)', 'return redis.call("ECHO", 1700000000000001)', 'return {1, 2.9, -2.9, "a", true, false, {3, {4}}}', 'return {1, nil, 3}', 'return nil', 'return true', 'return false',
  'return 3.99', 'return 2^53', 'return -0.5', 'return {}', 'return {ok = "fine"}', 'return {err = "MINE is an error"}', 'return redis.error_reply("MINE is one")', 'return redis.error_reply("-MINE is one")', 'return redis.error_reply("alone")',
  'return redis.status_reply("well")', 'return {redis.status_reply("well"), redis.error_reply("MINE x")}', 'return redis.call("NOPE")', 'return redis.call("GET")', 'return redis.call()', 'return redis.pcall()', 'return redis.call("SUBSCRIBE", "a")',
  'return redis.call("BLPOP", "missing", 0)', 'return nothing', 'nothing = 1', 'error("boom")', 'error({err = "MINE boom"})', 'this is no lua', 'while true do', 'return redis.call({})', 'return redis.call("SELECT", 1)', 'return redis.sha1hex(ARGV[1])',
  'return cjson.encode({1, 2, {a = "b"}})', 'return cjson.decode(\'{"a":[1,2.5,null]}\').a[2]', 'return cmsgpack.pack({1, "a"})', 'return cmsgpack.unpack(cmsgpack.pack({1, "a"}))', 'return bit.band(7, 10)', 'return struct.pack(">I2", 258)', 'return {struct.unpack("<I2", "ab")}',
  'return tostring(1e15)', 'return tostring(0.1)', 'return tonumber("0x10")', 'return #KEYS', 'return string.format("%5.2f", 3.14159)', 'return pcall(function() return redis.call("INCR", "hash1") end)',
  'local ok, e = pcall(redis.call, "INCR", "hash1") return {ok, type(e), e}', 'return select(2, pcall(error, "x"))', 'return redis.REDIS_VERSION', 'return redis.REDIS_VERSION_NUM', 'return redis.LOG_WARNING', 'return redis.acl_check_cmd("get", "a")', 'return redis.acl_check_cmd("nope")',
  'return redis.setresp(4)', 'redis.setresp(3) return true', 'redis.setresp(3) return redis.call("ZADD", "z", "INCR", 1, "a")', 'return redis.call("ZADD", "z", "INCR", 1, "a")', '#!lua\nreturn 1', '#!lua flags=no-writes\nreturn redis.call("SET", "a", 1)', '#!lua flags=nope\nreturn 1', '#!js\nreturn 1', '#!lua x=y\nreturn 1', '#!lua',
  'local t = {} for i = 1, 100 do t[i] = i end return t', 'return redis.call("MGET", unpack(ARGV))', 'redis.set_repl(redis.REPL_ALL) return redis.replicate_commands()', 'return type(os) == "table"', 'return redis.log(1)', 'redis.log(redis.LOG_DEBUG, "x") return 1',
  'local a = 1\nlocal b = redis.call("INCR", "hash1")\nreturn b', 'return {1, {err = "MINE inner"}, 2}', 'return {double = 3.25}',
] as const
const script = fc.constantFrom(...scripts)
const sha = fc.constantFrom('e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 'E0E1F9FABFC9D4800C877A703B823AC0578FF8DB', 'ffff', 'f'.repeat(40))

export const scriptCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 20, arbitrary: command(fc.constantFrom('EVAL', 'eval', 'EVAL_RO'), script, '1', key, some(element)) },
  command('EVAL', script, fc.constantFrom('0', '5', '-1', 'x', '9223372036854775807'), key),
  command('EVAL', 'return 1', '0'),
  command(fc.constantFrom('EVALSHA', 'EVALSHA_RO'), sha, '0'),
  command('SCRIPT', 'EXISTS', some(sha)),
  command('SCRIPT', 'LOAD', script),
  command('SCRIPT', 'FLUSH', fc.constantFrom([], ['ASYNC'], ['x'])),
  command('SCRIPT', 'KILL'),
  command('SET', 'string1', element),
  command('DEL', key),
)
