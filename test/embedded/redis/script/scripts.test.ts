import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startOwnRedis, type OwnRedis } from '../../../support/own-redis.ts'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/logger.ts'
import { startRedisServer } from '../../../../src/embedded/redis/redis-server.ts'
import type { RunningServer } from '../../../../src/embedded/server.ts'
import type { MillraceError } from '../../../../src/errors.ts'
import { RawRedis, type RawReply } from '../../../support/raw-redis.ts'

let server: OwnRedis
let client: RawRedis
beforeEach(async () => {
  server = await startOwnRedis({ 'busy-reply-threshold': '200' })
  client = await server.raw()
})
afterEach(() => server.close())

async function evaluate(script: string, keys: readonly string[] = [], args: readonly string[] = []): Promise<unknown> {
  return plain((await client.send([['EVAL', script, String(keys.length), ...keys, ...args]]))[0]!)
}

async function ask(...args: readonly string[]): Promise<unknown> {
  return plain((await client.send([args]))[0]!)
}

function plain({ sign, value }: RawReply): unknown {
  if (value === null || sign === '_') return null
  if (typeof value !== 'string') return value.map(plain)
  return sign === ':' ? Number(value) : sign === '-' ? `-${value}` : value
}

describe('a script', () => {
  test('keeps all digits of numbers it gives to commands', async () => {
    expect(await evaluate("return redis.call('ECHO', 1700000000000001)")).toBe('1700000000000001')
    expect(await evaluate("redis.call('RPUSH', 'l', 0.1, 2^60, 3, 'x', 1/3, 1e15, 7, 8) return redis.call('LRANGE', 'l', 0, -1)")).toEqual(['0.10000000000000001', '1.152921504606847e+18', '3', 'x', '0.33333333333333331', '1000000000000000', '7', '8'])
  })

  test('handles any bytes', async () => {
    const every = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
    expect(await evaluate("redis.call('SET', KEYS[1], ARGV[1]) return {redis.call('GET', KEYS[1]), #ARGV[1]}", [every], [every])).toEqual([every, 256])
  })

  test('sees time stand still', async () => {
    await ask('SET', 'a', '1', 'PX', '100')
    expect(await evaluate("local t = redis.call('TIME') for i = 1, 100000 do end return redis.call('TIME')[2] == t[2]")).toBe(1)
  })

  test('stays known by its SHA-1 until it is forgotten', async () => {
    const sha = await ask('SCRIPT', 'LOAD', 'return ARGV[1]') as string
    expect(await ask('EVALSHA', sha, '0', 'x')).toBe('x')
    expect(await ask('EVALSHA', sha.toUpperCase(), '0', 'x')).toBe('x')
    expect(await ask('SCRIPT', 'EXISTS', sha, 'f'.repeat(40))).toEqual([1, 0])
    await ask('SCRIPT', 'FLUSH')
    expect(await ask('EVALSHA', sha, '0', 'x')).toBe('-NOSCRIPT No matching script. Please use EVAL.')
  })

  test('that was only evaluated may be forgotten when there are many, one that was loaded is not', async () => {
    const loaded = await ask('SCRIPT', 'LOAD', 'return 0') as string
    await client.send(Array.from({ length: 600 }, (_, i) => ['EVAL', `return ${i} + 1`, '0']))
    expect(await ask('SCRIPT', 'EXISTS', loaded)).toEqual([1])
    expect(Number(/number_of_cached_scripts:(\d+)/.exec(String(await ask('INFO', 'memory')))![1])).toBe(501)
  })

  test('runs as one with the transaction it is in', async () => {
    const other = await server.raw()
    await client.send([['WATCH', 'a'], ['MULTI'], ['EVAL', "return redis.call('INCR', 'a')", '0'], ['INCR', 'a']])
    await other.send([['GET', 'a']])
    expect(await ask('EXEC')).toEqual([1, 2])
  })

  test('leaves the database of its client alone', async () => {
    expect(await evaluate("redis.call('SELECT', 3) redis.call('SET', 'a', 'three')")).toBeNull()
    expect(await ask('GET', 'a')).toBeNull()
    await ask('SELECT', '3')
    expect(await ask('GET', 'a')).toBe('three')
  })

  test('finds nothing of the script before it', async () => {
    expect(await evaluate('x = 1')).toMatch(/^-ERR user_script:1: Attempt to modify a readonly table/)
    expect(await evaluate('redis.call = nil')).toMatch(/readonly table/)
    expect(await evaluate("string.rep = nil return string.rep('a', 2)")).toMatch(/readonly table/)
    expect(await evaluate("return string.rep('a', 2)")).toBe('aa')
  })
})

describe('an error in a script', () => {
  test('names the place', async () => {
    expect(await evaluate('\n\nreturn nothing')).toMatch(/^-ERR user_script:3: Script attempted to access nonexistent global variable 'nothing' script: [\da-f]{40}, on @user_script:3\.$/)
    await ask('SET', 's', 'text')
    expect(await evaluate("local a = 1\nlocal b = redis.call('INCR', 's')\nreturn b")).toMatch(/^-ERR value is not an integer or out of range script: [\da-f]{40}, on @user_script:2\.$/)
    expect(await evaluate("local a = 1\nreturn redis.call('INCR', 's')")).toMatch(/on @user_script:2\.$/)
    expect(await evaluate("local x =\n1\nerror('boom')")).toMatch(/^-ERR user_script:3: boom script: /)
  })

  test('can be caught', async () => {
    await ask('SET', 's', 'text')
    expect(await evaluate("return redis.pcall('INCR', 's')")).toBe('-ERR value is not an integer or out of range')
    expect(await evaluate("local ok, e = pcall(redis.call, 'INCR', 's') return {ok, e}")).toEqual([null, 'ERR value is not an integer or out of range'])
    expect(await evaluate("local ok, e = pcall(error, {err = 'MINE x'}) return e")).toMatch(/MINE x/)
  })

  test('leaves done what was done before it', async () => {
    expect(await evaluate("redis.call('SET', 'a', '1') return redis.call('NOPE')")).toMatch(/^-ERR Unknown Redis command called from script script: /)
    expect(await ask('GET', 'a')).toBe('1')
  })
})

test('may answer what is no answer, and what does not fit', async () => {
  expect(await evaluate('return error')).toBeNull()
  expect(await evaluate("return {1, error, cjson.null, {cjson.decode('[null, 2]')}, coroutine.create(function() end), 's'}")).toEqual([1, null, null, [[null, 2]], null, 's'])
  expect(await evaluate('return _G')).toEqual([])
  expect(await evaluate("return setmetatable({1, 2}, {__index = function() error('x') end})")).toEqual([1, 2])
  expect((await client.send([['EVAL', 'return {1/0, -1/0, 0/0, 2^63, 2^64, 2^62}', '0']]))[0]!.value).toEqual([...Array<string>(5).fill('-9223372036854775808'), '4611686018427387904'].map((value) => ({ sign: ':', value })))
  expect(await evaluate('local t = {} t[1] = t return t')).not.toBeNull()
  expect(await evaluate('local t = {} for i = 1, 2000 do t = {t} end return t')).not.toBeNull()
  expect(await evaluate("return #cjson.encode(cjson.decode(string.rep('[', 499) .. string.rep(']', 499)))")).toBe(998)
  expect(await evaluate("return cjson.decode(string.rep('[', 900) .. string.rep(']', 900))")).toMatch(/^-ERR user_script:1: Found too many nested data structures/)
  expect(await evaluate('return 1')).toBe(1)
})

test('words its mistakes as Redis does', async () => {
  expect(await evaluate('return redis.error_reply()')).toBe('-ERR wrong number or type of arguments')
  expect(await evaluate('return redis.status_reply(1)')).toBe('-ERR wrong number or type of arguments')
  expect(await evaluate('return redis.sha1hex()')).toMatch(/^-ERR wrong number of arguments script: /)
  expect(await evaluate('return redis.setresp()')).toMatch(/^-ERR redis\.setresp\(\) requires one argument\. script: /)
  expect(await evaluate("return redis.log(99, 'x')")).toMatch(/^-ERR Invalid debug level\. script: /)
  expect(await evaluate('error()')).toMatch(/^-ERR nil script: /)
  expect(await evaluate("redis.setresp(3) return type(redis.call('GET', 'none'))")).toBe('nil')
})

describe('a script without end', () => {
  test('that has written takes the server with it, and nothing of it is kept', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-redis-'))
    const open = (): Promise<RunningServer> => startRedisServer({ dir, settings: { 'busy-reply-threshold': '200', 'auto-aof-rewrite-min-size': '1' } }, { clock: systemClock, logger: silentLogger, ended: ended.resolve })
    const ended = Promise.withResolvers<MillraceError>()
    try {
      const first = await open()
      const talker = await RawRedis.open(first.port)
      await talker.send([['SET', 'before', '1']])
      await expect(talker.send([['MULTI'], ['SET', 'half', '1'], ['EVAL', "while true do redis.call('INCR', 'n') end", '0'], ['EXEC'], ['GET', 'n']])).rejects.toThrow('closed')
      expect((await ended.promise).message).toBe('the script ran on for longer than busy-reply-threshold and was ended, but it had written already')
      const again = await open()
      const reader = await RawRedis.open(again.port)
      expect((await reader.send([['MGET', 'before', 'half', 'n']])).map(plain)).toEqual([['1', null, null]])
      reader.close()
      await again.close()
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })

  test.each([
    ['a loop', 'while true do end'],
    ['a loop around pcall', 'while true do pcall(function() while true do end end) end'],
  ])('is ended, and the server goes on: %s', async (_, script) => {
    expect(await evaluate(script)).toMatch(/^-ERR the script ran on for longer than busy-reply-threshold and was ended script: /)
    expect(await evaluate('return 1')).toBe(1)
  })

  test('that takes all memory is ended, and the next ones run on a new machine', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await evaluate("local t = {} for i = 1, 1e9 do t[i] = string.rep('x', 1e6) .. i end return 1")).toMatch(/^-ERR .*memory/)
      await expect.poll(() => evaluate("redis.call('SET', 'a', 'b') return 1"), { timeout: 20_000 }).toBe(1)
    }
  })

  test('that calls itself for ever is ended', async () => {
    expect(await evaluate('local function f() return f() + 1 end return f()')).toMatch(/^-ERR user_script:1: stack overflow/)
    expect(await evaluate('return 1')).toBe(1)
  })
})

test('EVAL_RO writes nothing', async () => {
  expect(await ask('EVAL_RO', "return redis.call('SET', 'a', '1')", '0')).toMatch(/^-ERR Write commands are not allowed from read-only scripts\. script: /)
  expect(await ask('EVAL_RO', "return redis.call('GET', 'a')", '0')).toBeNull()
})
