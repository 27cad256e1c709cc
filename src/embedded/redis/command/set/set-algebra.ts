import type { Database } from '../../keyspace/database.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SetReply } from '../../resp/reply.ts'
import { boundedArgument, keyCountArgument } from '../bounded-argument.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'

/** Of sets, undefined where there is none. */
type Operation = (sets: readonly (SetValue | undefined)[]) => SetValue

export const union: Operation = (sets) => {
  const result = new SetValue()
  for (const set of sets) for (const member of set?.members() ?? []) result.add(member)
  return result
}

export const intersection: Operation = (sets) => {
  const result = new SetValue()
  for (const member of common(sets, Infinity)) result.add(member)
  return result
}

export const difference: Operation = ([first, ...others]) => {
  const result = new SetValue()
  for (const member of first?.members() ?? []) if (!others.some((other) => other?.has(member) === true)) result.add(member)
  return result
}

/** SUNION, SINTER, SDIFF. */
export function combine(operation: Operation): CommandHandler {
  return ({ db }, args) => new SetReply(operation(setsOf(db, args.slice(1))).members())
}

/** SUNIONSTORE, SINTERSTORE, SDIFFSTORE. */
export function combineInto(operation: Operation): CommandHandler {
  return ({ db }, args) => {
    const key = args[1]!
    const result = operation(setsOf(db, args.slice(2)))
    if (result.empty) db.delete(key)
    else db.put(key, result)
    return result.size
  }
}

export const sintercard: CommandHandler = ({ db }, args) => {
  const keyCount = keyCountArgument(args[1]!)
  if (keyCount > args.length - 2) throw new CommandError("ERR Number of keys can't be greater than number of args")
  let limit = 0
  for (let i = 2 + keyCount; i < args.length; i += 2) {
    if (args[i]!.toLowerCase() !== 'limit' || i + 1 === args.length) throw syntaxError()
    limit = boundedArgument(args[i + 1]!, 0, "ERR LIMIT can't be negative")
  }
  return common(setsOf(db, args.slice(2, 2 + keyCount)), limit === 0 ? Infinity : limit).length
}

function setsOf(db: Database, keys: readonly string[]): (SetValue | undefined)[] {
  return keys.map((key) => db.get(key, SetValue))
}

/** Members that are in all of the sets, at most `limit`. */
function common(sets: readonly (SetValue | undefined)[], limit: number): string[] {
  const there = sets.filter((set) => set !== undefined).toSorted((left, right) => left.size - right.size)
  const [smallest, ...others] = there
  const found: string[] = []
  if (smallest === undefined || there.length < sets.length) return found
  for (const member of smallest.members()) {
    if (!others.every((other) => other.has(member))) continue
    found.push(member)
    if (found.length === limit) break
  }
  return found
}
