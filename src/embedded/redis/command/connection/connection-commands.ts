import { ok, Status } from '../../resp/reply.ts'
import { wrongArity } from '../command-error.ts'
import type { Command, CommandHandler } from '../command.ts'
import { databaseArgument } from '../key/key-names.ts'
import { clientCommand } from './client-commands.ts'
import { auth, hello, quit, reset } from './login.ts'

const pong = new Status('PONG')

const ping: CommandHandler = ({ client }, args) => {
  if (args.length > 2) throw wrongArity('ping')
  if (client.subscriptions > 0 && client.writer.protocol === 2) return ['pong', args[1] ?? '']
  return args[1] ?? pong
}

const select: CommandHandler = (context, args) => {
  context.client.db = databaseArgument(context, args[1]!)
  return ok
}

const group = 'connection'

export const connectionCommands: readonly Command[] = [
  { name: 'auth', arity: -2, flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'], group, since: '1.0.0', summary: 'Log in', run: auth },
  { name: 'echo', arity: 2, flags: ['loading', 'stale', 'fast'], group, since: '1.0.0', summary: 'Answer with the argument', run: (_, args) => args[1]! },
  { name: 'hello', arity: -1, flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'], group, since: '6.0.0', summary: 'Choose the version of the protocol, and log in', run: hello },
  { name: 'ping', arity: -1, flags: ['fast'], group, since: '1.0.0', summary: 'Answer, to show that the server is there', run: ping },
  { name: 'quit', arity: -1, flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'], group, since: '1.0.0', summary: 'End the connection', run: quit },
  { name: 'reset', arity: 1, flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'], group, since: '6.2.0', summary: 'Back to the state of a new connection', run: reset },
  { name: 'select', arity: 2, flags: ['loading', 'stale', 'fast'], group, since: '1.0.0', summary: 'Choose the database', run: select },
  clientCommand,
]
