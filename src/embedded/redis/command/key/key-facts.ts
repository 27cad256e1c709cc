import { StringValue } from '../../keyspace/string-value.ts'
import { fadedUses } from '../../keyspace/use-count.ts'
import type { Value } from '../../keyspace/value.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'

/** Redis keeps one object for each of these integers, and counts it as used without end. */
const sharedIntegers = 10_000
const shared = 2 ** 31 - 1
const valueHeadBytes = 56

/** OBJECT: a fact about the value of a key. */
export function objectFact(fact: (value: Value, context: CommandContext) => string | number): CommandHandler {
  return (context, args) => {
    const value = context.db.peek(args[2]!)
    return value === undefined ? null : fact(value, context)
  }
}

export function refcount(value: Value): number {
  const content = value instanceof StringValue ? value.content : undefined
  return typeof content === 'number' && content >= 0 && content < sharedIntegers ? shared : 1
}

export function idleSeconds(value: Value, { keyspace }: CommandContext): number {
  if (keyspace.useCounting !== undefined) {
    throw new CommandError('ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.')
  }
  return Math.max(0, keyspace.uptimeS - value.usedAtS)
}

export function frequency(value: Value, { keyspace }: CommandContext): number {
  if (keyspace.useCounting === undefined) {
    throw new CommandError('ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.')
  }
  return fadedUses(value.uses, keyspace.uptimeS - value.usedAtS, keyspace.useCounting)
}

export const memoryUsage: CommandHandler = ({ db }, args) => {
  for (let i = 3; i < args.length; i += 2) {
    if (args[i]!.toLowerCase() !== 'samples' || i + 1 === args.length || integerArgument(args[i + 1]!) < 0) throw syntaxError()
  }
  const key = args[2]!
  const value = db.peek(key)
  return value === undefined ? null : valueHeadBytes + key.length + value.bytes
}
