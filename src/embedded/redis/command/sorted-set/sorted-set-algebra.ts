import type { Database } from '../../keyspace/database.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { inOrder } from '../../keyspace/scored-member.ts'
import type { ScoredMember } from '../../keyspace/scored-member.ts'
import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { integerArgument } from '../arguments.ts'
import { boundedArgument } from '../bounded-argument.ts'
import { CommandError, syntaxError, wrongType } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { parseDouble } from '../parse-double.ts'
import { storeMembers } from './range.ts'
import { membersReply } from './scores.ts'

type Operation = 'union' | 'intersection' | 'difference'

const aggregates = {
  sum: (left: number, right: number) => numberOrZero(left + right),
  min: (left: number, right: number) => (right < left ? right : left),
  max: (left: number, right: number) => (right > left ? right : left),
}

/** A sorted set, or a set whose members all have the score 1. */
type Source = SortedSetValue | SetValue | undefined

interface Inputs {
  readonly sources: readonly Source[]
  readonly weights: readonly number[]
  readonly aggregate: (left: number, right: number) => number
  readonly withScores: boolean
  readonly limit: number
}

/** ZUNION, ZINTER, ZDIFF. */
export function combine(operation: Operation): CommandHandler {
  return ({ db }, args) => {
    const inputs = inputArguments(db, args, 1, operation, 'reply')
    return membersReply([...results(operation, inputs)].sort(inOrder), inputs.withScores)
  }
}

/** ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE. */
export function combineInto(operation: Operation): CommandHandler {
  return (context, args) => {
    const found = [...results(operation, inputArguments(context.db, args, 2, operation, 'store'))]
    storeMembers(context, args[1]!, found)
    return found.length
  }
}

export const zintercard: CommandHandler = ({ db }, args) => {
  const inputs = inputArguments(db, args, 1, 'intersection', 'count')
  let counted = 0
  for (const _ of results('intersection', inputs)) if (++counted === inputs.limit) break
  return counted
}

function results(operation: Operation, inputs: Inputs): Iterable<ScoredMember> {
  if (operation === 'difference') return difference(inputs.sources)
  // Smallest first, as Redis adds up: sums of doubles depend on the order.
  const order = inputs.sources.map((_, i) => i).sort((left, right) => sizeOf(inputs.sources[left]) - sizeOf(inputs.sources[right]))
  const sorted = { ...inputs, sources: order.map((i) => inputs.sources[i]), weights: order.map((i) => inputs.weights[i]!) }
  return operation === 'union' ? union(sorted) : intersection(sorted)
}

function* union({ sources, weights, aggregate }: Inputs): Generator<ScoredMember> {
  const scores = new Map<string, number>()
  for (const [i, source] of sources.entries()) {
    for (const { member, score } of membersOf(source)) {
      const weighted = numberOrZero(weights[i]! * score)
      const before = scores.get(member)
      scores.set(member, before === undefined ? weighted : aggregate(before, weighted))
    }
  }
  for (const [member, score] of scores) yield { member, score }
}

function* intersection({ sources: [smallest, ...others], weights, aggregate }: Inputs): Generator<ScoredMember> {
  for (const { member, score } of membersOf(smallest)) {
    let result: number | undefined = numberOrZero(weights[0]! * score)
    for (const [i, other] of others.entries()) {
      const found = scoreIn(other, member)
      if (found === undefined) {
        result = undefined
        break
      }
      result = aggregate(result, found * weights[i + 1]!)
    }
    if (result !== undefined) yield { member, score: result }
  }
}

function* difference([first, ...others]: readonly Source[]): Generator<ScoredMember> {
  for (const scored of membersOf(first)) if (!others.some((other) => scoreIn(other, scored.member) !== undefined)) yield scored
}

function inputArguments(db: Database, args: readonly string[], countAt: number, operation: Operation, use: 'reply' | 'store' | 'count'): Inputs {
  const count = integerArgument(args[countAt]!)
  if (count < 1) throw new CommandError(`ERR at least 1 input key is needed for '${args[0]!.toLowerCase()}' command`)
  if (count > args.length - countAt - 1) throw syntaxError()
  const sources = args.slice(countAt + 1, countAt + 1 + count).map((key) => sourceAt(db, key))
  let weights: readonly number[] = sources.map(() => 1)
  let aggregate = aggregates.sum
  let withScores = false
  let limit = 0
  const weighs = operation !== 'difference' && use !== 'count'
  for (let i = countAt + 1 + count; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    const left = args.length - i - 1
    if (name === 'weights' && weighs && left >= count) {
      weights = args.slice(i + 1, i + 1 + count).map(weightArgument)
      i += count
    } else if (name === 'aggregate' && weighs && left >= 1) {
      aggregate = aggregateArgument(args[++i]!)
    } else if (name === 'withscores' && use === 'reply') {
      withScores = true
    } else if (name === 'limit' && use === 'count' && left >= 1) {
      limit = boundedArgument(args[++i]!, 0, "ERR LIMIT can't be negative")
    } else {
      throw syntaxError()
    }
  }
  return { sources, weights, aggregate, withScores, limit }
}

function sourceAt(db: Database, key: string): Source {
  const value = db.find(key)
  if (value === undefined || value instanceof SortedSetValue || value instanceof SetValue) return value
  throw wrongType()
}

function weightArgument(text: string): number {
  const weight = parseDouble(text)
  if (weight === undefined) throw new CommandError('ERR weight value is not a float')
  return weight
}

function aggregateArgument(text: string): (left: number, right: number) => number {
  const name = text.toLowerCase()
  if (name === 'sum' || name === 'min' || name === 'max') return aggregates[name]
  throw syntaxError()
}

function sizeOf(source: Source): number {
  return source?.size ?? 0
}

function membersOf(source: Source): Iterable<ScoredMember> {
  if (source instanceof SortedSetValue) return source
  return source?.members().map((member) => ({ member, score: 1 })) ?? []
}

function scoreIn(source: Source, member: string): number | undefined {
  if (source instanceof SortedSetValue) return source.score(member)
  return source?.has(member) === true ? 1 : undefined
}

function numberOrZero(value: number): number {
  return Number.isNaN(value) ? 0 : value
}
