import { HashValue } from '../../keyspace/hash-value.ts'
import { int64 } from '../arguments.ts'
import { CommandError, notAFloat, notAnInteger } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { add64 } from '../int64-sum.ts'
import { addLongDoubles, isInfinite, longDoubleText, parseLongDouble } from '../long-double.ts'

export const hincrby: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const field = args[2]!
  const amount = int64(args[3]!)
  if (amount === undefined) throw notAnInteger()
  const hash = db.get(key, HashValue)
  if (hash !== undefined && typeof amount === 'number') {
    // The way of nearly every call.
    const sum = hash.increment(field, amount)
    if (sum !== undefined) {
      db.changed(key, hash)
      return sum
    }
  }
  const content = hash?.get(field) ?? 0
  const before = typeof content === 'number' ? content : int64(content)
  if (before === undefined) throw new CommandError('ERR hash value is not an integer')
  const sum = add64(before, amount)
  if (sum === undefined) throw new CommandError('ERR increment or decrement would overflow')
  const target = hash ?? db.getOrAdd(key, HashValue)
  target.set(field, typeof sum === 'number' ? sum : String(sum))
  db.changed(key, target)
  return sum
}

export const hincrbyfloat: CommandHandler = (context, args) => {
  const { db } = context
  const key = args[1]!
  const field = args[2]!
  const amount = parseLongDouble(args[3]!)
  if (amount === undefined) throw notAFloat()
  if (isInfinite(amount)) throw new CommandError('ERR value is NaN or Infinity')
  const before = parseLongDouble(String(db.get(key, HashValue)?.get(field) ?? 0))
  if (before === undefined) throw new CommandError('ERR hash value is not a float')
  const sum = addLongDoubles(before, amount)
  if (sum === undefined || isInfinite(sum)) throw new CommandError('ERR increment would produce NaN or Infinity')
  const text = longDoubleText(sum)
  const hash = db.getOrAdd(key, HashValue)
  hash.set(field, text)
  db.changed(key, hash)
  context.logAs('HSET', key, field, text)
  return text
}
