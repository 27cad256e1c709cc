import type { ScoredMember } from '../../keyspace/scored-member.ts'
import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { rangeArguments } from './rank-range.ts'
import type { RangeBy, RankRange } from './rank-range.ts'
import { membersReply } from './scores.ts'

interface Range {
  readonly key: string
  readonly ranks: (set: SortedSetValue, backwards: boolean) => RankRange
  readonly backwards: boolean
  readonly withScores: boolean
  /** Of what the range holds, so many are skipped; below 0 it has nothing. */
  readonly offset: number
  /** Below 0: all. */
  readonly limit: number
}

/** What a command fixes; the rest are options of ZRANGE and ZRANGESTORE. */
interface Fixed {
  readonly by?: RangeBy
  readonly backwards?: boolean
}

/** ZRANGE, and with something fixed its older kin. */
export function range(fixed: Fixed = {}): CommandHandler {
  return (context, args) => {
    const wanted = rangeOptions(args, 1, fixed, true)
    return membersReply(membersIn(context, wanted), wanted.withScores)
  }
}

export const zrangestore: CommandHandler = (context, args) => {
  const { db } = context
  const found = membersIn(context, rangeOptions(args, 2, {}, false))
  const key = args[1]!
  storeMembers(context, key, found)
  return found.length === 0 ? 0 : db.get(key, SortedSetValue)!.size
}

/** Makes the key hold these members, or nothing when there are none. */
export function storeMembers({ db }: CommandContext, key: string, members: Iterable<ScoredMember>): void {
  const set = new SortedSetValue()
  for (const { member, score } of members) set.set(member, score)
  if (set.empty) db.delete(key)
  else db.put(key, set)
}

/** ZCOUNT, ZLEXCOUNT. */
export function count(by: RangeBy): CommandHandler {
  return ({ db }, args) => {
    const ranks = rangeArguments(by, args[2]!, args[3]!)
    const set = db.get(args[1]!, SortedSetValue)
    if (set === undefined) return 0
    const { start, end } = ranks(set, false)
    return Math.max(0, end - start)
  }
}

/** ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX. */
export function removeRange(by: RangeBy): CommandHandler {
  return ({ db }, args) => {
    const ranks = rangeArguments(by, args[2]!, args[3]!)
    const key = args[1]!
    const set = db.get(key, SortedSetValue)
    if (set === undefined) return 0
    const { start, end } = ranks(set, false)
    const removed = set.slice(start, end)
    for (const { member } of removed) set.delete(member)
    if (removed.length > 0) db.changed(key, set)
    return removed.length
  }
}

function membersIn({ db }: CommandContext, { key, ranks, backwards, offset, limit }: Range): ScoredMember[] {
  const set = db.get(key, SortedSetValue)
  if (set === undefined || offset < 0) return []
  const { start, end } = ranks(set, backwards)
  const most = limit < 0 ? Infinity : limit
  return backwards ? set.sliceBackwards(Math.max(start, end - offset - most), end - offset) : set.slice(start + offset, Math.min(end, start + offset + most))
}

function rangeOptions(args: readonly string[], keyAt: number, fixed: Fixed, scoresAllowed: boolean): Range {
  let { by, backwards } = fixed
  let withScores = false
  let offset = 0
  let limit = -1
  for (let i = keyAt + 3; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'withscores' && scoresAllowed) {
      withScores = true
    } else if (name === 'limit' && i + 2 < args.length) {
      offset = integerArgument(args[++i]!)
      limit = integerArgument(args[++i]!)
    } else if (name === 'rev' && fixed.backwards === undefined && backwards === undefined) {
      backwards = true
    } else if ((name === 'bylex' || name === 'byscore') && by === undefined) {
      by = name === 'bylex' ? 'lex' : 'score'
    } else {
      throw syntaxError()
    }
  }
  by ??= 'rank'
  backwards ??= false
  if (limit !== -1 && by === 'rank') throw new CommandError('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX')
  if (withScores && by === 'lex') throw new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX')
  const swapped = backwards && by !== 'rank'
  const ranks = rangeArguments(by, args[keyAt + (swapped ? 2 : 1)]!, args[keyAt + (swapped ? 1 : 2)]!)
  return { key: args[keyAt]!, ranks, backwards, withScores, offset: by === 'rank' ? 0 : offset, limit }
}
