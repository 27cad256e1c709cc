import type { ScoredMember } from '../../keyspace/scored-member.ts'
import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { DoubleReply, nullArray, PairsReply } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { boundedArgument, keyCountArgument } from '../bounded-argument.ts'
import { syntaxError } from '../command-error.ts'
import { Wait } from '../command.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { secondsArgument } from '../timeout-argument.ts'
import { flatScores } from './scores.ts'

export type Extreme = 'min' | 'max'

interface Pop {
  readonly keys: readonly string[]
  readonly extreme: Extreme
  /** Undefined for one member, its score beside it. */
  readonly count: number | undefined
}

/** ZPOPMIN, ZPOPMAX. */
export function pop(extreme: Extreme): CommandHandler {
  return ({ db }, args) => {
    if (args.length > 3) throw syntaxError()
    const count = args.length === 3 ? boundedArgument(args[2]!, 0, 'ERR value is out of range, must be positive') : undefined
    const key = args[1]!
    const set = db.get(key, SortedSetValue)
    if (set === undefined || count === 0) return []
    const taken = take(set, extreme, count ?? 1)
    db.changed(key, set)
    return count === undefined ? flatScores(taken) : new PairsReply(flatScores(taken))
  }
}

/** BZPOPMIN, BZPOPMAX. */
export function blockingPop(extreme: Extreme): CommandHandler {
  return (context, args) => popOrWait(context, { keys: args.slice(1, -1), extreme, count: undefined }, secondsArgument(args.at(-1)!))
}

export const zmpop: CommandHandler = (context, args) => firstPop(context, popArguments(args, 1)) ?? nullArray

export const bzmpop: CommandHandler = (context, args) => {
  const wanted = popArguments(args, 2)
  return popOrWait(context, wanted, secondsArgument(args[1]!))
}

function popArguments(args: readonly string[], at: number): Pop {
  const keyCount = keyCountArgument(args[at]!)
  const extremeAt = at + keyCount + 1
  const extreme = args[extremeAt]?.toLowerCase()
  if (extreme !== 'min' && extreme !== 'max') throw syntaxError()
  const options = args.slice(extremeAt + 1)
  let count = 1
  if (options.length > 0) {
    if (options[0]!.toLowerCase() !== 'count' || options.length === 1) throw syntaxError()
    count = boundedArgument(options[1]!, 1, 'ERR count should be greater than 0')
    if (options.length > 2) throw syntaxError()
  }
  return { keys: args.slice(at + 1, extremeAt), extreme, count }
}

function popOrWait(context: CommandContext, wanted: Pop, timeoutMs: number): Reply | Wait {
  const popped = firstPop(context, wanted)
  if (popped !== undefined) return popped
  if (!context.mayWait) return nullArray
  const attempt = (later: CommandContext): Reply | undefined => firstPop(later, { ...wanted, keys: wanted.keys.filter((key) => later.db.peek(key) instanceof SortedSetValue) })
  return new Wait({ keys: wanted.keys, timeoutMs, attempt, timedOut: nullArray })
}

/** Pops from the first of the keys that is a sorted set; undefined when none is. */
function firstPop(context: CommandContext, { keys, extreme, count }: Pop): Reply | undefined {
  const { db } = context
  for (const key of keys) {
    const set = db.get(key, SortedSetValue)
    if (set === undefined) continue
    const taken = take(set, extreme, count ?? 1)
    db.changed(key, set)
    context.logAs(extreme === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', key, String(taken.length))
    if (count === undefined) return [key, ...flatScores(taken)]
    return [key, taken.map(({ member, score }) => [member, new DoubleReply(score)])]
  }
  return undefined
}

/** The lowest first, or the highest first. */
function take(set: SortedSetValue, extreme: Extreme, count: number): ScoredMember[] {
  const taken = extreme === 'min' ? set.slice(0, count) : set.sliceBackwards(Math.max(0, set.size - count), set.size)
  for (const { member } of taken) set.delete(member)
  return taken
}
