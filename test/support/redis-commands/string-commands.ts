import fc from 'fast-check'
import { command, element, index, keyOf, options, some } from './words.ts'

const key = keyOf('string')
/** Numbers in all their spellings, at all the ends of what fits. */
export const number: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
  { weight: 3, arbitrary: fc.constantFrom('9223372036854775807', '-9223372036854775808', '9007199254740991', '9007199254740992', '-9007199254740993', '4611686018427387904', '9223372036854775806') },
  { weight: 1, arbitrary: fc.constantFrom('9223372036854775808', '-9223372036854775809', '1.5', 'x', '', ' 1', '1 ', '+1', '01', '-0', '0x10', '1e3', '99999999999999999999') },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) },
)
/** For INCRBYFLOAT and HINCRBYFLOAT: what a long double makes of them. */
export const float: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map(String) },
  { weight: 2, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom('0.1', '0.2', '-0.3', '3.0e3', '1e17', '1e-17', '5e-18', '1e300', '-1e300', '1e4000', '1e-4000', '1.5', '.5', '5.', '0x1p-3', '0x.8p1', 'inf', '-inf', 'nan', '1e5000', '1e-6000', '1e99999999999', '1,5', '--1', '1e', 'e1', '9223372036854775807.5', '18446744073709551616', '0.30000000000000004', '123456789012345678.123456789') },
)
const seconds = fc.constantFrom('100000000000', '1000', '0', '-1', 'x', '9223372036854775807', '9223372036854775', '9223372036854776', '1.5')
const milliseconds = fc.constantFrom('100000000000000', '1000000', '0', '-5', 'x', '9223372036854775807')
const atSeconds = fc.constantFrom('4102444800', '1', '0', '-1', 'x', '9223372036854775')
const atMilliseconds = fc.constantFrom('4102444800000', '1', '0', '9223372036854775807', 'x')
export const expiry = fc.oneof(command('EX', seconds), command('px', milliseconds), command('EXAT', atSeconds), command('PXAT', atMilliseconds))
const offset = fc.oneof({ weight: 10, arbitrary: fc.integer({ min: 0, max: 70 }).map(String) }, { weight: 1, arbitrary: fc.constantFrom('-1', 'x', '9223372036854775807', '536870911000', '1000') })

/** Few cells and numbers at the ends of what fits: sums meet. */
const edge = fc.constantFrom('9007199254740991', '-9007199254740991', '9223372036854775806', '-9223372036854775807', '1', '2', '3', '-1', '-2', '9007199254740993', '-9007199254740990')
export const counterCommand: fc.Arbitrary<string[]> = fc.oneof(
  command(fc.constantFrom('INCRBY', 'DECRBY'), 'string1', edge),
  command('HINCRBY', 'hash1', fc.constantFrom('f', 'g'), edge),
  command(fc.constantFrom('INCR', 'DECR', 'GET'), 'string1'),
  command('HGET', 'hash1', 'f'),
  command('HSET', 'hash1', 'f', edge),
  command('SET', 'string1', edge),
)

export const stringCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command('SET', key, element) },
  { weight: 4, arbitrary: command('SET', key, number) },
  { weight: 4, arbitrary: command('SET', key, element, options(command('NX'), command('xx'), command('GET'), command('KEEPTTL'), expiry, command('NONSENSE'))) },
  { weight: 2, arbitrary: command('SET', key, element, options(command('XX'), command('GET'))) },
  command('SETNX', key, element),
  command('SETEX', key, seconds, element),
  command('PSETEX', key, milliseconds, element),
  { weight: 4, arbitrary: command('GET', key) },
  command('GETSET', key, element),
  command('GETDEL', key),
  command('GETEX', key, options(expiry, command('PERSIST'))),
  command('MGET', some(key)),
  command('MSET', fc.array(fc.tuple(key, element), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat())),
  command('MSETNX', key, element, keyOf('other'), element),
  command(fc.constantFrom('MSET', 'MSETNX'), key, element, key),
  command('APPEND', key, element),
  command('STRLEN', key),
  command(fc.constantFrom('GETRANGE', 'SUBSTR'), key, index, index),
  command('SETRANGE', key, offset, element),
  { weight: 3, arbitrary: command(fc.constantFrom('INCR', 'DECR'), key) },
  { weight: 5, arbitrary: command(fc.constantFrom('INCRBY', 'DECRBY'), key, number) },
  { weight: 5, arbitrary: command('INCRBYFLOAT', key, float) },
  command('LCS', key, key, options(command('LEN'), command('IDX'), command('WITHMATCHLEN'), command('MINMATCHLEN', index))),
  command('OBJECT', 'ENCODING', key),
  { weight: 6, arbitrary: command('EXPIRETIME', key) },
)
