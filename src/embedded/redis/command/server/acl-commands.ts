import { createHash, randomBytes } from 'node:crypto'
import { MapReply, type Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { categories, categoriesOf } from '../command-categories.ts'
import { CommandError } from '../command-error.ts'
import type { Command, CommandContext, CommandFlag, CommandHandler } from '../command.ts'
import { container } from '../help.ts'

const mostBits = 4096

/** Passwords are told by their hash only. */
function passwords({ engine }: CommandContext): readonly string[] {
  const password = engine.settings.get('requirepass')
  return password === '' ? [] : [createHash('sha256').update(password, 'latin1').digest('hex')]
}

const list: CommandHandler = (context) => {
  const hashes = passwords(context)
  return [`user default on ${hashes.length === 0 ? 'nopass' : hashes.map((hash) => `#${hash}`).join(' ')} ~* &* +@all`]
}

const getUser: CommandHandler = (context, args): Reply => {
  if (args[2] !== 'default') return null
  const hashes = passwords(context)
  const flags = hashes.length === 0 ? ['on', 'nopass'] : ['on']
  return new MapReply(['flags', flags, 'passwords', hashes, 'commands', '+@all', 'keys', '~*', 'channels', '&*', 'selectors', []])
}

const cat: CommandHandler = ({ engine: { table } }, args) => {
  if (args.length === 2) return [...categories]
  const category = args[2]!.toLowerCase()
  if (!categories.some((known) => known === category)) throw new CommandError(`ERR Unknown category '${args[2]!}'`)
  return Array.from(table.all()).filter(({ command }) => categoriesOf(command).includes(category)).map(({ fullName }) => fullName)
}

const genPass: CommandHandler = (_, args) => {
  const bits = args.length === 2 ? 256 : integerArgument(args[2]!)
  if (bits <= 0 || bits > mostBits) throw new CommandError(`ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${mostBits}`)
  const digits = Math.ceil(bits / 4)
  return randomBytes(Math.ceil(digits / 2)).toString('hex').slice(0, digits)
}

const group = 'server'
const flags: readonly CommandFlag[] = ['noscript', 'loading', 'stale']
const adminFlags: readonly CommandFlag[] = ['admin', ...flags]

/** There is one user, who may do everything. */
export const aclCommand: Command = container({ name: 'acl', flags: [], group, since: '6.0.0', summary: 'Who may do what' }, [
  { name: 'cat', syntax: '[<category>]', arity: -2, flags, group, since: '6.0.0', summary: 'The categories of commands, or the commands of one.', run: cat },
  { name: 'genpass', syntax: '[<bits>]', arity: -2, flags, group, since: '6.0.0', summary: 'A password made by chance.', run: genPass },
  { name: 'getuser', syntax: '<user>', arity: 3, flags: adminFlags, group, since: '6.0.0', summary: 'What the user may do.', run: getUser },
  { name: 'list', arity: 2, flags: adminFlags, group, since: '6.0.0', summary: 'The users as rules.', run: list },
  { name: 'users', arity: 2, flags: adminFlags, group, since: '6.0.0', summary: 'The names of the users.', run: () => ['default'] },
  { name: 'whoami', arity: 2, flags, group, since: '6.0.0', summary: 'The user of this connection.', run: ({ client }) => client.user },
])
