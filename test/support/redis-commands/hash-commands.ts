import fc from 'fast-check'
import { float, number } from './string-commands.ts'
import { command, element, keyOf, options, some } from './words.ts'

const key = keyOf('hash')
const pairs = fc.array(fc.tuple(element, fc.oneof(element, number)), { minLength: 1, maxLength: 4 }).map((list) => list.flat())

export const hashCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command(fc.constantFrom('HSET', 'hset', 'HMSET'), key, pairs) },
  command(fc.constantFrom('HSET', 'HMSET'), key, pairs, element),
  command('HSETNX', key, element, element),
  command('HGET', key, element),
  command('HMGET', key, some(element)),
  command('HDEL', key, some(element)),
  command('HLEN', key),
  command('HSTRLEN', key, element),
  command('HEXISTS', key, element),
  command(fc.constantFrom('HKEYS', 'HVALS', 'HGETALL'), key),
  { weight: 6, arbitrary: command('HINCRBY', key, element, number) },
  { weight: 6, arbitrary: command('HINCRBYFLOAT', key, element, float) },
  command('HRANDFIELD', key, fc.constantFrom('1000', '0', 'x', '-9223372036854775808'), options(command('WITHVALUES'))),
  command('HRANDFIELD', key, '1000', 'WITHSCORES'),
  command('HSCAN', key, fc.constantFrom('0', 'x', ' 0', ''), 'COUNT', '1000', options(command('MATCH', fc.constantFrom('*', 'a*', '[ab]', '?', '[^a]', '\\*')))),
  command('HSCAN', key, '0', fc.constantFrom(['COUNT', '0'], ['COUNT', 'x'], ['MATCH'], ['NONSENSE', 'x'])),
  command('OBJECT', 'ENCODING', key),
)

/** Answers whose elements come in any order. */
export const unordered = new Set(['hkeys', 'hvals', 'hgetall', 'hrandfield', 'hscan'])
