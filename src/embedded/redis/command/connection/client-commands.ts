import type { User } from '../../access/user.ts'
import type { Client } from '../../client/client.ts'
import type { Engine } from '../../engine/engine.ts'
import { noReply, ok, VerbatimReply, type Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { boundedArgument } from '../bounded-argument.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { Command, CommandContext, CommandFlag, CommandHandler } from '../command.ts'
import { container } from '../help.ts'
import { clientLine, clientType } from './client-facts.ts'
import { setClientName } from './client-name.ts'

const types: Readonly<Record<string, string | undefined>> = { normal: 'normal', pubsub: 'pubsub', master: 'master', replica: 'replica', slave: 'replica' }

function typeArgument(text: string): string {
  const type = types[text.toLowerCase()]
  if (type === undefined) throw new CommandError(`ERR Unknown client type '${text}'`)
  return type
}

const list: CommandHandler = (context, args) => {
  const { clients } = context.engine
  let shown: Iterable<Client> = clients.all()
  if (args.length === 4 && args[2]!.toLowerCase() === 'type') {
    const type = typeArgument(args[3]!)
    shown = Array.from(clients.all()).filter((client) => clientType(client) === type)
  } else if (args.length > 3 && args[2]!.toLowerCase() === 'id') {
    shown = args.slice(3).flatMap((text) => clients.get(integerArgument(text, 'ERR Invalid client ID')) ?? [])
  } else if (args.length !== 2) {
    throw syntaxError()
  }
  return new VerbatimReply(Array.from(shown, (client) => `${clientLine(client, context.nowMs)}\n`).join(''))
}

interface KillFilter {
  id?: number
  type?: string
  address?: string
  localAddress?: string
  user?: User
  spareSelf: boolean
}

const kill: CommandHandler = (context, args) => {
  if (args.length === 3) {
    if (killAll(context, { address: args[2]!, spareSelf: false }) === 0) throw new CommandError('ERR No such client')
    return ok
  }
  const filter: KillFilter = { spareSelf: true }
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1]
    if (value === undefined) throw syntaxError()
    addFilter(context, filter, args[i]!.toLowerCase(), value)
  }
  return killAll(context, filter)
}

function addFilter({ engine }: CommandContext, filter: KillFilter, name: string, value: string): void {
  const lower = value.toLowerCase()
  if (name === 'id') filter.id = boundedArgument(value, 1, 'ERR client-id should be greater than 0')
  else if (name === 'type') filter.type = typeArgument(value)
  else if (name === 'addr') filter.address = value
  else if (name === 'laddr') filter.localAddress = value
  else if (name === 'skipme' && (lower === 'yes' || lower === 'no')) filter.spareSelf = lower === 'yes'
  else if (name === 'user') filter.user = userArgument(engine, value)
  else throw syntaxError()
}

function userArgument({ users }: Engine, name: string): User {
  const user = users.get(name)
  if (user === undefined) throw new CommandError(`ERR No such user '${name}'`)
  return user
}

function killAll({ engine, client: self }: CommandContext, filter: KillFilter): number {
  let killed = 0
  for (const client of engine.clients.all()) {
    const spared = (filter.id !== undefined && client.id !== filter.id)
      || (filter.type !== undefined && clientType(client) !== filter.type)
      || (filter.address !== undefined && client.connection?.address !== filter.address)
      || (filter.localAddress !== undefined && client.connection?.localAddress !== filter.localAddress)
      || (filter.user !== undefined && client.user !== filter.user)
      || (client === self && filter.spareSelf)
    if (spared) continue
    killed++
    if (client === self) client.closing = true
    else client.connection?.close(false)
  }
  return killed
}

const reply: CommandHandler = ({ client }, args): Reply => {
  switch (args[2]!.toLowerCase()) {
    case 'on':
      client.replies = 'on'
      return ok
    case 'off':
      client.replies = 'off'
      return noReply
    case 'skip':
      if (client.replies !== 'off') client.replies = 'skip-next'
      return noReply
    default:
      throw syntaxError()
  }
}

const unblock: CommandHandler = ({ engine }, args) => {
  if (args.length > 4) throw syntaxError()
  const reason = args[3]?.toLowerCase() ?? 'timeout'
  if (reason !== 'timeout' && reason !== 'error') throw new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR')
  const waiting = engine.clients.get(integerArgument(args[2]!))
  if (waiting?.endWait === undefined) return 0
  if (reason === 'error') waiting.endWait(new CommandError('UNBLOCKED client unblocked via CLIENT UNBLOCK'))
  else waiting.endWait()
  return 1
}

const noEvict: CommandHandler = ({ client }, args) => {
  const choice = args[2]!.toLowerCase()
  if (choice !== 'on' && choice !== 'off') throw syntaxError()
  client.noEvict = choice === 'on'
  return ok
}

/** Sent by client libraries on every connection. */
const setinfo: CommandHandler = ({ client }, args) => {
  const name = args[2]!.toLowerCase()
  if (name !== 'lib-name' && name !== 'lib-ver') throw new CommandError(`ERR Unrecognized option '${args[2]!}'`)
  if (!/^[!-~]*$/.test(args[3]!)) throw new CommandError(`ERR ${name} cannot contain spaces, newlines or special characters.`)
  if (name === 'lib-name') client.libraryName = args[3]!
  else client.libraryVersion = args[3]!
  return ok
}

const group = 'connection'
const flags: readonly CommandFlag[] = ['noscript', 'loading', 'stale']
const adminFlags: readonly CommandFlag[] = ['admin', ...flags]

export const clientCommand: Command = container({ name: 'client', flags: [], group, since: '2.4.0', summary: 'The connections of clients' }, [
  { name: 'getname', arity: 2, flags, group, since: '2.6.9', summary: 'The name of this connection.', run: ({ client }) => (client.name === '' ? null : client.name) },
  { name: 'id', arity: 2, flags, group, since: '5.0.0', summary: 'The id of this connection.', run: ({ client }) => client.id },
  { name: 'info', arity: 2, flags, group, since: '6.2.0', summary: 'What is known of this connection.', run: ({ client, nowMs }) => new VerbatimReply(`${clientLine(client, nowMs)}\n`) },
  { name: 'kill', syntax: '<ip:port> | <option> <value> [...]', arity: -3, flags: adminFlags, group, since: '2.4.0', summary: 'End connections, chosen by ID, TYPE, ADDR, LADDR, USER; SKIPME no: also this one.', run: kill },
  { name: 'list', syntax: '[TYPE <type> | ID <id> [...]]', arity: -2, flags: adminFlags, group, since: '2.4.0', summary: 'All connections.', run: list },
  { name: 'no-evict', syntax: '(ON|OFF)', arity: 3, flags: adminFlags, group, since: '7.0.0', summary: 'Protect this connection from being ended for its memory.', run: noEvict },
  { name: 'reply', syntax: '(ON|OFF|SKIP)', arity: 3, flags, group, since: '3.2.0', summary: 'Whether this connection is answered.', run: reply },
  { name: 'setinfo', syntax: '(LIB-NAME|LIB-VER) <value>', arity: 4, flags, group, since: '7.2.0', summary: 'Name the library that made this connection.', run: setinfo },
  { name: 'setname', syntax: '<name>', arity: 3, flags, group, since: '2.6.9', summary: 'Name this connection.', run: ({ client }, args) => { setClientName(client, args[2]!); return ok } },
  { name: 'unblock', syntax: '<id> [TIMEOUT|ERROR]', arity: -3, flags: adminFlags, group, since: '5.0.0', summary: 'End the wait of a client.', run: unblock },
])
