import { StringValue } from '../../keyspace/string-value.ts'
import { ok, type Reply } from '../../resp/reply.ts'
import { syntaxError } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { expiryForms, positiveExpiryArgument, type ExpiryForm } from '../expiry-argument.ts'

interface SetOptions {
  condition?: 'nx' | 'xx'
  get?: boolean
  keepTtl?: boolean
  expiry?: { readonly form: ExpiryForm; readonly text: string }
}

export const set: CommandHandler = (context, args) => {
  const options: SetOptions = args.length === 3 ? {} : setOptions(args, context.nowMs)
  return store(context, 'set', args[1]!, args[2]!, options)
}

/** SETEX, PSETEX: the time stands before the value. */
export function setWithExpiry(name: 'setex' | 'psetex'): CommandHandler {
  const option = name === 'setex' ? 'ex' : 'px'
  return (context, args) => store(context, name, args[1]!, args[3]!, { expiry: { form: expiryForms(context.nowMs)[option]!, text: args[2]! } })
}

export const setnx: CommandHandler = ({ db }, args) => {
  if (db.find(args[1]!) !== undefined) return 0
  db.put(args[1]!, StringValue.of(args[2]!))
  return 1
}

function setOptions(args: readonly string[], nowMs: number): SetOptions {
  const options: SetOptions = {}
  let kind: string | undefined
  for (let i = 3; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'nx' || name === 'xx') {
      if (options.condition !== undefined && options.condition !== name) throw syntaxError()
      options.condition = name
    } else if (name === 'get') {
      options.get = true
    } else if (name === 'keepttl') {
      if (options.expiry !== undefined) throw syntaxError()
      options.keepTtl = true
    } else {
      const form = expiryForms(nowMs)[name]
      const text = args[++i]
      if (form === undefined || text === undefined || options.keepTtl === true || (kind ?? name) !== name) throw syntaxError()
      kind = name
      options.expiry = { form, text }
    }
  }
  return options
}

function store(context: CommandContext, command: string, key: string, text: string, { condition, get, keepTtl, expiry }: SetOptions): Reply {
  const { db } = context
  const expiresAt = expiry === undefined ? undefined : positiveExpiryArgument(expiry.text, expiry.form, command)
  const before = get === true ? db.get(key, StringValue) : undefined
  const answer = get === true ? before?.content ?? null : undefined
  const reply = typeof answer === 'number' ? String(answer) : answer
  if (condition !== undefined && (db.find(key) === undefined) !== (condition === 'nx')) return reply ?? null
  const kept = keepTtl === true ? db.peek(key)?.expiresAtMs : undefined
  const value = StringValue.of(text)
  db.put(key, value)
  if (expiresAt !== undefined) {
    db.setExpiry(key, value, expiresAt)
    context.logAs('SET', key, text, 'PXAT', String(expiresAt))
  } else if (kept !== undefined) {
    db.setExpiry(key, value, kept)
  }
  return reply === undefined ? ok : reply
}
