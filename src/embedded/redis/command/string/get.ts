import { StringValue } from '../../keyspace/string-value.ts'
import { ok, type Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { syntaxError, wrongArity } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { expiryForms, positiveExpiryArgument, type ExpiryForm } from '../expiry-argument.ts'

/** What GET answers of it. */
export function contentReply(value: StringValue | undefined): string | Buffer | null {
  if (value === undefined) return null
  const { content } = value
  return typeof content === 'number' ? String(content) : content
}

export const get: CommandHandler = ({ db }, args) => contentReply(db.get(args[1]!, StringValue))

export const getset: CommandHandler = (context, args) => {
  const { db } = context
  const reply = contentReply(db.get(args[1]!, StringValue))
  db.put(args[1]!, StringValue.of(args[2]!))
  return reply
}

export const getdel: CommandHandler = ({ db }, args) => {
  const reply = contentReply(db.get(args[1]!, StringValue))
  if (reply !== null) db.delete(args[1]!)
  return reply
}

export const getex: CommandHandler = (context, args) => {
  const { db, nowMs } = context
  const key = args[1]!
  let persist = false
  let expiry: { readonly form: ExpiryForm; readonly text: string; readonly name: string } | undefined
  for (let i = 2; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'persist') {
      if (expiry !== undefined) throw syntaxError()
      persist = true
      continue
    }
    const form = expiryForms(nowMs)[name]
    const text = args[++i]
    if (form === undefined || text === undefined || persist || (expiry?.name ?? name) !== name) throw syntaxError()
    expiry = { form, text, name }
  }
  const value = db.get(key, StringValue)
  if (value === undefined) return null
  const at = expiry === undefined ? undefined : positiveExpiryArgument(expiry.text, expiry.form, 'getex')
  const reply = contentReply(value)
  if (at !== undefined && at <= nowMs) {
    db.delete(key)
    context.logAs('DEL', key)
  } else if (at !== undefined) {
    db.setExpiry(key, value, at)
    context.logAs('PEXPIREAT', key, String(at))
  } else if (persist && value.expiresAtMs !== undefined) {
    db.setExpiry(key, value, undefined)
    context.logAs('PERSIST', key)
  }
  return reply
}

export const mget: CommandHandler = ({ db }, args) => {
  const replies: Reply[] = []
  for (let i = 1; i < args.length; i++) {
    const value = db.find(args[i]!)
    replies.push(value instanceof StringValue ? contentReply(value) : null)
  }
  return replies
}

/** MSET, MSETNX. */
export function mset(name: 'mset' | 'msetnx'): CommandHandler {
  return ({ db }, args) => {
    if (args.length % 2 === 0) throw wrongArity(name)
    if (name === 'msetnx') {
      for (let i = 1; i < args.length; i += 2) if (db.find(args[i]!) !== undefined) return 0
    }
    for (let i = 1; i < args.length; i += 2) db.put(args[i]!, StringValue.of(args[i + 1]!))
    return name === 'msetnx' ? 1 : ok
  }
}

export const strlen: CommandHandler = ({ db }, args) => db.get(args[1]!, StringValue)?.length ?? 0

/** GETRANGE, SUBSTR. */
export const getrange: CommandHandler = ({ db }, args) => {
  let start = integerArgument(args[2]!)
  let end = integerArgument(args[3]!)
  const value = db.get(args[1]!, StringValue)
  if (value === undefined || (start < 0 && end < 0 && start > end)) return ''
  const { length } = value
  if (start < 0) start = Math.max(0, length + start)
  if (end < 0) end = Math.max(0, length + end)
  const { content } = value
  if (start > end) return ''
  return Buffer.isBuffer(content) ? content.subarray(start, end + 1) : value.text.slice(start, end + 1)
}
