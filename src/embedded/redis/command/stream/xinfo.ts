import { formatStreamId, leastStreamId, mostStreamId } from '../../keyspace/stream-id.ts'
import type { StreamId } from '../../keyspace/stream-id.ts'
import { StreamValue } from '../../keyspace/stream-value.ts'
import { MapReply, Status } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, noSuchKey } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { entryReply } from './stream-arguments.ts'

const usualEntries = 10
const help = [
  'XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'CONSUMERS <key> <groupname>',
  '    Show consumers of <groupname>.',
  'GROUPS <key>',
  '    Show the stream consumer groups.',
  'STREAM <key> [FULL [COUNT <count>]',
  '    Show information about the stream.',
  'HELP',
  '    Print this help.',
].map((line) => new Status(line))

export const xinfoHelp: CommandHandler = () => help

/** This server has no consumer groups. */
export const xinfoGroups: CommandHandler = (context, args) => {
  streamOf(context, args)
  return []
}

export const xinfoConsumers: CommandHandler = (context, args) => {
  streamOf(context, args)
  throw new CommandError(`NOGROUP No such consumer group '${args[3]}' for key name '${args[2]}'`)
}

export const xinfoStream: CommandHandler = (context, args) => {
  const stream = streamOf(context, args)
  const limit = fullLimit(args)
  const about: Reply[] = [
    'length', stream.size,
    'radix-tree-keys', stream.blockIds.length,
    'radix-tree-nodes', treeNodes(stream.blockIds.map(keyOf), 0),
    'last-generated-id', formatStreamId(stream.lastId),
    'max-deleted-entry-id', formatStreamId(stream.maxDeletedId),
    'entries-added', BigInt.asIntN(64, stream.added),
    'recorded-first-entry-id', formatStreamId(stream.firstId),
  ]
  if (limit !== undefined) {
    about.push('entries', stream.range(leastStreamId, mostStreamId, limit).map(entryReply), 'groups', [])
  } else {
    about.push('groups', 0, 'first-entry', edge(stream, false), 'last-entry', edge(stream, true))
  }
  return new MapReply(about)
}

function streamOf({ db }: CommandContext, args: readonly string[]): StreamValue {
  const stream = db.get(args[2]!, StreamValue)
  if (stream === undefined) throw noSuchKey()
  return stream
}

/** How many entries `FULL` shows; undefined without it. */
function fullLimit(args: readonly string[]): number | undefined {
  if (args.length === 3) return undefined
  const wrong = (args.length !== 4 && args.length !== 6) || args[3]!.toLowerCase() !== 'full' || (args.length === 6 && args[4]!.toLowerCase() !== 'count')
  if (wrong) throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${args[1]!.slice(0, 128)}'. Try XINFO HELP.`)
  const count = args.length === 6 ? integerArgument(args[5]!) : usualEntries
  if (count === 0) return Infinity
  return count < 0 ? usualEntries : count
}

function edge(stream: StreamValue, newest: boolean): Reply {
  const [entry] = stream.range(leastStreamId, mostStreamId, 1, newest)
  return entry === undefined ? null : entryReply(entry)
}

function keyOf(id: StreamId): string {
  return id.toString(16).padStart(32, '0').replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16)))
}

/**
 * How many nodes Redis's compressed radix tree has for these sorted keys of one length, from this
 * character on: one for each run of shared characters, one for each fork, one for each end.
 */
function treeNodes(keys: readonly string[], from: number): number {
  const [first] = keys
  if (first === undefined || from === first.length) return 1
  const last = keys.at(-1)!
  let fork = from
  while (fork < first.length && first[fork] === last[fork]) fork++
  let nodes = fork > from ? 1 : 0
  if (fork === first.length) return nodes + 1
  for (let start = 0, end = 1; end <= keys.length; end++) {
    if (end < keys.length && keys[end]![fork] === keys[start]![fork]) continue
    nodes += treeNodes(keys.slice(start, end), fork + 1)
    start = end
  }
  return nodes + 1
}
