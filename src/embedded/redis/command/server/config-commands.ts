import { MapReply, ok } from '../../resp/reply.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { Command, CommandFlag, CommandHandler } from '../command.ts'
import { applySettings } from '../../engine/apply-settings.ts'
import { matchesGlob } from '../glob.ts'
import { container } from '../help.ts'

/** A name without pattern signs is answered as it was written. */
const get: CommandHandler = ({ engine: { settings } }, args) => {
  const names = settings.names()
  const shown = new Map<string, string>()
  for (const pattern of args.slice(2)) {
    const lower = pattern.toLowerCase()
    if (!/[[*?]/.test(pattern)) {
      if (names.includes(lower)) shown.set(pattern, settings.show(lower))
      continue
    }
    for (const name of names) if (matchesGlob(lower, name)) shown.set(name, settings.show(name))
  }
  return new MapReply(Array.from(shown).flat())
}

const set: CommandHandler = (context, args) => {
  const { settings } = context.engine
  if (args.length % 2 !== 0) throw syntaxError()
  const names = new Set(settings.names())
  const pairs: [string, string][] = []
  for (let i = 2; i < args.length; i += 2) {
    const name = args[i]!.toLowerCase()
    if (!names.has(name)) throw new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${args[i]!}'`)
    if (pairs.some(([other]) => other === name)) throw failed(args[i]!, 'duplicate parameter')
    pairs.push([name, args[i + 1]!])
  }
  const refused = settings.change(pairs)
  if (refused !== undefined) throw failed(refused.name, refused.fault)
  applySettings(context.engine)
  return ok
}

function failed(name: string, why: string): CommandError {
  return new CommandError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`)
}

const resetStat: CommandHandler = ({ engine, keyspace }) => {
  engine.figures.reset()
  keyspace.resetFigures()
  return ok
}

const rewrite: CommandHandler = () => {
  throw new CommandError('ERR The server is running without a config file')
}

const group = 'server'
const flags: readonly CommandFlag[] = ['admin', 'noscript', 'loading', 'stale']

export const configCommand: Command = container({ name: 'config', flags: [], group, since: '2.0.0', summary: 'The settings of the server' }, [
  { name: 'get', syntax: '<pattern> [<pattern> ...]', arity: -3, flags, group, since: '2.0.0', summary: 'The settings whose names match.', run: get },
  { name: 'resetstat', arity: 2, flags, group, since: '2.0.0', summary: 'Set the figures of INFO back.', run: resetStat },
  { name: 'rewrite', arity: 2, flags, group, since: '2.8.0', summary: 'Write the settings to the file; there is none.', run: rewrite },
  { name: 'set', syntax: '<setting> <value> [...]', arity: -4, flags, group, since: '2.0.0', summary: 'Change settings, all or none.', run: set },
])
