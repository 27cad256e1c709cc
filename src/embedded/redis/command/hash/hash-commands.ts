import type { Command } from '../command.ts'
import { hdel, hexists, hget, hgetall, hkeys, hlen, hmget, hset, hsetnx, hstrlen, hvals } from './hash-fields.ts'
import { hincrby, hincrbyfloat } from './hash-increments.ts'
import { hrandfield, hscan } from './hash-visits.ts'

const group = 'hash'

export const hashCommands: readonly Command[] = [
  { name: 'hdel', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Delete fields', run: hdel },
  { name: 'hexists', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Whether a field is there', run: hexists },
  { name: 'hget', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'The value of a field', run: hget },
  { name: 'hgetall', arity: 2, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'All fields with their values', run: hgetall },
  { name: 'hincrby', arity: 4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Add to an integer in a field', run: hincrby },
  { name: 'hincrbyfloat', arity: 4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'Add to a number in a field', run: hincrbyfloat },
  { name: 'hkeys', arity: 2, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'All fields', run: hkeys },
  { name: 'hlen', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'How many fields there are', run: hlen },
  { name: 'hmget', arity: -3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'The values of several fields', run: hmget },
  { name: 'hmset', arity: -4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Set several fields', run: hset('hmset') },
  { name: 'hrandfield', arity: -2, flags: ['readonly'], group, keys: [1, 1, 1], since: '6.2.0', summary: 'Fields taken by chance', run: hrandfield },
  { name: 'hscan', arity: -3, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.8.0', summary: 'Go through the fields step by step', run: hscan },
  { name: 'hset', arity: -4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Set fields', run: hset('hset') },
  { name: 'hsetnx', arity: 4, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'Set a field that is not there', run: hsetnx },
  { name: 'hstrlen', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '3.2.0', summary: 'The length of a field\'s value', run: hstrlen },
  { name: 'hvals', arity: 2, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.0.0', summary: 'All values', run: hvals },
]
