import type { Command } from '../command.ts'
import { keysAfterCount } from '../keys-after-count.ts'
import { blmpop, blockingPop, lmpop } from './blocking-pop.ts'
import { lindex, linsert, llen, lrange, lrem, lset, ltrim } from './list-items.ts'
import { lpos } from './lpos.ts'
import { blmove, brpoplpush, lmove, rpoplpush } from './move.ts'
import { pop, push } from './push-pop.ts'

const group = 'list'

export const listCommands: readonly Command[] = [
  { name: 'blmove', arity: 6, flags: ['write', 'denyoom', 'noscript', 'blocking'], group, keys: [1, 2, 1], since: '6.2.0', summary: 'Pop an element from a list, push it to another list and return it; or block until one is available', run: blmove },
  { name: 'blmpop', arity: -5, flags: ['write', 'blocking', 'movablekeys'], group, keysOf: keysAfterCount(2), since: '7.0.0', summary: 'Pop elements from a list, or block until one is available', run: blmpop },
  { name: 'blpop', arity: -3, flags: ['write', 'noscript', 'blocking'], group, keys: [1, -2, 1], since: '2.0.0', summary: 'Remove and get the first element in a list, or block until one is available', run: blockingPop('left') },
  { name: 'brpop', arity: -3, flags: ['write', 'noscript', 'blocking'], group, keys: [1, -2, 1], since: '2.0.0', summary: 'Remove and get the last element in a list, or block until one is available', run: blockingPop('right') },
  { name: 'brpoplpush', arity: 4, flags: ['write', 'denyoom', 'noscript', 'blocking'], group, keys: [1, 2, 1], since: '2.2.0', summary: 'Pop an element from a list, push it to another list and return it; or block until one is available', run: brpoplpush },
  { name: 'lindex', arity: 3, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Get an element from a list by its index', run: lindex },
  { name: 'linsert', arity: 5, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Insert an element before or after another element in a list', run: linsert },
  { name: 'llen', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Get the length of a list', run: llen },
  { name: 'lmove', arity: 5, flags: ['write', 'denyoom'], group, keys: [1, 2, 1], since: '6.2.0', summary: 'Pop an element from a list, push it to another list and return it', run: lmove },
  { name: 'lmpop', arity: -4, flags: ['write', 'movablekeys'], group, keysOf: keysAfterCount(1), since: '7.0.0', summary: 'Pop elements from a list', run: lmpop },
  { name: 'lpop', arity: -2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Remove and get the first elements in a list', run: pop('left') },
  { name: 'lpos', arity: -3, flags: ['readonly'], group, keys: [1, 1, 1], since: '6.0.6', summary: 'Return the index of matching elements on a list', run: lpos },
  { name: 'lpush', arity: -3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Prepend one or multiple elements to a list', run: push('left', false) },
  { name: 'lpushx', arity: -3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Prepend an element to a list, only if the list exists', run: push('left', true) },
  { name: 'lrange', arity: 4, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Get a range of elements from a list', run: lrange },
  { name: 'lrem', arity: 4, flags: ['write'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Remove elements from a list', run: lrem },
  { name: 'lset', arity: 4, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Set the value of an element in a list by its index', run: lset },
  { name: 'ltrim', arity: 4, flags: ['write'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Trim a list to the specified range', run: ltrim },
  { name: 'rpop', arity: -2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Remove and get the last elements in a list', run: pop('right') },
  { name: 'rpoplpush', arity: 3, flags: ['write', 'denyoom'], group, keys: [1, 2, 1], since: '1.2.0', summary: 'Remove the last element in a list, prepend it to another list and return it', run: rpoplpush },
  { name: 'rpush', arity: -3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Append one or multiple elements to a list', run: push('right', false) },
  { name: 'rpushx', arity: -3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Append an element to a list, only if the list exists', run: push('right', true) },
]
