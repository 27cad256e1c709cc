import { randomBytes } from 'node:crypto'
import { integerArgument } from '../command/arguments.ts'
import { categories } from '../command/command-categories.ts'
import { CommandError, wrongArity } from '../command/command-error.ts'
import type { Command, CommandFlag, CommandHandler } from '../command/command.ts'
import { container } from '../command/help.ts'
import { DoubleReply, MapReply, ok, SetReply, type Reply } from '../resp/reply.ts'
import { endClientsOf, endListenersNotPermitted } from './affected-clients.ts'
import { commandRules } from './command-rules.ts'
import { wouldNotBePermitted } from './denial-words.ts'
import { denialOf } from './denial.ts'
import { breaksWord } from './permission-rule.ts'
import type { Permissions } from './permissions.ts'
import { joinSelectors } from './user-rule.ts'
import { User } from './user.ts'

const mostBits = 4096
const shownByDefault = 10

const setUser: CommandHandler = ({ engine, client }, args) => {
  const name = args[2]!
  if (breaksWord.test(name)) throw new CommandError("ERR Usernames can't contain spaces or null characters")
  const joined = joinSelectors(args.slice(3))
  if ('unmatched' in joined) throw new CommandError(`ERR Unmatched parenthesis in acl selector starting at '${joined.unmatched}'.`)
  const prepared = engine.users.prepare(name, joined.rules, engine.settings.get('acl-pubsub-default') === 'allchannels')
  if (!(prepared instanceof User)) throw new CommandError(`ERR Error in ACL SETUSER modifier '${prepared.rule}': ${prepared.fault}`)
  const known = engine.users.get(name)
  if (known !== undefined) endListenersNotPermitted(known, prepared, engine, client)
  engine.users.put(prepared)
  return ok
}

const delUser: CommandHandler = ({ engine, client }, args) => {
  const names = args.slice(2)
  if (names.includes('default')) throw new CommandError("ERR The 'default' user cannot be removed")
  let deleted = 0
  for (const name of names) {
    const user = engine.users.delete(name)
    if (user === undefined) continue
    deleted++
    endClientsOf(user, engine, client)
  }
  return deleted
}

const getUser: CommandHandler = ({ engine: { users, table } }, args): Reply => {
  const user = users.get(args[2]!)
  if (user === undefined) return null
  const describe = (permissions: Permissions): readonly Reply[] => ['commands', commandRules(permissions.commands, table), 'keys', permissions.keyRules(), 'channels', permissions.channelRules()]
  return new MapReply([
    'flags', new SetReply(user.flags()),
    'passwords', user.passwords,
    ...describe(user.root),
    'selectors', user.selectors.map((permissions) => new MapReply(describe(permissions))),
  ])
}

const cat: CommandHandler = ({ engine: { table } }, args) => {
  if (args.length === 2) return [...categories]
  if (args.length > 3) throw badSyntax(args)
  const category = args[2]!.toLowerCase()
  if (!categories.some((known) => known === category)) throw new CommandError(`ERR Unknown category '${args[2]!}'`)
  return Array.from(table.each()).filter((entry) => entry.categories.includes(category)).map(({ fullName }) => fullName)
}

const genPass: CommandHandler = (_, args) => {
  if (args.length > 3) throw badSyntax(args)
  const bits = args.length === 2 ? 256 : integerArgument(args[2]!)
  if (bits <= 0 || bits > mostBits) throw new CommandError(`ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${mostBits}`)
  const digits = Math.ceil(bits / 4)
  return randomBytes(Math.ceil(digits / 2)).toString('hex').slice(0, digits)
}

const log: CommandHandler = ({ engine: { accessLog }, nowMs }, args) => {
  if (args.length > 3) throw badSyntax(args)
  if (args[2]?.toLowerCase() === 'reset') {
    accessLog.clear()
    return ok
  }
  const count = args.length === 2 ? shownByDefault : Math.max(0, integerArgument(args[2]!))
  return accessLog.latest(count).map((entry) => new MapReply([
    'count', entry.count,
    'reason', entry.reason,
    'context', entry.context,
    'object', entry.object,
    'username', entry.username,
    'age-seconds', new DoubleReply((nowMs - entry.lastMs) / 1000),
    'client-info', entry.clientInfo,
  ]))
}

const dryRun: CommandHandler = ({ engine: { users, table } }, args) => {
  const user = users.get(args[2]!)
  if (user === undefined) throw new CommandError(`ERR User '${args[2]!}' not found`)
  const called = args.slice(3)
  const entry = table.lookUp(called)
  if (entry === undefined) throw new CommandError(`ERR Command '${called[0]!}' not found`)
  const { arity } = entry.command
  if (arity > 0 ? called.length !== arity : called.length < -arity) throw wrongArity(entry.fullName)
  const denial = denialOf(user, entry, called)
  return denial === undefined ? ok : wouldNotBePermitted(denial)
}

/** Users are not kept in a file. */
const noFile: CommandHandler = () => {
  throw new CommandError('ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.')
}

function badSyntax(args: readonly string[]): CommandError {
  return new CommandError(`ERR unknown subcommand or wrong number of arguments for '${args[1]!}'. Try ACL HELP.`)
}

const group = 'server'
const flags: readonly CommandFlag[] = ['noscript', 'loading', 'stale']
const adminFlags: readonly CommandFlag[] = ['admin', ...flags]

export const aclCommand: Command = container({ name: 'acl', flags: [], group, since: '6.0.0', summary: 'Who may do what' }, [
  { name: 'cat', syntax: '[<category>]', arity: -2, flags, group, since: '6.0.0', summary: 'The categories of commands, or the commands of one.', run: cat },
  { name: 'deluser', syntax: '<user> [<user> ...]', arity: -3, flags: adminFlags, group, since: '6.0.0', summary: 'Remove users, and end their connections.', run: delUser },
  { name: 'dryrun', syntax: '<user> <command> [<arg> ...]', arity: -4, flags: adminFlags, group, since: '7.0.0', summary: 'Whether the user might run the command.', run: dryRun },
  { name: 'genpass', syntax: '[<bits>]', arity: -2, flags, group, since: '6.0.0', summary: 'A password made by chance.', run: genPass },
  { name: 'getuser', syntax: '<user>', arity: 3, flags: adminFlags, group, since: '6.0.0', summary: 'What the user may do.', run: getUser },
  { name: 'list', arity: 2, flags: adminFlags, group, since: '6.0.0', summary: 'The users as rules.', run: ({ engine: { users, table } }) => users.all().map((user) => user.describe(table)) },
  { name: 'load', arity: 2, flags: adminFlags, group, since: '6.0.0', summary: 'Read the users from their file; there is none.', run: noFile },
  { name: 'log', syntax: '[<count> | RESET]', arity: -2, flags: adminFlags, group, since: '6.0.0', summary: 'What was refused lately.', run: log },
  { name: 'save', arity: 2, flags: adminFlags, group, since: '6.0.0', summary: 'Write the users to their file; there is none.', run: noFile },
  { name: 'setuser', syntax: '<user> [<rule> ...]', arity: -3, flags: adminFlags, group, since: '6.0.0', summary: 'Make or change a user by rules.', run: setUser },
  { name: 'users', arity: 2, flags: adminFlags, group, since: '6.0.0', summary: 'The names of the users.', run: ({ engine }) => engine.users.all().map(({ name }) => name) },
  { name: 'whoami', arity: 2, flags, group, since: '6.0.0', summary: 'The user of this connection.', run: ({ client }) => client.user.name },
])
