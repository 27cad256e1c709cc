import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { anyCommand } from './any-command.ts'
import { command, some } from './words.ts'

export const userNames = ['alice', 'bob']
const user = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...userNames) }, { weight: 1, arbitrary: fc.constantFrom('nobody', 'a b', '') })
const password = fc.constantFrom('pw', 'other', '')
const hash = createHash('sha256').update('pw').digest('hex')

const keyPattern = fc.constantFrom('*', 'string*', 'hash1', 'list?', '[sz]*', 'stream1', 'a b')
const channelPattern = fc.constantFrom('news*', 'news.1', '*')
const commandName = fc.constantFrom('get', 'SET', 'hincrby', 'hget', 'del', 'eval', 'config', 'config|get', 'config|nosuch', 'client', 'client|getname', 'object|encoding', 'exec', 'multi', 'select', 'publish', 'ping', 'nosuch', 'acl|cat|x')
const category = fc.constantFrom('read', 'write', 'hash', 'STRING', 'list', 'fast', 'slow', 'dangerous', 'admin', 'connection', 'keyspace', 'pubsub', 'scripting', 'blocking', 'nosuch')
const sign = fc.constantFrom('+', '-')

const permission: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom('~', '%R~', '%W~', '%rw~', '%X~', '%~', '%R'), keyPattern).map(([sign, pattern]) => `${sign}${pattern}`),
  fc.constantFrom('allkeys', 'resetkeys', 'allchannels', 'resetchannels'),
  channelPattern.map((pattern) => `&${pattern}`),
  { weight: 3, arbitrary: fc.tuple(sign, commandName).map((words) => words.join('')) },
  { weight: 3, arbitrary: fc.tuple(sign, category).map(([sign, name]) => `${sign}@${name}`) },
  { weight: 3, arbitrary: fc.constantFrom('+@all', 'allcommands', '-@all', 'NOCOMMANDS') },
  fc.constantFrom('+select|0', '+SELECT|1', '+get|string1', '+select|', '-select|0'),
)

const rule: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: permission },
  fc.constantFrom('on', 'ON', 'off', 'nopass', 'resetpass', 'reset', 'sanitize-payload', 'skip-sanitize-payload', 'clearselectors', '', 'nosuch', '+', '@all'),
  fc.tuple(fc.constantFrom('>', '<', '#', '!'), fc.oneof(password, fc.constantFrom(hash, hash.toUpperCase()))).map((words) => words.join('')),
  fc.array(permission, { maxLength: 3 }).map((rules) => `(${rules.join(' ')})`),
  fc.constantFrom('(+get', '~string*)', ')', '(on)'),
)

/** In scripts and on their own: commands with names the rules speak of. */
const named: fc.Arbitrary<string[]> = fc.constantFrom(
  ['GET', 'string1'], ['SET', 'string1', 'x'], ['SET', 'string1', 'x', 'get'], ['HINCRBY', 'hash1', 'f', '1'], ['DEL', 'string1', 'hash1'], ['RENAME', 'string1', 'hash1'],
  ['CONFIG', 'GET', 'nothing'], ['CONFIG', 'nosuch'], ['CLIENT', 'GETNAME'], ['OBJECT', 'ENCODING', 'string1'], ['SELECT', '0'], ['PUBLISH', 'news.1', 'x'], ['PUBLISH', 'old', 'x'], ['PING'], ['nosuch'], ['ACL', 'WHOAMI'], ['ACL', 'CAT', 'nosuch'],
)

function script(call: string, args: readonly string[]): string[] {
  return ['EVAL', `return ${call}(unpack(ARGV))`, '0', ...args]
}

/** What somebody sends who may not do everything. */
export const userCommand: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: command('AUTH', user, password) },
  command('HELLO', '2', 'AUTH', user, password),
  { weight: 4, arbitrary: anyCommand },
  { weight: 4, arbitrary: named },
  { weight: 2, arbitrary: named.map((args) => script('redis.call', args)) },
  named.map((args) => script('redis.pcall', args)),
  { weight: 2, arbitrary: named.map((args) => script('redis.acl_check_cmd', args)) },
  command('EVAL', 'return 1', '1', fc.constantFrom('string1', 'hash1')),
  fc.constantFrom(['MULTI'], ['EXEC'], ['EXEC'], ['DISCARD'], ['WATCH', 'string1'], ['RESET'], ['ACL', 'WHOAMI']),
)

/** What changes the users, and tells of them. */
export const accessCommand: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 10, arbitrary: command('ACL', 'SETUSER', user, some(rule, 5)) },
  { weight: 4, arbitrary: command('ACL', 'SETUSER', user, fc.constant(['on', 'nopass', 'resetkeys', '~string*', '+@all']), some(rule, 3)) },
  command('ACL', 'DELUSER', some(fc.oneof(user, fc.constant('default')), 2)),
  { weight: 5, arbitrary: command('ACL', 'DRYRUN', user, anyCommand) },
  { weight: 5, arbitrary: command('ACL', 'DRYRUN', user, fc.oneof(named, fc.constantFrom(['SUBSCRIBE', 'news.1', 'old'], ['PSUBSCRIBE', 'news*'], ['PSUBSCRIBE', 'news.1*'], ['UNSUBSCRIBE', 'old']))) },
  command('ACL', 'GETUSER', user),
  command('ACL', fc.constantFrom(['LIST'], ['USERS'], ['WHOAMI'], ['SAVE'], ['LOAD'], ['LOG', 'RESET'], ['LOG', 'x'], ['LOG', '1', '2'], ['LOG', '-1'], ['CAT', 'nosuch'], ['CAT'], ['CAT', 'x', 'y'], ['GENPASS', '0'], ['GENPASS', 'x'], ['SETUSER'], ['nosuch'])),
  { weight: 2, arbitrary: fc.constant(['ACL', 'LOG']) },
  command('CLIENT', 'KILL', 'USER', user),
)
