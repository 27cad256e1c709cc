import { MapReply, SetReply, Status, type Reply } from '../../resp/reply.ts'
import { categoriesOf } from '../command-categories.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import { keysOf } from '../command-keys.ts'
import type { Entry } from '../command-table.ts'
import type { Command, CommandFlag, CommandHandler } from '../command.ts'
import { matchesGlob } from '../glob.ts'
import { container } from '../help.ts'

interface Named {
  readonly command: Command
  readonly fullName: string
}

function infoReply({ command, fullName }: Named): Reply {
  const [first, last, step] = command.keys ?? [0, 0, 0]
  return [
    fullName,
    command.arity,
    new SetReply(command.flags.map((flag) => new Status(flag))),
    first,
    last,
    step,
    new SetReply(categoriesOf(command).map((category) => new Status(`@${category}`))),
    new SetReply([]),
    new SetReply([]),
    subcommandsOf(command).map((subcommand) => infoReply(subcommand)),
  ]
}

function subcommandsOf(command: Command): readonly Named[] {
  return (command.subcommands ?? []).map((subcommand) => ({ command: subcommand, fullName: `${command.name}|${subcommand.name}` }))
}

function docsReply({ command }: Named): Reply {
  const flat: Reply[] = ['summary', command.summary, 'since', command.since, 'group', command.group]
  const subcommands = subcommandsOf(command)
  if (subcommands.length > 0) flat.push('subcommands', new MapReply(subcommands.flatMap((subcommand) => [subcommand.fullName, docsReply(subcommand)])))
  return new MapReply(flat)
}

const all: CommandHandler = ({ engine: { table } }) => Array.from(table.all(), infoReply)

const info: CommandHandler = (context, args) => {
  if (args.length === 2) return all(context, args)
  return args.slice(2).map((name) => {
    const entry = context.engine.table.named(name)
    return entry === undefined ? null : infoReply(entry)
  })
}

const docs: CommandHandler = ({ engine: { table } }, args) => {
  const entries = args.length === 2 ? Array.from(table.all()) : args.slice(2).flatMap((name) => table.named(name) ?? [])
  return new MapReply(entries.flatMap((entry) => [entry.fullName, docsReply(entry)]))
}

const list: CommandHandler = ({ engine: { table } }, args) => {
  if (args.length !== 2 && (args.length !== 5 || args[2]!.toLowerCase() !== 'filterby')) throw syntaxError()
  const [by, wanted] = [args[3]?.toLowerCase(), args[4] ?? '']
  const entries = Array.from(table.all())
  const names = (entries: readonly Entry[]): Reply => entries.map(({ fullName }) => fullName)
  switch (by) {
    case undefined:
      return names(entries)
    case 'module':
      return []
    case 'pattern':
      return names(entries.filter(({ fullName }) => matchesGlob(wanted.toLowerCase(), fullName)))
    case 'aclcat':
      return names(entries.filter(({ command }) => categoriesOf(command).includes(wanted.toLowerCase())))
    default:
      throw syntaxError()
  }
}

const getKeys: CommandHandler = ({ engine: { table } }, args) => {
  const called = args.slice(2)
  let entry = table.named(called[0]!)
  if (entry?.command.subcommands !== undefined) entry = table.named(`${called[0]!}|${called[1] ?? ''}`)
  if (entry === undefined) throw new CommandError('ERR Invalid command specified')
  const { command } = entry
  if (command.keys === undefined && command.keysOf === undefined) throw new CommandError('ERR The command has no key arguments')
  if (command.arity > 0 ? called.length !== command.arity : called.length < -command.arity) throw new CommandError('ERR Invalid number of arguments specified for command')
  const keys = keysOf(command, called)
  if (keys.length === 0 && !command.flags.includes('no_mandatory_keys')) throw new CommandError('ERR Invalid arguments specified for command')
  return keys
}

const group = 'connection'
const flags: readonly CommandFlag[] = ['loading', 'stale']

export const commandCommand: Command = {
  ...container({ name: 'command', flags, group, since: '2.8.13', summary: 'What commands there are' }, [
    { name: 'count', arity: 2, flags, group, since: '2.8.13', summary: 'How many commands there are.', run: ({ engine }) => Array.from(engine.table.all()).length },
    { name: 'docs', syntax: '[<command> ...]', arity: -2, flags, group, since: '7.0.0', summary: 'What commands are for.', run: docs },
    { name: 'getkeys', syntax: '<command> [<arg> ...]', arity: -4, flags, group, since: '2.8.13', summary: 'The keys that a whole command names.', run: getKeys },
    { name: 'info', syntax: '[<command> ...]', arity: -2, flags, group, since: '2.8.13', summary: 'Arity, flags and keys of commands.', run: info },
    { name: 'list', syntax: '[FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]', arity: -2, flags, group, since: '7.0.0', summary: 'The names of commands.', run: list },
  ]),
  arity: -1,
  run: all,
}
