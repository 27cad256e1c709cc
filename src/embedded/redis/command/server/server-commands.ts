import type { Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { Wait, type Command, type CommandHandler } from '../command.ts'
import { millisecondsArgument } from '../timeout-argument.ts'
import { aclCommand } from '../../access/acl-commands.ts'
import { commandCommand } from './command-commands.ts'
import { configCommand } from './config-commands.ts'
import { info } from './info.ts'
import { persistenceCommands } from './persistence-commands.ts'

const time: CommandHandler = ({ nowMs }) => [String(Math.floor(nowMs / 1000)), String((nowMs % 1000) * 1000)]

/** No replica will ever confirm, so it waits until the time is over. */
const wait: CommandHandler = ({ mayWait }, args): Reply | Wait => {
  const replicas = integerArgument(args[1]!)
  const timeoutMs = millisecondsArgument(args[2]!)
  if (replicas <= 0 || !mayWait) return 0
  return new Wait({ keys: [], timeoutMs, attempt: () => undefined, timedOut: 0 })
}

const group = 'server'

export const serverCommands: readonly Command[] = [
  aclCommand,
  commandCommand,
  configCommand,
  ...persistenceCommands,
  { name: 'info', arity: -1, flags: ['loading', 'stale'], group, categories: ['dangerous'], since: '1.0.0', summary: 'Facts and figures of the server', run: info },
  { name: 'role', arity: 1, flags: ['noscript', 'loading', 'stale', 'fast'], group, categories: ['admin', 'dangerous'], since: '2.8.12', summary: 'The part of the server in a replication; there is none', run: () => ['master', 0, []] },
  { name: 'time', arity: 1, flags: ['loading', 'stale', 'fast'], group, since: '2.6.0', summary: 'The time, in seconds and microseconds', run: time },
  { name: 'wait', arity: 3, flags: ['noscript'], group: 'connection', since: '3.0.0', summary: 'Wait for replicas; there are none', run: wait },
]
