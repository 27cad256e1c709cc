import type { Command } from '../command.ts'
import { keysAfterCount } from '../keys-after-count.ts'
import { spop, srandmember } from './random-members.ts'
import { combine, combineInto, difference, intersection, sintercard, union } from './set-algebra.ts'
import { sadd, scard, sismember, smembers, smismember, smove, srem, sscan } from './set-members.ts'

const group = 'set'

export const setCommands: readonly Command[] = [
  { name: 'sadd', arity: -3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Add one or more members to a set', run: sadd },
  { name: 'scard', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Get the number of members in a set', run: scard },
  { name: 'sdiff', arity: -2, flags: ['readonly'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Subtract multiple sets', run: combine(difference) },
  { name: 'sdiffstore', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Subtract multiple sets and store the resulting set in a key', run: combineInto(difference) },
  { name: 'sinter', arity: -2, flags: ['readonly'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Intersect multiple sets', run: combine(intersection) },
  { name: 'sintercard', arity: -3, flags: ['readonly', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '7.0.0', summary: 'Intersect multiple sets and return the cardinality of the result', run: sintercard },
  { name: 'sinterstore', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Intersect multiple sets and store the resulting set in a key', run: combineInto(intersection) },
  { name: 'sismember', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Determine if a given value is a member of a set', run: sismember },
  { name: 'smembers', arity: 2, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Get all the members in a set', run: smembers },
  { name: 'smismember', arity: -3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '6.2.0', summary: 'Returns the membership associated with the given elements for a set', run: smismember },
  { name: 'smove', arity: 4, flags: ['write', 'fast'], group, keys: [1, 2, 1], since: '1.0.0', summary: 'Move a member from one set to another', run: smove },
  { name: 'spop', arity: -2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Remove and return one or multiple random members from a set', run: spop },
  { name: 'srandmember', arity: -2, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Get one or multiple random members from a set', run: srandmember },
  { name: 'srem', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Remove one or more members from a set', run: srem },
  { name: 'sscan', arity: -3, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.8.0', summary: 'Incrementally iterate Set elements', run: sscan },
  { name: 'sunion', arity: -2, flags: ['readonly'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Add multiple sets', run: combine(union) },
  { name: 'sunionstore', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Add multiple sets and store the resulting set in a key', run: combineInto(union) },
]
