import { MillraceError } from '../../../../errors.ts'
import type { Snapshots } from '../../engine/change-log.ts'
import { noReply, ok, Status } from '../../resp/reply.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { Command, CommandContext, CommandHandler } from '../command.ts'

const bgrewriteaof: CommandHandler = (context) => {
  const snapshots = snapshotsOf(context)
  if (snapshots.underWay) throw new CommandError('ERR Background append only file rewriting already in progress')
  snapshots.take(false)
  return new Status('Background append only file rewriting started')
}

const bgsave: CommandHandler = (context, args) => {
  if (args.length > 2 || (args.length === 2 && args[1]!.toLowerCase() !== 'schedule')) throw syntaxError()
  const snapshots = snapshotsOf(context)
  if (snapshots.underWay) throw saveUnderWay()
  snapshots.take(false)
  return new Status('Background saving started')
}

const save: CommandHandler = (context) => {
  const snapshots = snapshotsOf(context)
  if (snapshots.underWay) throw saveUnderWay()
  snapshots.take(true)
  return ok
}

const lastsave: CommandHandler = ({ engine, nowMs }) => engine.changeLog.snapshots?.lastS ?? Math.floor(nowMs / 1000)

const shutdownOptions = new Set(['nosave', 'save', 'now', 'force', 'abort'])

/** Ends the server; its clients see the end of their connection instead of an answer. */
const shutdown: CommandHandler = ({ engine }, args) => {
  const options = new Set(args.slice(1).map((option) => option.toLowerCase()))
  for (const option of options) if (!shutdownOptions.has(option)) throw syntaxError()
  if ((options.has('abort') && args.length > 2) || (options.has('save') && options.has('nosave'))) throw syntaxError()
  if (options.has('abort')) throw new CommandError('ERR No shutdown in progress.')
  const { snapshots } = engine.changeLog
  if (options.has('save') && snapshots?.underWay === false) snapshots.take(true)
  engine.stop(new MillraceError('MR_EMBEDDED_SERVER', 'a client has shut the server down', { remedy: 'start it again; who sent SHUTDOWN had the right to' }))
  return noReply
}

function snapshotsOf({ engine }: CommandContext): Snapshots {
  const { snapshots } = engine.changeLog
  if (snapshots === undefined) throw new CommandError('ERR This server keeps its data in memory only')
  return snapshots
}

function saveUnderWay(): CommandError {
  return new CommandError('ERR Background save already in progress')
}

const group = 'server'

export const persistenceCommands: readonly Command[] = [
  { name: 'bgrewriteaof', arity: 1, flags: ['admin', 'noscript', 'no_async_loading'], group, since: '1.0.0', summary: 'Asynchronously rewrite the append-only file', run: bgrewriteaof },
  { name: 'bgsave', arity: -1, flags: ['admin', 'noscript', 'no_async_loading'], group, since: '1.0.0', summary: 'Asynchronously save the dataset to disk', run: bgsave },
  { name: 'lastsave', arity: 1, flags: ['loading', 'stale', 'fast'], group, categories: ['admin', 'dangerous'], since: '1.0.0', summary: 'Get the UNIX time stamp of the last successful save to disk', run: lastsave },
  { name: 'save', arity: 1, flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'], group, since: '1.0.0', summary: 'Synchronously save the dataset to disk', run: save },
  { name: 'shutdown', arity: -1, flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'], group, since: '1.0.0', summary: 'Synchronously save the dataset to disk and then shut down the server', run: shutdown },
]
