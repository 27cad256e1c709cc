import { ListValue } from '../../keyspace/list-value.ts'
import { integerArgument } from '../arguments.ts'
import { boundedArgument } from '../bounded-argument.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'

const rankZero = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"

/** Where an element stands: one index, or with COUNT an array of them. */
export const lpos: CommandHandler = ({ db }, args) => {
  const { rank, count, most } = options(args)
  const list = db.get(args[1]!, ListValue)
  if (list === undefined) return count === undefined ? null : []
  const found: number[] = []
  const wanted = count === undefined ? 1 : count === 0 ? Infinity : count
  const last = Math.min(list.size, most === 0 ? Infinity : most)
  let toSkip = Math.abs(rank) - 1
  for (let i = 0; i < last && found.length < wanted; i++) {
    const index = rank < 0 ? list.size - 1 - i : i
    if (list.at(index) !== args[2]) continue
    if (toSkip > 0) toSkip--
    else found.push(index)
  }
  return count === undefined ? (found[0] ?? null) : found
}

function options(args: readonly string[]): { readonly rank: number; readonly count: number | undefined; readonly most: number } {
  let rank = 1
  let count: number | undefined
  let most = 0
  for (let i = 3; i < args.length; i += 2) {
    const value = args[i + 1]
    const name = args[i]!.toLowerCase()
    if (value === undefined) throw syntaxError()
    if (name === 'rank') {
      rank = integerArgument(value)
      if (rank === 0) throw new CommandError(rankZero)
    } else if (name === 'count') {
      count = boundedArgument(value, 0, "ERR COUNT can't be negative")
    } else if (name === 'maxlen') {
      most = boundedArgument(value, 0, "ERR MAXLEN can't be negative")
    } else {
      throw syntaxError()
    }
  }
  return { rank, count, most }
}
