import fc from 'fast-check'
import { command, count, countedKeys, element, index, keyOf, options, some } from './words.ts'

const key = keyOf('zset')
const source = fc.oneof({ weight: 5, arbitrary: key }, fc.constantFrom('set1', 'set2'))

/** Doubles that are hard to write and to read. */
const hostile = [
  'inf', '-inf', '+INF', 'infinity', '-0', '0', '0.1', '1e300', '-1e-300', '4.9e-324', '2.2250738585072014e-308', '1.7976931348623157e308',
  '1000.00006103515625', '0.30000000000000004', '9007199254740993', '123456789012345678', '1e17', '1e16', '99999999999999999', '0x1p-3', '0x1.fffffffffffffp1023', '3.0', '.5', '5.', '1e5', '1E-5', '0.0001', '0.00001',
  'nan', '1e999', '1e-999', '', ' 1', '1 ', '1x', '--1', '0x', '(1', 'x',
]
export const score: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -4, max: 6 }).map(String) },
  { weight: 3, arbitrary: fc.constantFrom(...hostile) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }).map(String) },
)
const goodScore = fc.oneof(fc.integer({ min: -4, max: 6 }).map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String))
const scoreEnd = fc.oneof({ weight: 3, arbitrary: score }, score.map((text) => `(${text}`), fc.constantFrom('-inf', '+inf', '(inf'))
const lexEnd = fc.oneof({ weight: 4, arbitrary: element.map((text) => `[${text}`) }, { weight: 4, arbitrary: element.map((text) => `(${text}`) }, fc.constantFrom('-', '+', 'a', '', '-x', '['))
const limit = command('LIMIT', index, index)
const withScores = command('WITHSCORES')
const aggregate = command('AGGREGATE', fc.constantFrom('SUM', 'min', 'MAX', 'avg'))
const weights = command('WEIGHTS', some(score))
/** Members of one score only have an order that a range of members can rely on. */
const lexKey = fc.constantFrom('lex1', 'lex2')

export const sortedSetCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command('ZADD', key, fc.array(fc.tuple(goodScore, element), { minLength: 1, maxLength: 5 }).map((pairs) => pairs.flat())) },
  { weight: 2, arbitrary: command('ZADD', key, score, element) },
  { weight: 2, arbitrary: command('ZADD', key, options(command('NX'), command('XX'), command('GT'), command('lt'), command('CH'), command('INCR')), score, element) },
  command('ZADD', lexKey, some(element, 5).map((members) => members.flatMap((member) => ['0', member]))),
  command('ZADD', key, score),
  command('ZINCRBY', key, score, element),
  command('ZREM', key, some(element)),
  command('ZCARD', key),
  command('ZCOUNT', key, scoreEnd, scoreEnd),
  command('ZSCORE', key, element),
  command('ZMSCORE', key, some(element)),
  command(fc.constantFrom('ZRANK', 'ZREVRANK'), key, element),
  { weight: 3, arbitrary: command('ZRANGE', key, '0', '-1', 'WITHSCORES') },
  command('ZRANGE', key, index, index, options(command('REV'), withScores)),
  command('ZRANGE', key, scoreEnd, scoreEnd, 'BYSCORE', options(command('REV'), withScores, limit)),
  command('ZRANGE', lexKey, lexEnd, lexEnd, 'BYLEX', options(command('REV'), limit)),
  command('ZRANGE', key, index, index, options(command('REV'), withScores, limit, command('BYLEX'), command('BYSCORE'), command('NONSENSE'))),
  command('ZRANGESTORE', key, key, index, index, options(command('REV'))),
  command('ZRANGESTORE', key, key, scoreEnd, scoreEnd, 'BYSCORE', options(command('REV'), limit)),
  command('ZREVRANGE', key, index, index, options(withScores)),
  command(fc.constantFrom('ZRANGEBYSCORE', 'ZREVRANGEBYSCORE'), key, scoreEnd, scoreEnd, options(withScores, limit)),
  command(fc.constantFrom('ZRANGEBYLEX', 'ZREVRANGEBYLEX'), lexKey, lexEnd, lexEnd, options(limit)),
  command('ZLEXCOUNT', lexKey, lexEnd, lexEnd),
  command('ZREMRANGEBYLEX', lexKey, lexEnd, lexEnd),
  command('ZREMRANGEBYRANK', key, index, index),
  command('ZREMRANGEBYSCORE', key, scoreEnd, scoreEnd),
  command(fc.constantFrom('ZPOPMIN', 'ZPOPMAX'), key),
  command(fc.constantFrom('ZPOPMIN', 'ZPOPMAX'), key, count),
  command(fc.constantFrom('BZPOPMIN', 'BZPOPMAX'), some(key), fc.constantFrom('0.001', '-1', 'x')),
  command('ZMPOP', countedKeys(key), fc.constantFrom('MIN', 'max', 'mid'), options(command('COUNT', count))),
  command('BZMPOP', fc.constantFrom('0.001', 'x'), countedKeys(key), fc.constantFrom('MIN', 'max'), options(command('COUNT', count))),
  command(fc.constantFrom('ZUNION', 'ZINTER'), countedKeys(source), options(weights, aggregate, withScores)),
  command('ZDIFF', countedKeys(source), options(withScores)),
  command(fc.constantFrom('ZUNIONSTORE', 'ZINTERSTORE'), key, countedKeys(source), options(weights, aggregate)),
  command('ZDIFFSTORE', key, countedKeys(source)),
  command('ZINTERCARD', countedKeys(source), options(command('LIMIT', count))),
  command('ZRANDMEMBER', key, fc.constantFrom('1000', '0', 'x'), options(withScores)),
  command('ZSCAN', key, '0', 'COUNT', '1000', options(command('MATCH', fc.constantFrom('*', 'a*', '?')))),
  command('SADD', fc.constantFrom('set1', 'set2'), some(element)),
  command('OBJECT', 'ENCODING', key),
)

/** Answers whose elements come in any order. */
export const unordered = new Set(['zscan'])
