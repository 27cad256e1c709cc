import { ListValue } from '../../keyspace/list-value.ts'
import { nullArray } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { Wait } from '../command.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { secondsArgument } from '../timeout-argument.ts'
import { popFrom, pushTo, sideArgument } from './side.ts'
import type { Side } from './side.ts'

interface Move {
  readonly source: string
  readonly destination: string
  readonly from: Side
  readonly to: Side
}

export const lmove: CommandHandler = (context, args) => move(context, moveArguments(args)) ?? null

export const rpoplpush: CommandHandler = (context, args) => move(context, rightToLeft(args)) ?? null

export const blmove: CommandHandler = (context, args) => moveOrWait(context, moveArguments(args), secondsArgument(args[5]!))

export const brpoplpush: CommandHandler = (context, args) => {
  const timeoutMs = secondsArgument(args[3]!)
  return moveOrWait(context, rightToLeft(args), timeoutMs)
}

function moveArguments(args: readonly string[]): Move {
  return { source: args[1]!, destination: args[2]!, from: sideArgument(args[3]!), to: sideArgument(args[4]!) }
}

function rightToLeft(args: readonly string[]): Move {
  return { source: args[1]!, destination: args[2]!, from: 'right', to: 'left' }
}

function moveOrWait(context: CommandContext, wanted: Move, timeoutMs: number): Reply | Wait {
  const moved = moveAndLog(context, wanted)
  if (moved !== undefined) return moved
  if (!context.mayWait) return null
  const attempt = (later: CommandContext): Reply | undefined => (later.db.peek(wanted.source) instanceof ListValue ? moveAndLog(later, wanted) : undefined)
  return new Wait({ keys: [wanted.source], timeoutMs, attempt, timedOut: nullArray })
}

function moveAndLog(context: CommandContext, wanted: Move): string | undefined {
  const moved = move(context, wanted)
  if (moved !== undefined) context.logAs('LMOVE', wanted.source, wanted.destination, wanted.from, wanted.to)
  return moved
}

/** Undefined when there is nothing to move. */
function move({ db }: CommandContext, { source, destination, from, to }: Move): string | undefined {
  const list = db.get(source, ListValue)
  if (list === undefined) return undefined
  // Before anything is taken: the destination may be of another type.
  const target = source === destination ? list : db.getOrAdd(destination, ListValue)
  const item = popFrom(list, from)
  pushTo(target, to, item)
  if (target !== list) db.changed(destination, target)
  db.changed(source, list)
  return item
}
