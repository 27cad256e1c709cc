import type { Command } from '../command.ts'
import { xadd, xtrim } from './append.ts'
import { xdel, xsetid } from './change-stream.ts'
import { range, xlen, xread } from './read.ts'
import { xinfoConsumers, xinfoGroups, xinfoHelp, xinfoStream } from './xinfo.ts'

const group = 'stream'

/** The keys of XREAD stand between STREAMS and as many ids. */
function streamKeys(args: readonly string[]): readonly string[] {
  const after = args.findIndex((arg) => arg.toLowerCase() === 'streams') + 1
  return after === 0 ? [] : args.slice(after, after + Math.floor((args.length - after) / 2))
}

const xinfoSubcommands: readonly Command[] = [
  { name: 'consumers', arity: 4, flags: ['readonly'], group, keys: [2, 2, 1], since: '5.0.0', summary: 'List the consumers in a consumer group', run: xinfoConsumers },
  { name: 'groups', arity: 3, flags: ['readonly'], group, keys: [2, 2, 1], since: '5.0.0', summary: 'List the consumer groups of a stream', run: xinfoGroups },
  { name: 'help', arity: 2, flags: ['loading', 'stale'], group, since: '5.0.0', summary: 'Show helpful text about the different subcommands', run: xinfoHelp },
  { name: 'stream', arity: -3, flags: ['readonly'], group, keys: [2, 2, 1], since: '5.0.0', summary: 'Get information about a stream', run: xinfoStream },
]

export const streamCommands: readonly Command[] = [
  { name: 'xadd', arity: -5, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Appends a new entry to a stream', run: xadd },
  { name: 'xdel', arity: -3, flags: ['write', 'fast'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Removes the specified entries from the stream. Returns the number of items actually deleted, that may be different from the number of IDs passed in case certain IDs do not exist.', run: xdel },
  { name: 'xlen', arity: 2, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Return the number of entries in a stream', run: xlen },
  { name: 'xrange', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Return a range of elements in a stream, with IDs matching the specified IDs interval', run: range(false) },
  { name: 'xread', arity: -4, flags: ['readonly', 'blocking', 'movablekeys'], group, keysOf: streamKeys, since: '5.0.0', summary: 'Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.', run: xread },
  { name: 'xrevrange', arity: -4, flags: ['readonly'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse order (from greater to smaller IDs) compared to XRANGE', run: range(true) },
  { name: 'xsetid', arity: -3, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '5.0.0', summary: 'An internal command for replicating stream values', run: xsetid },
  { name: 'xtrim', arity: -4, flags: ['write'], group, keys: [1, 1, 1], since: '5.0.0', summary: "Trims the stream to (approximately if '~' is passed) a certain size", run: xtrim },
  { name: 'xinfo', arity: -2, flags: [], group, since: '5.0.0', summary: 'A container for stream introspection commands', subcommands: xinfoSubcommands },
]
