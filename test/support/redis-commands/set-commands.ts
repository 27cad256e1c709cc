import fc from 'fast-check'
import { command, count, countedKeys, element, keyOf, options, some } from './words.ts'

const key = keyOf('set')

export const setCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command('SADD', key, some(element, 6)) },
  command('SADD', key, some(fc.integer({ min: -20, max: 20 }).map(String), 8)),
  command('SREM', key, some(element)),
  command('SMEMBERS', key),
  command('SISMEMBER', key, element),
  command('SMISMEMBER', key, some(element)),
  command('SCARD', key),
  command('SMOVE', key, key, element),
  command(fc.constantFrom('SUNION', 'SINTER', 'SDIFF'), some(key)),
  command(fc.constantFrom('SUNIONSTORE', 'SINTERSTORE', 'SDIFFSTORE'), key, some(key)),
  command('SINTERCARD', countedKeys(key), options(command('LIMIT', count))),
  command('SSCAN', key, fc.constantFrom('0', 'x', ' 0', '0x', ''), 'COUNT', '1000', options(command('MATCH', fc.constantFrom('*', 'a*', '[ab]', '?', '1*')))),
  command('SSCAN', key, '0', fc.constantFrom(['COUNT', '0'], ['COUNT', 'x'], ['MATCH'])),
  command('SRANDMEMBER', key, fc.constantFrom('1000', '0', 'x', '-9223372036854775808')),
  command('SPOP', key, fc.constantFrom('1000', '0', 'x', '-1')),
  command('OBJECT', 'ENCODING', key),
)

/** Answers whose elements come in any order. */
export const unordered = new Set(['smembers', 'sunion', 'sinter', 'sdiff', 'sscan', 'srandmember', 'spop'])
