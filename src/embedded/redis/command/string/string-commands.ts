import type { Command } from '../command.ts'
import { append, decr, decrby, incr, incrby, incrbyfloat, setrange } from './change.ts'
import { get, getdel, getex, getrange, getset, mget, mset, strlen } from './get.ts'
import { lcs } from './lcs.ts'
import { set, setnx, setWithExpiry } from './set.ts'

const group = 'string'

export const stringCommands: readonly Command[] = [
  { name: 'append', arity: 3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Add to the end of a string', run: append },
  { name: 'decr', arity: 2, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Subtract one from an integer', run: decr },
  { name: 'decrby', arity: 3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Subtract from an integer', run: decrby },
  { name: 'get', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'The content of a string', run: get },
  { name: 'getdel', arity: 2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '6.2.0', summary: 'The content of a string, which is then deleted', run: getdel },
  { name: 'getex', arity: -2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '6.2.0', summary: 'The content of a string, with another expiry', run: getex },
  { name: 'getrange', arity: 4, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.4.0', summary: 'A part of a string', run: getrange },
  { name: 'getset', arity: 3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Set a string and answer what it was', run: getset },
  { name: 'incr', arity: 2, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Add one to an integer', run: incr },
  { name: 'incrby', arity: 3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Add to an integer', run: incrby },
  { name: 'incrbyfloat', arity: 3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'Add to a number', run: incrbyfloat },
  { name: 'lcs', arity: -3, flags: ['readonly'], group, keys: [1, 2, 1], since: '7.0.0', summary: 'The longest common subsequence of two strings', run: lcs },
  { name: 'mget', arity: -2, flags: ['readonly', 'fast'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'The contents of several strings', run: mget },
  { name: 'mset', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, -1, 2], since: '1.0.1', summary: 'Set several strings', run: mset('mset') },
  { name: 'msetnx', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, -1, 2], since: '1.0.1', summary: 'Set several strings if none of the keys is there', run: mset('msetnx') },
  { name: 'psetex', arity: 4, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'Set a string that expires, in milliseconds', run: setWithExpiry('psetex') },
  { name: 'set', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Set a string', run: set },
  { name: 'setex', arity: 4, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Set a string that expires, in seconds', run: setWithExpiry('setex') },
  { name: 'setnx', arity: 3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Set a string if the key is not there', run: setnx },
  { name: 'setrange', arity: 4, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Overwrite a part of a string', run: setrange },
  { name: 'strlen', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'The length of a string', run: strlen },
  { name: 'substr', arity: 4, flags: ['readonly'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'A part of a string; the old name of GETRANGE', run: getrange },
]
