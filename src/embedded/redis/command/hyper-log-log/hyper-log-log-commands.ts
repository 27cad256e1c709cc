import { CorruptHyperLogLog, estimateOf, HyperLogLog } from '../../keyspace/hyper-log-log.ts'
import type { Database } from '../../keyspace/database.ts'
import { StringValue } from '../../keyspace/string-value.ts'
import { ok } from '../../resp/reply.ts'
import { CommandError } from '../command-error.ts'
import type { Command, CommandHandler } from '../command.ts'

const group = 'hyperloglog'

/** 1 when the key is new or the estimate may have changed. */
const pfadd: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const found = db.get(key, StringValue)
  const counted = found === undefined ? HyperLogLog.empty() : hyperLogLogOf(found)
  let changed = found === undefined
  intact(() => {
    for (let i = 2; i < args.length; i++) if (counted.add(args[i]!)) changed = true
  })
  if (!changed) return 0
  counted.forgetEstimate()
  store(db, key, found, counted)
  return 1
}

const pfcount: CommandHandler = ({ db }, args) => {
  if (args.length > 2) return estimateOf(intact(() => merged(db, args.slice(1)).all))
  const found = db.get(args[1]!, StringValue)
  if (found === undefined) return 0
  const counted = hyperLogLogOf(found)
  return counted.estimate ?? intact(() => counted.count())
}

const pfmerge: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const { all, dense } = intact(() => merged(db, args.slice(1)))
  const found = db.get(key, StringValue)
  const target = found === undefined ? HyperLogLog.empty() : hyperLogLogOf(found)
  if (dense) target.makeDense()
  for (let i = 0; i < all.length; i++) if (all[i]! > 0) target.raise(i, all[i]!)
  target.forgetEstimate()
  store(db, key, found, target)
  return ok
}

function merged(db: Database, keys: readonly string[]): { readonly all: Uint8Array; readonly dense: boolean } {
  const all = HyperLogLog.empty().toRegisters()
  let dense = false
  for (const key of keys) {
    const found = db.get(key, StringValue)
    if (found === undefined) continue
    const counted = hyperLogLogOf(found)
    dense ||= counted.isDense
    counted.mergeInto(all)
  }
  return { all, dense }
}

/** Working on the value's own bytes. */
function hyperLogLogOf(value: StringValue): HyperLogLog {
  const counted = HyperLogLog.of(Buffer.isBuffer(value.content) ? value.content : Buffer.from(value.text, 'latin1'))
  if (counted === undefined) throw new CommandError('WRONGTYPE Key is not a valid HyperLogLog string value.')
  // So that an estimate is kept even where nothing else changes.
  if (value.content !== counted.bytes) value.content = counted.bytes
  return counted
}

function store(db: Database, key: string, found: StringValue | undefined, counted: HyperLogLog): void {
  if (found === undefined) {
    db.put(key, new StringValue(counted.bytes))
    return
  }
  if (found.content !== counted.bytes) found.content = counted.bytes
  db.changed(key, found)
}

function intact<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof CorruptHyperLogLog) throw new CommandError('INVALIDOBJ Corrupted HLL object detected')
    throw error
  }
}

export const hyperLogLogCommands: readonly Command[] = [
  { name: 'pfadd', arity: -2, flags: ['write', 'denyoom', 'fast'], group, keys: [1, 1, 1], since: '2.8.9', summary: 'Adds the specified elements to the specified HyperLogLog.', run: pfadd },
  { name: 'pfcount', arity: -2, flags: ['readonly'], group, keys: [1, -1, 1], since: '2.8.9', summary: 'Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).', run: pfcount },
  { name: 'pfmerge', arity: -2, flags: ['write', 'denyoom'], group, keys: [1, -1, 1], since: '2.8.9', summary: 'Merge N different HyperLogLogs into a single one.', run: pfmerge },
]
