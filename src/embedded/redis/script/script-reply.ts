import type { ReplyErrorMeta, ReplyValue } from 'lua-redis-wasm'
import { CommandError } from '../command/command-error.ts'
import { doubleText } from '../resp/double-text.ts'
import {
  BigNumberReply, DoubleReply, MapReply, noReply, nullArray, PairedMapReply, pairsOf, PairsReply, PushReply, SetReply, SeveralReplies, Status, VerbatimReply, type Reply,
} from '../resp/reply.ts'
import type { Protocol } from '../resp/reply-writer.ts'

/** A command's answer as a script sees it: in RESP2, unless it has asked for RESP3. */
export function toLua(reply: Reply, protocol: Protocol): ReplyValue {
  const resp3 = protocol === 3
  if (typeof reply === 'number' || typeof reply === 'bigint' || reply === null) return reply
  if (typeof reply === 'string') return Buffer.from(reply, 'latin1')
  if (Buffer.isBuffer(reply)) return reply
  if (typeof reply === 'boolean') return resp3 ? reply : Number(reply)
  if (reply === nullArray || reply === noReply) return null
  if (reply instanceof Status) return { ok: Buffer.from(reply.text, 'latin1') }
  if (reply instanceof CommandError) return { err: Buffer.from(reply.message, 'latin1') }
  const items = (replies: readonly Reply[]): ReplyValue[] => replies.map((item) => toLua(item, protocol))
  if (reply instanceof MapReply) return resp3 ? { map: pairsOf(reply.flat).map(([key, value]) => [toLua(key!, 3), toLua(value!, 3)]) } : items(reply.flat)
  if (reply instanceof PairedMapReply) return resp3 ? { map: pairsOf(reply.flat).map(([key, value]) => [toLua(key!, 3), toLua(value!, 3)]) } : items(pairsOf(reply.flat))
  if (reply instanceof PairsReply) return items(resp3 ? pairsOf(reply.flat) : reply.flat)
  if (reply instanceof SetReply) return resp3 ? { set: items(reply.items) } : items(reply.items)
  if (reply instanceof DoubleReply) return resp3 ? { double: reply.value } : Buffer.from(doubleText(reply.value))
  if (reply instanceof BigNumberReply) return resp3 ? { big_number: Buffer.from(reply.digits) } : Buffer.from(reply.digits)
  if (reply instanceof VerbatimReply) {
    const string = Buffer.from(reply.text, 'latin1')
    return resp3 ? { verbatim_string: { format: Buffer.from(reply.format), string } } : string
  }
  if (reply instanceof PushReply) return items(reply.items)
  if (reply instanceof SeveralReplies) return items(reply.replies)
  return items(reply)
}

/**
 * What a script has returned, as an answer. Booleans are such only where the script has chosen RESP3.
 * `failed` makes the error of a script that ended with one.
 */
export function fromLua(value: ReplyValue, protocol: Protocol, failed: (message: string, meta: ReplyErrorMeta) => CommandError): Reply {
  if (typeof value === 'boolean' && protocol === 2) return value ? 1 : null
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  const items = (values: readonly ReplyValue[]): Reply[] => values.map((item) => fromLua(item, protocol, failed))
  if (Array.isArray(value)) return items(value)
  if ('ok' in value) return new Status(value.ok.toString('latin1'))
  if ('err' in value) {
    const message = value.err.toString('latin1')
    const coded = value.code === undefined ? message : `${value.code.toString('latin1')} ${message}`
    return value.meta === undefined ? new CommandError(coded) : failed(coded, value.meta)
  }
  if ('double' in value) return new DoubleReply(value.double)
  if ('big_number' in value) return new BigNumberReply(value.big_number.toString('latin1'))
  if ('verbatim_string' in value) return new VerbatimReply(value.verbatim_string.string.toString('latin1'), value.verbatim_string.format.toString('latin1'))
  if ('map' in value) return new MapReply(items(value.map.flat()))
  return new SetReply(items(value.set))
}
