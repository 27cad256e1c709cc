import { mostStreamId } from '../../keyspace/stream-id.ts'
import type { StreamId } from '../../keyspace/stream-id.ts'
import { StreamValue } from '../../keyspace/stream-value.ts'
import { nullArray, PairedMapReply } from '../../resp/reply.ts'
import type { Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import { Wait } from '../command.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { millisecondsArgument } from '../timeout-argument.ts'
import { entryReply, rangeEnd, rangeStart, streamIdArgument } from './stream-arguments.ts'

/** How many entries a read that had to wait gets when it names no number. */
const countAfterWait = 1000

export const xlen: CommandHandler = ({ db }, args) => db.get(args[1]!, StreamValue)?.size ?? 0

/** XRANGE; backwards XREVRANGE, whose end comes first. */
export function range(backwards: boolean): CommandHandler {
  return ({ db }, args) => {
    const start = rangeStart(args[backwards ? 3 : 2]!)
    const end = rangeEnd(args[backwards ? 2 : 3]!)
    let limit = Infinity
    for (let i = 4; i < args.length; i += 2) {
      if (args[i]!.toLowerCase() !== 'count' || i + 1 === args.length) throw syntaxError()
      limit = Math.max(-1, integerArgument(args[i + 1]!))
      if (limit === -1) limit = 0
    }
    const stream = db.get(args[1]!, StreamValue)
    if (stream === undefined) return []
    return limit === 0 ? nullArray : stream.range(start, end, limit, backwards).map(entryReply)
  }
}

interface Position {
  readonly key: string
  /** Entries after it are wanted. */
  readonly after: StreamId
}

export const xread: CommandHandler = (context, args) => {
  const { count, blockMs, streams } = readOptions(args)
  const half = streams.length / 2
  const positions = streams.slice(0, half).map((key, i): Position => ({ key, after: after(context, key, streams[half + i]!) }))
  const read = readAfter(context, positions, count === 0 ? Infinity : count)
  if (read !== undefined) return read
  if (blockMs === undefined || !context.mayWait) return nullArray
  // A client that waited is told of one stream only.
  const attempt = (later: CommandContext): Reply | undefined => {
    for (const position of positions) {
      const found = later.db.peek(position.key) instanceof StreamValue ? readAfter(later, [position], count === 0 ? countAfterWait : count) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
  return new Wait({ keys: positions.map(({ key }) => key), timeoutMs: blockMs, attempt, timedOut: nullArray })
}

/** `$` is the newest entry there is now. */
function after({ db }: CommandContext, key: string, text: string): StreamId {
  const stream = db.get(key, StreamValue)
  if (text === '$') return stream?.lastId ?? 0n
  if (text === '>') throw new CommandError('ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.')
  return streamIdArgument(text)
}

/** The entries of each stream that has any; undefined when none has. */
function readAfter({ db }: CommandContext, positions: readonly Position[], limit: number): Reply | undefined {
  const found: Reply[] = []
  for (const { key, after } of positions) {
    const stream = db.get(key, StreamValue)
    if (stream === undefined || after === mostStreamId) continue
    const entries = stream.range(after + 1n, mostStreamId, limit)
    if (entries.length > 0) found.push(key, entries.map(entryReply))
  }
  return found.length === 0 ? undefined : new PairedMapReply(found)
}

interface ReadOptions {
  /** 0 for all. */
  readonly count: number
  readonly blockMs: number | undefined
  /** Keys, then as many ids. */
  readonly streams: readonly string[]
}

function readOptions(args: readonly string[]): ReadOptions {
  let count = 0
  let blockMs: number | undefined
  for (let i = 1; i + 1 < args.length; i += 2) {
    const value = args[i + 1]!
    switch (args[i]!.toLowerCase()) {
      case 'block':
        blockMs = millisecondsArgument(value)
        break
      case 'count':
        count = Math.max(0, integerArgument(value))
        break
      case 'streams': {
        const streams = args.slice(i + 1)
        if (streams.length % 2 === 1) throw new CommandError("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
        return { count, blockMs, streams }
      }
      case 'group':
        if (i + 2 >= args.length) throw syntaxError()
        throw new CommandError('ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.')
      case 'noack':
        throw new CommandError('ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.')
      default:
        throw syntaxError()
    }
  }
  throw syntaxError()
}
