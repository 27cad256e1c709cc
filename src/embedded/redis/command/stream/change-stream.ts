import { leastStreamId } from '../../keyspace/stream-id.ts'
import { StreamValue } from '../../keyspace/stream-value.ts'
import { ok } from '../../resp/reply.ts'
import { int64 } from '../arguments.ts'
import { CommandError, noSuchKey, notAnInteger, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { streamIdArgument } from './stream-arguments.ts'

export const xdel: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const stream = db.get(key, StreamValue)
  if (stream === undefined) return 0
  const ids = args.slice(2).map((text) => streamIdArgument(text))
  let deleted = 0
  for (const id of ids) if (stream.delete(id)) deleted++
  if (deleted > 0) db.changed(key, stream)
  return deleted
}

/** Sets what a stream remembers of the past: how a snapshot is brought back. */
export const xsetid: CommandHandler = ({ db }, args) => {
  const lastId = streamIdArgument(args[2]!)
  let added: bigint | undefined
  let maxDeletedId = leastStreamId
  for (let i = 3; i < args.length; i += 2) {
    const name = args[i]!.toLowerCase()
    const value = args[i + 1]
    if (value === undefined) throw syntaxError()
    if (name === 'entriesadded') {
      added = integerOf(value)
      if (added < 0n) throw new CommandError('ERR entries_added must be positive')
    } else if (name === 'maxdeletedid') {
      maxDeletedId = streamIdArgument(value)
      if (lastId < maxDeletedId) throw new CommandError('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id')
    } else {
      throw syntaxError()
    }
  }
  const key = args[1]!
  const stream = db.get(key, StreamValue)
  if (stream === undefined) throw noSuchKey()
  if (stream.size > 0) {
    if (lastId < stream.newestId) throw new CommandError('ERR The ID specified in XSETID is smaller than the target stream top item')
    if (added !== undefined && stream.size > added) throw new CommandError('ERR The entries_added specified in XSETID is smaller than the target stream length')
  }
  stream.lastId = lastId
  if (added !== undefined) stream.added = added
  if (maxDeletedId !== leastStreamId) stream.maxDeletedId = maxDeletedId
  db.changed(key, stream)
  return ok
}

function integerOf(text: string): bigint {
  const value = int64(text)
  if (value === undefined) throw notAnInteger()
  return BigInt(value)
}
