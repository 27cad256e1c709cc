import type { Command } from '../command.ts'
import { sort } from './sort.ts'
import { sortKeys } from './sort-options.ts'

const group = 'generic'
const categories = ['set', 'sortedset', 'list', 'dangerous']

export const sortCommands: readonly Command[] = [
  { name: 'sort', arity: -2, flags: ['write', 'denyoom', 'movablekeys'], group, keys: [1, 1, 1], keysOf: sortKeys, categories, ungrouped: true, since: '1.0.0', summary: 'Sort the elements in a list, set or sorted set', run: sort(true) },
  { name: 'sort_ro', arity: -2, flags: ['readonly', 'movablekeys'], group, keys: [1, 1, 1], categories, ungrouped: true, since: '7.0.0', summary: 'Sort the elements in a list, set or sorted set. Read-only variant of SORT.', run: sort(false) },
]
