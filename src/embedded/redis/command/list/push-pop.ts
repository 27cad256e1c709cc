import { ListValue } from '../../keyspace/list-value.ts'
import { nullArray } from '../../resp/reply.ts'
import { boundedArgument } from '../bounded-argument.ts'
import { wrongArity } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { popFrom, pushTo } from './side.ts'
import type { Side } from './side.ts'

/** LPUSH, RPUSH; LPUSHX, RPUSHX push only to a list that is there. */
export function push(side: Side, onlyExisting: boolean): CommandHandler {
  return ({ db }, args) => {
    const key = args[1]!
    const list = onlyExisting ? db.get(key, ListValue) : db.getOrAdd(key, ListValue)
    if (list === undefined) return 0
    for (let i = 2; i < args.length; i++) pushTo(list, side, args[i]!)
    db.changed(key, list)
    return list.size
  }
}

/** LPOP, RPOP: one item, or an array when a count is given. */
export function pop(side: Side): CommandHandler {
  return ({ db }, args) => {
    if (args.length > 3) throw wrongArity(args[0]!.toLowerCase())
    const key = args[1]!
    const count = args.length === 3 ? boundedArgument(args[2]!, 0, 'ERR value is out of range, must be positive') : undefined
    const list = db.get(key, ListValue)
    if (list === undefined) return count === undefined ? null : nullArray
    if (count === 0) return []
    const items = popMany(list, side, count ?? 1)
    db.changed(key, list)
    return count === undefined ? items[0]! : items
  }
}

/** Takes up to `count` items, in the order they come off. */
export function popMany(list: ListValue, side: Side, count: number): string[] {
  const items: string[] = []
  for (let left = Math.min(count, list.size); left > 0; left--) items.push(popFrom(list, side))
  return items
}
