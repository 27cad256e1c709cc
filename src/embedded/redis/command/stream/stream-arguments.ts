import { formatStreamId, leastStreamId, mostStreamId, parseStreamId } from '../../keyspace/stream-id.ts'
import type { StreamId } from '../../keyspace/stream-id.ts'
import type { StreamEntry } from '../../keyspace/stream-value.ts'
import type { Reply } from '../../resp/reply.ts'
import { CommandError } from '../command-error.ts'

export const mostSequence = 2n ** 64n - 1n

export function invalidStreamId(): CommandError {
  return new CommandError('ERR Invalid stream ID specified as stream command argument')
}

/** An id written out; its sequence may be missing. */
export function streamIdArgument(text: string, missingSequence = 0n): StreamId {
  const id = parseStreamId(text, missingSequence)
  if (id === undefined) throw invalidStreamId()
  return id
}

/** Where a range starts: an id, `-`, `+`, or `(` and an id, which is then left out. */
export function rangeStart(text: string): StreamId {
  if (!isExclusive(text)) return edge(text, 0n)
  const id = streamIdArgument(text.slice(1))
  if (id === mostStreamId) throw new CommandError('ERR invalid start ID for the interval')
  return id + 1n
}

export function rangeEnd(text: string): StreamId {
  if (!isExclusive(text)) return edge(text, mostSequence)
  const id = streamIdArgument(text.slice(1), mostSequence)
  if (id === leastStreamId) throw new CommandError('ERR invalid end ID for the interval')
  return id - 1n
}

export function entryReply({ id, pairs }: StreamEntry): Reply {
  return [formatStreamId(id), pairs]
}

function isExclusive(text: string): boolean {
  return text.length > 1 && text.startsWith('(')
}

function edge(text: string, missingSequence: bigint): StreamId {
  return text === '-' ? leastStreamId : text === '+' ? mostStreamId : streamIdArgument(text, missingSequence)
}
