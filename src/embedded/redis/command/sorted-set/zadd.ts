import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { DoubleReply } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { CommandError, notAFloat, syntaxError } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { parseDouble } from '../parse-double.ts'

const optionNames = ['nx', 'xx', 'gt', 'lt', 'ch', 'incr'] as const
type Option = (typeof optionNames)[number]

interface Pair {
  readonly score: number
  readonly member: string
}

/** Adds members or changes their scores, as the options allow. */
export const zadd: CommandHandler = (context, args) => {
  const options = new Set<Option>()
  let at = 2
  for (let option = optionAt(args, at); option !== undefined; option = optionAt(args, ++at)) options.add(option)
  const rest = args.length - at
  if (rest === 0 || rest % 2 === 1) throw syntaxError()
  if (options.has('nx') && options.has('xx')) throw new CommandError('ERR XX and NX options at the same time are not compatible')
  if (Number(options.has('gt')) + Number(options.has('lt')) + Number(options.has('nx')) > 1) throw new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible')
  if (options.has('incr') && rest > 2) throw new CommandError('ERR INCR option supports a single increment-element pair')
  const pairs: Pair[] = []
  for (; at < args.length; at += 2) pairs.push({ score: scoreArgument(args[at]!), member: args[at + 1]! })
  if (options.has('incr')) return increase(context, args[1]!, pairs[0]!, options)
  return add(context, args[1]!, pairs, options)
}

export const zincrby: CommandHandler = (context, args) => increase(context, args[1]!, { score: scoreArgument(args[2]!), member: args[3]! }, new Set())

export function scoreArgument(text: string): number {
  const score = parseDouble(text)
  if (score === undefined) throw notAFloat()
  return score
}

function optionAt(args: readonly string[], at: number): Option | undefined {
  const name = args[at]?.toLowerCase()
  return optionNames.find((option) => option === name)
}

function add({ db }: CommandContext, key: string, pairs: readonly Pair[], options: ReadonlySet<Option>): Reply {
  const found = db.get(key, SortedSetValue)
  if (found === undefined && options.has('xx')) return 0
  const set = found ?? db.getOrAdd(key, SortedSetValue)
  let added = 0
  let moved = 0
  for (const { score, member } of pairs) {
    if (!allowed(set.score(member), score, options)) continue
    const done = set.set(member, score)
    if (done === 'added') added++
    else if (done === 'moved') moved++
  }
  if (added + moved > 0) db.changed(key, set)
  return options.has('ch') ? added + moved : added
}

/** Answers the new score, null where the options forbid it. */
function increase({ db }: CommandContext, key: string, { score: by, member }: Pair, options: ReadonlySet<Option>): Reply {
  const found = db.get(key, SortedSetValue)
  const before = found?.score(member)
  const score = before === undefined ? by : before + by
  if (Number.isNaN(score)) throw new CommandError('ERR resulting score is not a number (NaN)')
  if (!allowed(before, score, options)) return null
  const set = found ?? db.getOrAdd(key, SortedSetValue)
  if (set.set(member, score) !== 'same') db.changed(key, set)
  return new DoubleReply(score)
}

function allowed(before: number | undefined, score: number, options: ReadonlySet<Option>): boolean {
  if (before === undefined) return !options.has('xx')
  return !options.has('nx') && !(options.has('gt') && score <= before) && !(options.has('lt') && score >= before)
}
