import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { randomIndex, randomIndices } from '../random-choice.ts'
import { symmetricArgument } from '../symmetric-argument.ts'
import { membersReply } from './scores.ts'

/** Members chosen by chance; a negative count may choose one several times. */
export const zrandmember: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  if (args.length === 2) {
    const set = db.get(key, SortedSetValue)
    return set === undefined ? null : set.atSlot(randomIndex(set.size))!.member
  }
  const count = symmetricArgument(args[2]!)
  const withScores = args.length === 4 && args[3]!.toLowerCase() === 'withscores'
  if (args.length > 3 && !withScores) throw syntaxError()
  if (withScores && Math.abs(count) > 2 ** 62) throw new CommandError('ERR value is out of range')
  const set = db.get(key, SortedSetValue)
  if (set === undefined) return []
  if (count >= set.size) return membersReply(set.sliceBackwards(0, set.size), withScores)
  const slots = count < 0 ? Array.from({ length: -count }, () => randomIndex(set.size)) : randomIndices(count, set.size)
  return membersReply(slots.map((slot) => set.atSlot(slot)!), withScores)
}
