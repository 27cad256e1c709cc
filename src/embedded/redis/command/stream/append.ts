import { formatStreamId, leastStreamId, mostStreamId, msOf, streamId } from '../../keyspace/stream-id.ts'
import type { StreamId } from '../../keyspace/stream-id.ts'
import { StreamValue } from '../../keyspace/stream-value.ts'
import { CommandError, wrongArity } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { addArguments, trimArguments } from './trim-arguments.ts'
import type { Trim, WantedId } from './trim-arguments.ts'

/** Appends an entry, then trims; answers the entry's id. */
export const xadd: CommandHandler = (context, args) => {
  const { db, nowMs } = context
  const { trim, create, wanted, idAt } = addArguments(args)
  const pairs = args.slice(idAt + 1)
  if (pairs.length < 2 || pairs.length % 2 === 1) throw wrongArity('xadd')
  if (wanted !== undefined && 'id' in wanted && wanted.id === leastStreamId) throw new CommandError('ERR The ID specified in XADD must be greater than 0-0')
  const key = args[1]!
  const found = db.get(key, StreamValue)
  if (found === undefined && !create) return null
  const id = nextId(wanted, found?.lastId ?? leastStreamId, nowMs)
  const stream = found ?? db.getOrAdd(key, StreamValue)
  stream.append(id, pairs)
  if (trim !== undefined) applyTrim(stream, trim)
  db.changed(key, stream)
  const shown = formatStreamId(id)
  context.logAs('XADD', key, ...(trim === undefined ? [] : trimDone(stream, trim)), shown, ...pairs)
  return shown
}

export const xtrim: CommandHandler = (context, args) => {
  const trim = trimArguments(args)
  const { db } = context
  const key = args[1]!
  const stream = db.get(key, StreamValue)
  if (stream === undefined) return 0
  const removed = applyTrim(stream, trim)
  if (removed === 0) return 0
  db.changed(key, stream)
  context.logAs('XTRIM', key, ...trimDone(stream, trim))
  return removed
}

function nextId(wanted: WantedId, lastId: StreamId, nowMs: number): StreamId {
  if (lastId === mostStreamId) throw new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items')
  const id = chosenId(wanted, lastId, nowMs)
  if (id <= lastId) throw new CommandError('ERR The ID specified in XADD is equal or smaller than the target stream top item')
  return id
}

function chosenId(wanted: WantedId, lastId: StreamId, nowMs: number): StreamId {
  if (wanted !== undefined && 'id' in wanted) return wanted.id
  const next = lastId + 1n
  if (wanted === undefined) return BigInt(nowMs) > msOf(lastId) ? streamId(BigInt(nowMs), 0n) : next
  if (wanted.ms !== msOf(lastId)) return streamId(wanted.ms, 0n)
  if (msOf(next) !== wanted.ms) throw new CommandError('ERR Elements are too large to be stored')
  return next
}

function applyTrim(stream: StreamValue, { trim, inexact, limit }: Trim): number {
  return stream.trim(trim, inexact, limit)
}

/** The trim as it came out, exact: how much an inexact one removes depends on how the blocks lie. */
function trimDone(stream: StreamValue, { trim, inexact }: Trim): string[] {
  if ('keep' in trim) return ['MAXLEN', '=', String(stream.size)]
  if (!inexact) return ['MINID', '=', formatStreamId(trim.from)]
  return ['MINID', '=', formatStreamId(stream.size === 0 ? mostStreamId : stream.firstId)]
}
