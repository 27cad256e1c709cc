import { HashValue, type HashContent } from '../../keyspace/hash-value.ts'
import { MapReply, ok, type Reply } from '../../resp/reply.ts'
import { wrongArity } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'

/** What a field's content answers. */
function contentReply(content: HashContent | undefined): string | null {
  return content === undefined ? null : typeof content === 'number' ? String(content) : content
}

/** HSET, HMSET. */
export function hset(name: 'hset' | 'hmset'): CommandHandler {
  return ({ db }, args) => {
    if (args.length % 2 !== 0) throw wrongArity(name)
    const key = args[1]!
    const hash = db.getOrAdd(key, HashValue)
    let added = 0
    for (let i = 2; i < args.length; i += 2) if (hash.set(args[i]!, args[i + 1]!)) added++
    db.changed(key, hash)
    return name === 'hmset' ? ok : added
  }
}

export const hsetnx: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  if (db.get(key, HashValue)?.has(args[2]!) === true) return 0
  const hash = db.getOrAdd(key, HashValue)
  hash.set(args[2]!, args[3]!)
  db.changed(key, hash)
  return 1
}

export const hget: CommandHandler = ({ db }, args) => contentReply(db.get(args[1]!, HashValue)?.get(args[2]!))

export const hmget: CommandHandler = ({ db }, args) => {
  const hash = db.get(args[1]!, HashValue)
  const replies: Reply[] = []
  for (let i = 2; i < args.length; i++) replies.push(contentReply(hash?.get(args[i]!)))
  return replies
}

export const hdel: CommandHandler = ({ db }, args) => {
  const key = args[1]!
  const hash = db.get(key, HashValue)
  if (hash === undefined) return 0
  let deleted = 0
  for (let i = 2; i < args.length; i++) if (hash.delete(args[i]!)) deleted++
  if (deleted > 0) db.changed(key, hash)
  return deleted
}

export const hlen: CommandHandler = ({ db }, args) => db.get(args[1]!, HashValue)?.size ?? 0

export const hstrlen: CommandHandler = ({ db }, args) => contentReply(db.get(args[1]!, HashValue)?.get(args[2]!))?.length ?? 0

export const hexists: CommandHandler = ({ db }, args) => (db.get(args[1]!, HashValue)?.has(args[2]!) === true ? 1 : 0)

export const hkeys: CommandHandler = ({ db }, args) => Array.from(db.get(args[1]!, HashValue)?.entries() ?? [], ({ field }) => field)

export const hvals: CommandHandler = ({ db }, args) => Array.from(db.get(args[1]!, HashValue)?.entries() ?? [], ({ content }) => contentReply(content))

export const hgetall: CommandHandler = ({ db }, args) => {
  const flat: Reply[] = []
  for (const { field, content } of db.get(args[1]!, HashValue)?.entries() ?? []) flat.push(field, contentReply(content))
  return new MapReply(flat)
}
