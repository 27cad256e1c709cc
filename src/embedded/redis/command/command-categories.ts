import type { Command, CommandGroup } from './command.ts'

/** In the order in which Redis names them. */
export const categories = [
  'keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo', 'stream', 'pubsub',
  'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting',
] as const

const ofGroup: Readonly<Record<CommandGroup, string | undefined>> = {
  generic: 'keyspace', string: 'string', bitmap: 'bitmap', hash: 'hash', list: 'list', set: 'set', 'sorted-set': 'sortedset',
  hyperloglog: 'hyperloglog', stream: 'stream', pubsub: undefined, transactions: 'transaction', connection: 'connection', server: undefined, scripting: 'scripting',
}

/** The categories of the access control, without the `@`. */
export function categoriesOf({ flags, group, run, subcommands, categories: more = [], ungrouped = false }: Command): readonly string[] {
  const onlyHolds = subcommands !== undefined && run === undefined
  const found = new Set<string | undefined>([...more, onlyHolds || ungrouped ? undefined : ofGroup[group]])
  for (const flag of flags) {
    if (flag === 'write' || flag === 'admin' || flag === 'pubsub' || flag === 'fast' || flag === 'blocking') found.add(flag)
    if (flag === 'readonly' && group !== 'scripting') found.add('read')
    if (flag === 'admin') found.add('dangerous')
  }
  if (!found.has('fast')) found.add('slow')
  return categories.filter((category) => found.has(category))
}
