import { SetValue } from '../../keyspace/set-value.ts'
import { SetReply } from '../../resp/reply.ts'
import { boundedArgument } from '../bounded-argument.ts'
import { syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { randomIndex, randomIndices } from '../random-choice.ts'
import { symmetricArgument } from '../symmetric-argument.ts'

const membersPerLogged = 500

/** Removes members chosen by chance: one, or a set when a count is given. */
export const spop: CommandHandler = (context, args) => {
  if (args.length > 3) throw syntaxError()
  const key = args[1]!
  const count = args.length === 3 ? boundedArgument(args[2]!, 0, 'ERR value is out of range, must be positive') : undefined
  const { db } = context
  const set = db.get(key, SetValue)
  if (set === undefined) return count === undefined ? null : new SetReply([])
  if (count === 0) return new SetReply([])
  const chosen = randomIndices(count ?? 1, set.size).map((slot) => set.atSlot(slot)!)
  for (const member of chosen) set.delete(member)
  db.changed(key, set)
  for (let i = 0; i < chosen.length; i += membersPerLogged) context.logAs('SREM', key, ...chosen.slice(i, i + membersPerLogged))
  return count === undefined ? chosen[0]! : new SetReply(chosen)
}

/** Members chosen by chance, which stay; a negative count may choose one several times. */
export const srandmember: CommandHandler = ({ db }, args) => {
  if (args.length > 3) throw syntaxError()
  const key = args[1]!
  if (args.length === 2) {
    const set = db.get(key, SetValue)
    return set === undefined ? null : set.atSlot(randomIndex(set.size))!
  }
  const count = symmetricArgument(args[2]!)
  const set = db.get(key, SetValue)
  if (set === undefined) return []
  if (count >= set.size) return set.members()
  const slots = count < 0 ? Array.from({ length: -count }, () => randomIndex(set.size)) : randomIndices(count, set.size)
  return slots.map((slot) => set.atSlot(slot)!)
}
