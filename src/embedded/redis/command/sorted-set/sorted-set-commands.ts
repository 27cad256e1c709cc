import type { Command } from '../command.ts'
import { keysAfterCount } from '../keys-after-count.ts'
import { blockingPop, bzmpop, pop, zmpop } from './pop.ts'
import { count, range, removeRange, zrangestore } from './range.ts'
import { rank, zcard, zmscore, zrem, zscan, zscore } from './scores.ts'
import { combine, combineInto, zintercard } from './sorted-set-algebra.ts'
import { zadd, zincrby } from './zadd.ts'
import { zrandmember } from './zrandmember.ts'

const group = 'sorted-set'

export const sortedSetCommands: readonly Command[] = [
  { name: 'bzmpop', arity: -5, flags: ['write', 'blocking', 'movablekeys'], group, keysOf: keysAfterCount(2), since: '7.0.0', summary: 'Remove and return members with scores in a sorted set or block until one is available', run: bzmpop },
  { name: 'bzpopmax', arity: -3, flags: ['write', 'noscript', 'blocking', 'fast'], group, keys: [1, -2, 1], since: '5.0.0', summary: 'Remove and return the member with the highest score from one or more sorted sets, or block until one is available', run: blockingPop('max') },
  { name: 'bzpopmin', arity: -3, flags: ['write', 'noscript', 'blocking', 'fast'], group, keys: [1, -2, 1], since: '5.0.0', summary: 'Remove and return the member with the lowest score from one or more sorted sets, or block until one is available', run: blockingPop('min') },
  { name: 'zadd', arity: -4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Add one or more members to a sorted set, or update its score if it already exists', run: zadd },
  { name: 'zcard', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Get the number of members in a sorted set', run: zcard },
  { name: 'zcount', arity: 4, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Count the members in a sorted set with scores within the given values', run: count('score') },
  { name: 'zdiff', arity: -3, flags: ['readonly', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '6.2.0', summary: 'Subtract multiple sorted sets', run: combine('difference') },
  { name: 'zdiffstore', arity: -4, flags: ['write', 'denyoom', 'movablekeys'], group, keys: [1, 1, 1], keysOf: keysAfterCount(2, 1), since: '6.2.0', summary: 'Subtract multiple sorted sets and store the resulting sorted set in a new key', run: combineInto('difference') },
  { name: 'zincrby', arity: 4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Increment the score of a member in a sorted set', run: zincrby },
  { name: 'zinter', arity: -3, flags: ['readonly', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '6.2.0', summary: 'Intersect multiple sorted sets', run: combine('intersection') },
  { name: 'zintercard', arity: -3, flags: ['readonly', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '7.0.0', summary: 'Intersect multiple sorted sets and return the cardinality of the result', run: zintercard },
  { name: 'zinterstore', arity: -4, flags: ['write', 'denyoom', 'movablekeys'], group, keys: [1, 1, 1], keysOf: keysAfterCount(2, 1), since: '2.0.0', summary: 'Intersect multiple sorted sets and store the resulting sorted set in a new key', run: combineInto('intersection') },
  { name: 'zlexcount', arity: 4, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.8.9', summary: 'Count the number of members in a sorted set between a given lexicographical range', run: count('lex') },
  { name: 'zmpop', arity: -4, flags: ['write', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '7.0.0', summary: 'Remove and return members with scores in a sorted set', run: zmpop },
  { name: 'zmscore', arity: -3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '6.2.0', summary: 'Get the score associated with the given members in a sorted set', run: zmscore },
  { name: 'zpopmax', arity: -2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Remove and return members with the highest scores in a sorted set', run: pop('max') },
  { name: 'zpopmin', arity: -2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Remove and return members with the lowest scores in a sorted set', run: pop('min') },
  { name: 'zrandmember', arity: -2, flags: ['readonly'], group, keys: [1, 1, 1], since: '6.2.0', summary: 'Get one or multiple random elements from a sorted set', run: zrandmember },
  { name: 'zrange', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Return a range of members in a sorted set', run: range() },
  { name: 'zrangebylex', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.8.9', summary: 'Return a range of members in a sorted set, by lexicographical range', run: range({ by: 'lex', backwards: false }) },
  { name: 'zrangebyscore', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.0.5', summary: 'Return a range of members in a sorted set, by score', run: range({ by: 'score', backwards: false }) },
  { name: 'zrangestore', arity: -5, flags: ['write', 'denyoom'], group, keys: [1, 2, 1], since: '6.2.0', summary: 'Store a range of members from sorted set into another key', run: zrangestore },
  { name: 'zrank', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Determine the index of a member in a sorted set', run: rank(false) },
  { name: 'zrem', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Remove one or more members from a sorted set', run: zrem },
  { name: 'zremrangebylex', arity: 4, flags: ['write'], group, keys: [1, 1, 1], since: '2.8.9', summary: 'Remove all members in a sorted set between the given lexicographical range', run: removeRange('lex') },
  { name: 'zremrangebyrank', arity: 4, flags: ['write'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Remove all members in a sorted set within the given indexes', run: removeRange('rank') },
  { name: 'zremrangebyscore', arity: 4, flags: ['write'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Remove all members in a sorted set within the given scores', run: removeRange('score') },
  { name: 'zrevrange', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Return a range of members in a sorted set, by index, with scores ordered from high to low', run: range({ by: 'rank', backwards: true }) },
  { name: 'zrevrangebylex', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.8.9', summary: 'Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings.', run: range({ by: 'lex', backwards: true }) },
  { name: 'zrevrangebyscore', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Return a range of members in a sorted set, by score, with scores ordered from high to low', run: range({ by: 'score', backwards: true }) },
  { name: 'zrevrank', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Determine the index of a member in a sorted set, with scores ordered from high to low', run: rank(true) },
  { name: 'zscan', arity: -3, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.8.0', summary: 'Incrementally iterate sorted sets elements and associated scores', run: zscan },
  { name: 'zscore', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Get the score associated with the given member in a sorted set', run: zscore },
  { name: 'zunion', arity: -3, flags: ['readonly', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '6.2.0', summary: 'Add multiple sorted sets', run: combine('union') },
  { name: 'zunionstore', arity: -4, flags: ['write', 'denyoom', 'movablekeys'], group, keys: [1, 1, 1], keysOf: keysAfterCount(2, 1), since: '2.0.0', summary: 'Add multiple sorted sets and store the resulting sorted set in a new key', run: combineInto('union') },
]
