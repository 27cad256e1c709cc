import type { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError } from '../command-error.ts'
import { readDouble } from '../parse-double.ts'

/** How the ends of a range are written: ranks, scores, or members of one score. */
export type RangeBy = 'rank' | 'score' | 'lex'

/** Ranks from `start` up to but without `end`; empty when they are not in order. */
export interface RankRange {
  readonly start: number
  readonly end: number
}

/** Reads the ends of a range; finding the ranks is left until there is a set. */
export function rangeArguments(by: RangeBy, from: string, to: string): (set: SortedSetValue, backwards: boolean) => RankRange {
  if (by === 'score') return scoreRange(from, to)
  if (by === 'lex') return lexRange(from, to)
  const first = integerArgument(from)
  const last = integerArgument(to)
  return ({ size }, backwards) => {
    const start = Math.max(0, first < 0 ? first + size : first)
    const end = Math.min(size, (last < 0 ? last + size : last) + 1)
    return backwards ? { start: size - end, end: size - start } : { start, end }
  }
}

function scoreRange(from: string, to: string): (set: SortedSetValue) => RankRange {
  const least = scoreEnd(from)
  const most = scoreEnd(to)
  return (set) => ({ start: set.countBelow(least.score, least.open), end: set.countBelow(most.score, !most.open) })
}

/** `(` in front leaves the score itself out. Redis reads up to a zero byte, and nothing at all as 0. */
function scoreEnd(text: string): { readonly score: number; readonly open: boolean } {
  const open = text.startsWith('(')
  const [number = ''] = text.slice(open ? 1 : 0).split('\0', 1)
  const { value, length } = readDouble(number)
  if (length !== number.length || Number.isNaN(value)) throw new CommandError('ERR min or max is not a float')
  return { score: value, open }
}

type LexEnd = 'least' | 'most' | { readonly member: string; readonly open: boolean }

function lexRange(from: string, to: string): (set: SortedSetValue) => RankRange {
  const least = lexEnd(from)
  const most = lexEnd(to)
  return (set) => ({ start: membersBefore(set, least, true), end: membersBefore(set, most, false) })
}

function membersBefore(set: SortedSetValue, end: LexEnd, isStart: boolean): number {
  if (typeof end === 'string') return end === 'least' ? 0 : set.size
  return set.countBelowMember(end.member, end.open === isStart)
}

function lexEnd(text: string): LexEnd {
  const rest = text.slice(1)
  switch (text[0]) {
    case '-':
    case '+':
      if (rest !== '' && !rest.startsWith('\0')) break
      return text[0] === '-' ? 'least' : 'most'
    case '(':
    case '[':
      return { member: rest, open: text[0] === '(' }
    default:
  }
  throw new CommandError('ERR min or max not valid string range item')
}
