import { ListValue } from '../../keyspace/list-value.ts'
import { nullArray } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { boundedArgument, keyCountArgument } from '../bounded-argument.ts'
import { syntaxError } from '../command-error.ts'
import { Wait } from '../command.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { secondsArgument } from '../timeout-argument.ts'
import { popMany } from './push-pop.ts'
import { sideArgument } from './side.ts'
import type { Side } from './side.ts'

interface Pop {
  readonly keys: readonly string[]
  readonly side: Side
  /** Undefined for one item on its own instead of an array. */
  readonly count: number | undefined
}

/** BLPOP, BRPOP. */
export function blockingPop(side: Side): CommandHandler {
  return (context, args) => popOrWait(context, { keys: args.slice(1, -1), side, count: undefined }, secondsArgument(args.at(-1)!))
}

export const lmpop: CommandHandler = (context, args) => firstPop(context, popArguments(args, 1)) ?? nullArray

export const blmpop: CommandHandler = (context, args) => {
  const wanted = popArguments(args, 2)
  return popOrWait(context, wanted, secondsArgument(args[1]!))
}

function popArguments(args: readonly string[], at: number): Pop {
  const keyCount = keyCountArgument(args[at]!)
  const sideAt = at + keyCount + 1
  if (sideAt >= args.length) throw syntaxError()
  const side = sideArgument(args[sideAt]!)
  const options = args.slice(sideAt + 1)
  let count = 1
  if (options.length > 0) {
    if (options[0]!.toLowerCase() !== 'count' || options.length === 1) throw syntaxError()
    count = boundedArgument(options[1]!, 1, 'ERR count should be greater than 0')
    if (options.length > 2) throw syntaxError()
  }
  return { keys: args.slice(at + 1, sideAt), side, count }
}

function popOrWait(context: CommandContext, wanted: Pop, timeoutMs: number): Reply | Wait {
  const popped = firstPop(context, wanted)
  if (popped !== undefined) return popped
  if (!context.mayWait) return nullArray
  const attempt = (later: CommandContext): Reply | undefined => firstPop(later, { ...wanted, keys: wanted.keys.filter((key) => later.db.peek(key) instanceof ListValue) })
  return new Wait({ keys: wanted.keys, timeoutMs, attempt, timedOut: nullArray })
}

/** Pops from the first of the keys that is a list; undefined when none is. */
function firstPop(context: CommandContext, { keys, side, count }: Pop): Reply | undefined {
  const { db } = context
  for (const key of keys) {
    const list = db.get(key, ListValue)
    if (list === undefined) continue
    const items = popMany(list, side, count ?? 1)
    db.changed(key, list)
    context.logAs(side === 'left' ? 'LPOP' : 'RPOP', key, String(items.length))
    return [key, count === undefined ? items[0]! : items]
  }
  return undefined
}
