import { logIn, logOut } from '../../access/log-in.ts'
import { endTransaction } from '../../engine/transaction.ts'
import { MapReply, ok, Status, type Reply } from '../../resp/reply.ts'
import { int64 } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { serverVersion } from '../server/version.ts'
import { setClientName } from './client-name.ts'

export const auth: CommandHandler = (context, args) => {
  if (args.length > 3) throw syntaxError()
  if (args.length === 2 && context.engine.users.default.anyPassword) {
    throw new CommandError('ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?')
  }
  const [name, password] = args.length === 3 ? [args[1]!, args[2]!] : ['default', args[1]!]
  logIn(context, { name, password, command: args[0]! })
  return ok
}

export const hello: CommandHandler = (context, args) => {
  const { client } = context
  const version = args.length > 1 ? int64(args[1]!) : client.writer.protocol
  if (version === undefined) throw new CommandError('ERR Protocol version is not an integer or out of range')
  if (version !== 2 && version !== 3) throw new CommandError('NOPROTO unsupported protocol version')
  for (let i = 2; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'auth' && i + 2 < args.length) {
      logIn(context, { name: args[i + 1]!, password: args[i + 2]!, command: args[0]! })
      i += 2
    } else if (name === 'setname' && i + 1 < args.length) {
      setClientName(client, args[++i]!)
    } else {
      throw new CommandError(`ERR Syntax error in HELLO option '${args[i]!}'`)
    }
  }
  if (!client.authenticated) {
    throw new CommandError('NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time')
  }
  client.writer.protocol = version
  const facts: readonly Reply[] = ['server', 'redis', 'version', serverVersion, 'proto', version, 'id', client.id, 'mode', 'standalone', 'role', 'master', 'modules', []]
  return new MapReply(facts)
}

export const reset: CommandHandler = ({ client, engine }) => {
  endTransaction(client)
  engine.channels.leave(client)
  client.db = engine.keyspace.databases[0]!
  client.writer.protocol = 2
  client.replies = 'on'
  client.name = ''
  client.noEvict = false
  logOut(client, engine)
  return new Status('RESET')
}

export const quit: CommandHandler = ({ client }) => {
  client.closing = true
  return ok
}
