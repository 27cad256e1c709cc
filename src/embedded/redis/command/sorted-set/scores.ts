import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import type { ScoredMember } from '../../keyspace/scored-member.ts'
import { doubleText } from '../../resp/double-text.ts'
import { DoubleReply, PairsReply } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { cursorArgument, emptyScan, scanOptions, scanSlots } from '../collection-scan.ts'
import type { CommandHandler } from '../command.ts'

export const zcard: CommandHandler = ({ db }, args) => db.get(args[1]!, SortedSetValue)?.size ?? 0

export const zscore: CommandHandler = ({ db }, args) => scoreReply(db.get(args[1]!, SortedSetValue)?.score(args[2]!))

export const zmscore: CommandHandler = ({ db }, args) => {
  const set = db.get(args[1]!, SortedSetValue)
  return args.slice(2).map((member) => scoreReply(set?.score(member)))
}

/** ZRANK; backwards ZREVRANK. */
export function rank(backwards: boolean): CommandHandler {
  return ({ db }, args) => {
    const set = db.get(args[1]!, SortedSetValue)
    const found = set?.rank(args[2]!)
    if (set === undefined || found === undefined) return null
    return backwards ? set.size - 1 - found : found
  }
}

export const zrem: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const set = db.get(key, SortedSetValue)
  if (set === undefined) return 0
  let removed = 0
  for (let i = 2; i < args.length; i++) if (set.delete(args[i]!)) removed++
  if (removed > 0) db.changed(key, set)
  return removed
}

export const zscan: CommandHandler = ({ db }, args) => {
  const cursor = cursorArgument(args[2]!)
  const set = db.get(args[1]!, SortedSetValue)
  if (set === undefined) return emptyScan
  const compact = set.encoding === 'listpack' ? [...set] : undefined
  const scoreText = compact === undefined ? doubleText : compactScoreText
  return scanSlots(set, cursor, scanOptions(args, 3), compact, ({ member }) => member, ({ member, score }, into) => into.push(member, scoreText(score)))
}

/** A small sorted set of Redis holds whole scores as 64-bit integers, and ZSCAN shows them so. */
function compactScoreText(score: number): string {
  return Number.isInteger(score) && Math.abs(score) < 2 ** 62 ? BigInt(score).toString() : doubleText(score)
}

/** Members alone, or each with its score. */
export function membersReply(members: readonly ScoredMember[], withScores: boolean): Reply {
  return withScores ? new PairsReply(flatScores(members)) : members.map(({ member }) => member)
}

/** Members and scores in turn. */
export function flatScores(members: readonly ScoredMember[]): Reply[] {
  return members.flatMap(({ member, score }): Reply[] => [member, new DoubleReply(score)])
}

function scoreReply(score: number | undefined): Reply {
  return score === undefined ? null : new DoubleReply(score)
}
