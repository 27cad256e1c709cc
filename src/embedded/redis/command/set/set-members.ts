import { SetValue } from '../../keyspace/set-value.ts'
import { SetReply } from '../../resp/reply.ts'
import { cursorArgument, emptyScan, scanOptions, scanSlots } from '../collection-scan.ts'
import type { CommandHandler } from '../command.ts'

export const sadd: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const set = db.getOrAdd(key, SetValue)
  let added = 0
  for (let i = 2; i < args.length; i++) if (set.add(args[i]!)) added++
  if (added > 0) db.changed(key, set)
  return added
}

export const srem: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const set = db.get(key, SetValue)
  if (set === undefined) return 0
  let removed = 0
  for (let i = 2; i < args.length; i++) if (set.delete(args[i]!)) removed++
  if (removed > 0) db.changed(key, set)
  return removed
}

export const smove: CommandHandler = ({ db }, args) => {
  const [, source = '', destination = '', member = ''] = args
  if (db.find(source) === undefined) return 0
  const from = db.get(source, SetValue)
  const to = db.get(destination, SetValue)
  if (from === undefined || from === to) return from?.has(member) === true ? 1 : 0
  if (!from.delete(member)) return 0
  db.changed(source, from)
  const target = to ?? db.getOrAdd(destination, SetValue)
  if (target.add(member)) db.changed(destination, target)
  return 1
}

export const sismember: CommandHandler = ({ db }, args) => (db.get(args[1]!, SetValue)?.has(args[2]!) === true ? 1 : 0)

export const smismember: CommandHandler = ({ db }, args) => {
  const set = db.get(args[1]!, SetValue)
  return args.slice(2).map((member) => (set?.has(member) === true ? 1 : 0))
}

export const scard: CommandHandler = ({ db }, args) => db.get(args[1]!, SetValue)?.size ?? 0

export const smembers: CommandHandler = ({ db }, args) => new SetReply(db.get(args[1]!, SetValue)?.members() ?? [])

export const sscan: CommandHandler = ({ db }, args) => {
  const cursor = cursorArgument(args[2]!)
  const set = db.get(args[1]!, SetValue)
  if (set === undefined) return emptyScan
  const compact = set.encoding === 'intset' ? set.members() : undefined
  return scanSlots(set, cursor, scanOptions(args, 3), compact, (member) => member, (member, into) => into.push(member))
}
