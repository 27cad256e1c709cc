import type { Command } from '../command.ts'
import { container } from '../help.ts'
import { expire, expiryOf, persist } from './expiry.ts'
import { frequency, idleSeconds, memoryUsage, objectFact, refcount } from './key-facts.ts'
import { copy, dbsize, del, exists, flush, keys, moveToDatabase, randomkey, rename, scan, swapdb, touch, type } from './key-names.ts'

const group = 'generic'
const server = 'server'

const objectCommand = container({ name: 'object', flags: [], group, since: '2.2.3', summary: 'Facts about what a key holds' }, [
  { name: 'encoding', syntax: '<key>', arity: 3, flags: ['readonly'], group, keys: [2, 2, 1], since: '2.2.3', summary: 'How Redis would hold a value of this kind and size', run: objectFact((value) => value.encoding) },
  { name: 'freq', syntax: '<key>', arity: 3, flags: ['readonly'], group, keys: [2, 2, 1], since: '4.0.0', summary: 'How often the key is used, under a policy that goes by it', run: objectFact(frequency) },
  { name: 'idletime', syntax: '<key>', arity: 3, flags: ['readonly'], group, keys: [2, 2, 1], since: '2.2.3', summary: 'Seconds since the key was used', run: objectFact(idleSeconds) },
  { name: 'refcount', syntax: '<key>', arity: 3, flags: ['readonly'], group, keys: [2, 2, 1], since: '2.2.3', summary: 'How many references to the value there would be in Redis', run: objectFact(refcount) },
])

const memoryCommand = container({ name: 'memory', flags: [], group: server, since: '4.0.0', summary: 'What memory is used for' }, [
  { name: 'usage', syntax: '<key> [SAMPLES <count>]', arity: -3, flags: ['readonly'], group: server, keys: [2, 2, 1], since: '4.0.0', summary: 'An estimate of the bytes that a key takes', run: memoryUsage },
])

export const keyCommands: readonly Command[] = [
  memoryCommand,
  objectCommand,
  { name: 'copy', arity: -3, flags: ['write', 'denyoom'], group, keys: [1, 2, 1], since: '6.2.0', summary: 'Copy a key', run: copy },
  { name: 'del', arity: -2, flags: ['write'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'Delete keys', run: del },
  { name: 'exists', arity: -2, flags: ['readonly', 'fast'], group, keys: [1, -1, 1], since: '1.0.0', summary: 'How many of the keys are there', run: exists },
  { name: 'expire', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Set when a key expires, in seconds from now', run: expire('expire', 1000, true) },
  { name: 'expireat', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.2.0', summary: 'Set when a key expires, in seconds since 1970', run: expire('expireat', 1000, false) },
  { name: 'expiretime', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '7.0.0', summary: 'When a key expires, in seconds since 1970', run: expiryOf(1000, false) },
  { name: 'keys', arity: 2, flags: ['readonly'], group, categories: ['dangerous'], since: '1.0.0', summary: 'All keys that match a pattern', run: keys },
  { name: 'move', arity: 3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'Move a key to another database', run: moveToDatabase },
  { name: 'persist', arity: 2, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Let a key no longer expire', run: persist },
  { name: 'pexpire', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'Set when a key expires, in milliseconds from now', run: expire('pexpire', 1, true) },
  { name: 'pexpireat', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'Set when a key expires, in milliseconds since 1970', run: expire('pexpireat', 1, false) },
  { name: 'pexpiretime', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '7.0.0', summary: 'When a key expires, in milliseconds since 1970', run: expiryOf(1, false) },
  { name: 'pttl', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'How long a key will live, in milliseconds', run: expiryOf(1, true) },
  { name: 'randomkey', arity: 1, flags: ['readonly'], group, since: '1.0.0', summary: 'A key taken by chance', run: randomkey },
  { name: 'rename', arity: 3, flags: ['write'], group, keys: [1, 2, 1], since: '1.0.0', summary: 'Rename a key', run: rename(false) },
  { name: 'renamenx', arity: 3, flags: ['write', 'fast'], group, keys: [1, 2, 1], since: '1.0.0', summary: 'Rename a key if the new name is free', run: rename(true) },
  { name: 'scan', arity: -2, flags: ['readonly'], group, since: '2.8.0', summary: 'Go through the keys step by step', run: scan },
  { name: 'touch', arity: -2, flags: ['readonly', 'fast'], group, keys: [1, -1, 1], since: '3.2.1', summary: 'Note a use of keys', run: touch },
  { name: 'ttl', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'How long a key will live, in seconds', run: expiryOf(1000, true) },
  { name: 'type', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '1.0.0', summary: 'The type of what a key holds', run: type },
  { name: 'unlink', arity: -2, flags: ['write', 'fast'], group, keys: [1, -1, 1], since: '4.0.0', summary: 'Delete keys', run: del },
  { name: 'dbsize', arity: 1, flags: ['readonly', 'fast'], group: server, categories: ['keyspace'], since: '1.0.0', summary: 'How many keys the database has', run: dbsize },
  { name: 'flushall', arity: -1, flags: ['write'], group: server, categories: ['keyspace', 'dangerous'], since: '1.0.0', summary: 'Delete everything in all databases', run: flush(({ keyspace }) => keyspace.databases) },
  { name: 'flushdb', arity: -1, flags: ['write'], group: server, categories: ['keyspace', 'dangerous'], since: '1.0.0', summary: 'Delete everything in the database', run: flush(({ db }) => [db]) },
  { name: 'swapdb', arity: 3, flags: ['write', 'fast'], group: server, categories: ['keyspace', 'dangerous'], since: '4.0.0', summary: 'Swap two databases', run: swapdb },
]
