import { ListValue } from '../../keyspace/list-value.ts'
import { ok } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, noSuchKey, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'

export const llen: CommandHandler = ({ db }, args) => db.get(args[1]!, ListValue)?.size ?? 0

export const lindex: CommandHandler = ({ db }, args) => {
  const list = db.get(args[1]!, ListValue)
  if (list === undefined) return null
  return list.at(fromLeft(integerArgument(args[2]!), list.size)) ?? null
}

export const lrange: CommandHandler = ({ db }, args) => {
  const start = integerArgument(args[2]!)
  const stop = integerArgument(args[3]!)
  const list = db.get(args[1]!, ListValue)
  if (list === undefined) return []
  return list.slice(Math.max(0, fromLeft(start, list.size)), fromLeft(stop, list.size) + 1)
}

export const ltrim: CommandHandler = ({ db }, args) => {
  const start = integerArgument(args[2]!)
  const stop = integerArgument(args[3]!)
  const key = args[1]!
  const list = db.get(key, ListValue)
  if (list === undefined) return ok
  const { size } = list
  list.trim(Math.max(0, fromLeft(start, size)), Math.max(0, fromLeft(stop, size) + 1))
  if (list.size !== size) db.changed(key, list)
  return ok
}

export const lset: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const list = db.get(key, ListValue)
  if (list === undefined) throw noSuchKey()
  const index = fromLeft(integerArgument(args[2]!), list.size)
  if (index < 0 || index >= list.size) throw new CommandError('ERR index out of range')
  list.set(index, args[3]!)
  db.changed(key, list)
  return ok
}

export const lrem: CommandHandler = ({ db }, args) => {
  const count = integerArgument(args[2]!)
  const key = args[1]!
  const list = db.get(key, ListValue)
  if (list === undefined) return 0
  const removed = list.remove(args[3]!, count === 0 ? list.size : Math.abs(count), count < 0)
  if (removed > 0) db.changed(key, list)
  return removed
}

export const linsert: CommandHandler = ({ db }, args) => {
  const where = args[2]!.toLowerCase()
  if (where !== 'before' && where !== 'after') throw syntaxError()
  const key = args[1]!
  const list = db.get(key, ListValue)
  if (list === undefined) return 0
  for (let i = 0; i < list.size; i++) {
    if (list.at(i) !== args[3]) continue
    list.insert(where === 'before' ? i : i + 1, args[4]!)
    db.changed(key, list)
    return list.size
  }
  return -1
}

/** Below 0 it counts from the right, -1 being the last. */
function fromLeft(index: number, size: number): number {
  return index < 0 ? index + size : index
}
