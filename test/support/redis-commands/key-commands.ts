import fc from 'fast-check'
import { command, element, options, some } from './words.ts'

const key = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('string1', 'hash1') }, { weight: 2, arbitrary: fc.constantFrom('string2', 'hash2', 'list1', 'set1', 'zset1', 'stream1', 'missing') })
const database = fc.oneof({ weight: 8, arbitrary: fc.constantFrom('0', '1') }, fc.constantFrom('15', '16', '-1', 'x', '99999999999', '9223372036854775808'))
const seconds = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('100', '1000', '5000') }, fc.constantFrom('0', '-1', 'x', '1.5', '9223372036854775807', '-9223372036854775808', '9223372036854775'))
const milliseconds = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('100000', '1000000') }, fc.constantFrom('0', '-1', 'x', '9223372036854775807', '-9223372036854775808'))
const atSeconds = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('4102444800', '4102444900') }, fc.constantFrom('1', '0', '-1', 'x', '9223372036854775807', '9223372036854775'))
const atMilliseconds = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('4102444800000', '4102444800999') }, fc.constantFrom('1', '-1', 'x', '9223372036854775807', '9223372036854775000'))
const conditions = options(command('NX'), command('xx'), command('GT'), command('lt'), command('ZZ'))
const pattern = fc.constantFrom('*', 's*', '*1', '[hs]*', '[^s]*', 'str?ng1', '?', '', 'string[1-2]', '[a-', '[', '\\s*', 'string\\1', '*t*1', '**', '[]]', '[^]*', '[z-a]*')

export const keyCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 3, arbitrary: command('SET', fc.constantFrom('string1', 'string2'), element) },
  { weight: 3, arbitrary: command('HSET', fc.constantFrom('hash1', 'hash2'), element, element) },
  { weight: 2, arbitrary: command('RPUSH', 'list1', element) },
  { weight: 2, arbitrary: command('SADD', 'set1', element) },
  { weight: 2, arbitrary: command('ZADD', 'zset1', '1', element) },
  command('XADD', 'stream1', '1-*', element, element),
  command('TYPE', key),
  command(fc.constantFrom('DEL', 'UNLINK', 'EXISTS', 'TOUCH'), some(key)),
  { weight: 4, arbitrary: command(fc.constantFrom('EXPIREAT', 'expireat'), key, fc.constantFrom('4102444800', '4102444900', '4102444700'), fc.constantFrom([], ['GT'], ['LT'], ['NX'], ['XX'])) },
  command('EXPIRE', key, seconds, conditions),
  command('PEXPIRE', key, milliseconds, conditions),
  command('EXPIREAT', key, atSeconds, conditions),
  command('PEXPIREAT', key, atMilliseconds, conditions),
  { weight: 4, arbitrary: command(fc.constantFrom('TTL', 'PTTL'), key) },
  { weight: 6, arbitrary: command(fc.constantFrom('EXPIRETIME', 'PEXPIRETIME'), key) },
  command('PERSIST', key),
  { weight: 3, arbitrary: command(fc.constantFrom('RENAME', 'RENAMENX'), key, key) },
  command('COPY', key, key, options(command('REPLACE'), command('DB', database), command('NONSENSE'))),
  command('MOVE', key, database),
  command('SELECT', database),
  command('SWAPDB', database, database),
  command('KEYS', pattern),
  command('SCAN', fc.constantFrom('0', 'x', '-0', ''), 'COUNT', '1000', options(command('MATCH', pattern), command('COUNT', fc.constantFrom('1000', '0', 'x', '-1')), command('TYPE', fc.constantFrom('string', 'HASH', 'list', 'nothing')))),
  command('DBSIZE'),
  command('OBJECT', fc.constantFrom('ENCODING', 'refcount', 'FREQ', 'NONSENSE'), key),
  command('FLUSHDB', fc.constantFrom([], ['ASYNC'], ['sync'], ['NONSENSE'], ['a', 'b'])),
)

/** Answers whose elements come in any order. */
export const unordered = new Set(['keys', 'scan'])
/** Answers that depend on the clock, with how far they may be apart. */
export const approximate = new Map([['ttl', 5], ['expiretime', 5], ['pttl', 5000], ['pexpiretime', 5000]])
