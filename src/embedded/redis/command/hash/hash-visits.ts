import { HashValue, type HashEntry } from '../../keyspace/hash-value.ts'
import { PairsReply, type Reply } from '../../resp/reply.ts'
import { cursorArgument, emptyScan, scanOptions, scanSlots } from '../collection-scan.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { randomIndex, randomIndices } from '../random-choice.ts'
import { symmetricArgument } from '../symmetric-argument.ts'

export const hscan: CommandHandler = ({ db }, args) => {
  const cursor = cursorArgument(args[2]!)
  const hash = db.get(args[1]!, HashValue)
  if (hash === undefined) return emptyScan
  const options = scanOptions(args, 3)
  const all = hash.compact ? Array.from(hash.entries()) : undefined
  return scanSlots(hash, cursor, options, all, ({ field }) => field, ({ field, content }, into) => void into.push(field, String(content)))
}

export const hrandfield: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  if (args.length === 2) {
    const hash = db.get(key, HashValue)
    return hash === undefined ? null : hash.atSlot(randomIndex(hash.size))!.field
  }
  const count = symmetricArgument(args[2]!)
  const withValues = args.length === 4 && args[3]!.toLowerCase() === 'withvalues'
  if (args.length > 3 && !withValues) throw syntaxError()
  // Answers of twice as many items must be countable.
  if (withValues && Math.abs(count) > 2 ** 62) throw new CommandError('ERR value is out of range')
  const hash = db.get(key, HashValue)
  if (hash === undefined || count === 0) return []
  const chosen = choose(hash, count)
  if (!withValues) return chosen.map(({ field }) => field)
  const flat: Reply[] = []
  for (const { field, content } of chosen) flat.push(field, String(content))
  return new PairsReply(flat)
}

/** Negative: so many, each by chance anew. */
function choose(hash: HashValue, count: number): readonly HashEntry[] {
  if (count < 0) return Array.from({ length: -count }, () => hash.atSlot(randomIndex(hash.size))!)
  if (count >= hash.size) return Array.from(hash.entries())
  return randomIndices(count, hash.size).map((slot) => hash.atSlot(slot)!)
}
