import { StringValue } from '../../keyspace/string-value.ts'
import { int64, integerArgument } from '../arguments.ts'
import { CommandError, notAFloat, notAnInteger } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { addLongDoubles, isInfinite, longDoubleText, parseLongDouble } from '../long-double.ts'
import { add64 } from '../int64-sum.ts'

function checkLength(context: CommandContext, length: number): void {
  if (length > context.engine.settings.get('proto-max-bulk-len')) throw new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)')
}

export const append: CommandHandler = (context, args) => {
  const { db } = context
  const key = args[1]!
  const text = args[2]!
  const value = db.get(key, StringValue)
  if (value === undefined) {
    db.put(key, StringValue.of(text))
    return text.length
  }
  checkLength(context, value.length + text.length)
  value.append(text)
  db.changed(key, value)
  return value.length
}

export const setrange: CommandHandler = (context, args) => {
  const { db } = context
  const key = args[1]!
  const text = args[3]!
  const offset = integerArgument(args[2]!)
  if (offset < 0) throw new CommandError('ERR offset is out of range')
  const value = db.get(key, StringValue)
  if (text.length === 0) return value?.length ?? 0
  checkLength(context, offset + text.length)
  const target = value ?? new StringValue('')
  target.editable(offset + text.length).write(text, offset, 'latin1')
  if (value === undefined) db.put(key, target)
  else db.changed(key, target)
  return target.length
}

function increment({ db }: CommandContext, key: string, amount: number | bigint): number | bigint {
  const value = db.get(key, StringValue)
  const { content } = value ?? { content: 0 }
  const before = typeof content === 'number' ? content : int64(value!.text)
  if (before === undefined) throw notAnInteger()
  const sum = add64(before, amount)
  if (sum === undefined) throw new CommandError('ERR increment or decrement would overflow')
  const target = value ?? new StringValue(0)
  target.setInteger(sum)
  if (value === undefined) db.put(key, target)
  else db.changed(key, target)
  return sum
}

export const incr: CommandHandler = (context, args) => increment(context, args[1]!, 1)

export const decr: CommandHandler = (context, args) => increment(context, args[1]!, -1)

export const incrby: CommandHandler = (context, args) => increment(context, args[1]!, int64Argument(args[2]!))

export const decrby: CommandHandler = (context, args) => {
  const amount = int64Argument(args[2]!)
  if (amount === -(2n ** 63n)) throw new CommandError('ERR decrement would overflow')
  return increment(context, args[1]!, -amount)
}

function int64Argument(text: string): number | bigint {
  const value = int64(text)
  if (value === undefined) throw notAnInteger()
  return value
}

export const incrbyfloat: CommandHandler = (context, args) => {
  const { db } = context
  const key = args[1]!
  const value = db.get(key, StringValue)
  const before = parseLongDouble(value?.text ?? '0')
  const amount = parseLongDouble(args[2]!)
  if (before === undefined || amount === undefined) throw notAFloat()
  const sum = addLongDoubles(before, amount)
  if (sum === undefined || isInfinite(sum)) throw new CommandError('ERR increment would produce NaN or Infinity')
  const text = longDoubleText(sum)
  if (value === undefined) {
    db.put(key, new StringValue(text))
  } else {
    value.content = text
    db.changed(key, value)
  }
  context.logAs('SET', key, text, 'KEEPTTL')
  return text
}
