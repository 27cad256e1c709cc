import type { Database } from '../../keyspace/database.ts'
import { ok, Status, type Reply } from '../../resp/reply.ts'
import { cursorArgument, scanOptions } from '../collection-scan.ts'
import { CommandError, noSuchKey, syntaxError } from '../command-error.ts'
import type { CommandContext, CommandHandler } from '../command.ts'
import { matchesGlob } from '../glob.ts'
import { int32Argument } from '../int32-argument.ts'
import { randomIndex } from '../random-choice.ts'

/** DEL, UNLINK. */
export const del: CommandHandler = ({ db }, args) => {
  let deleted = 0
  for (let i = 1; i < args.length; i++) if (db.delete(args[i]!)) deleted++
  return deleted
}

export const exists: CommandHandler = ({ db }, args) => {
  let there = 0
  for (let i = 1; i < args.length; i++) if (db.peek(args[i]!) !== undefined) there++
  return there
}

export const touch: CommandHandler = ({ db }, args) => {
  let touched = 0
  for (let i = 1; i < args.length; i++) if (db.find(args[i]!) !== undefined) touched++
  return touched
}

export const type: CommandHandler = ({ db }, args) => new Status(db.peek(args[1]!)?.type ?? 'none')

export const keys: CommandHandler = ({ db }, args) => {
  const pattern = args[1]!
  const found: string[] = []
  for (const key of db.keys()) {
    if ((pattern === '*' || matchesGlob(pattern, key)) && db.peek(key) !== undefined) found.push(key)
  }
  return found
}

export const scan: CommandHandler = ({ db }, args) => {
  const cursor = cursorArgument(args[1]!)
  const { options, type } = scanArguments(args)
  const from = cursor === 0 ? db.size : Math.min(cursor, db.size)
  const to = Math.max(0, from - options.count)
  const found: string[] = []
  // From the end, so that a key that expires on the way moves none that is still to come.
  for (let slot = from - 1; slot >= to; slot--) {
    const key = db.atSlot(slot)
    if (key === undefined || (options.pattern !== undefined && !matchesGlob(options.pattern, key))) continue
    const value = db.peek(key)
    if (value !== undefined && (type === undefined || value.type === type)) found.push(key)
  }
  return [String(to), found]
}

/** SCAN takes a type besides what the other scans take. */
function scanArguments(args: readonly string[]): { readonly options: ReturnType<typeof scanOptions>; readonly type: string | undefined } {
  const rest: string[] = []
  let type: string | undefined
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1]
    if (value === undefined) throw syntaxError()
    if (args[i]!.toLowerCase() === 'type') type = value.toLowerCase()
    else rest.push(args[i]!, value)
  }
  return { options: scanOptions(rest, 0), type }
}

export const randomkey: CommandHandler = ({ db }) => {
  while (db.size > 0) {
    const key = db.atSlot(randomIndex(db.size))!
    if (db.peek(key) !== undefined) return key
  }
  return null
}

/** RENAME, RENAMENX. */
export function rename(onlyNew: boolean): CommandHandler {
  return ({ db }, args) => {
    const [, from, to] = args as readonly [string, string, string]
    const value = db.find(from)
    if (value === undefined) throw noSuchKey()
    if (from === to) return onlyNew ? 0 : ok
    if (onlyNew && db.find(to) !== undefined) return 0
    move(db, from, db, to)
    return onlyNew ? 1 : ok
  }
}

function move(source: Database, from: string, target: Database, to: string): void {
  const value = source.peek(from)!
  const { expiresAtMs } = value
  source.take(from, value)
  target.put(to, value)
  if (expiresAtMs !== undefined) target.setExpiry(to, value, expiresAtMs)
}

export const moveToDatabase: CommandHandler = (context, args) => {
  const { db } = context
  const key = args[1]!
  const target = databaseArgument(context, args[2]!)
  if (target === db) throw new CommandError('ERR source and destination objects are the same')
  if (db.find(key) === undefined || target.find(key) !== undefined) return 0
  move(db, key, target, key)
  return 1
}

export const copy: CommandHandler = (context, args) => {
  const { db } = context
  const [, from, to] = args as readonly [string, string, string]
  let target = db
  let replace = false
  for (let i = 3; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'replace') replace = true
    else if (name === 'db' && i + 1 < args.length) target = databaseArgument(context, args[++i]!)
    else throw syntaxError()
  }
  if (target === db && from === to) throw new CommandError('ERR source and destination objects are the same')
  const value = db.find(from)
  if (value === undefined || (target.find(to) !== undefined && !replace)) return 0
  const copied = value.copy()
  target.put(to, copied)
  if (value.expiresAtMs !== undefined) target.setExpiry(to, copied, value.expiresAtMs)
  return 1
}

export const swapdb: CommandHandler = (context, args) => {
  const first = int32Argument(args[1]!, 'ERR invalid first DB index')
  const second = int32Argument(args[2]!, 'ERR invalid second DB index')
  const [a, b] = [context.keyspace.databases[first], context.keyspace.databases[second]]
  if (a === undefined || b === undefined) throw new CommandError('ERR DB index is out of range')
  if (a !== b) a.swap(b)
  return ok
}

export function databaseArgument({ keyspace }: CommandContext, text: string): Database {
  const database = keyspace.databases[int32Argument(text)]
  if (database === undefined) throw new CommandError('ERR DB index is out of range')
  return database
}

export const dbsize: CommandHandler = ({ db }) => db.size

/** FLUSHDB, FLUSHALL. */
export function flush(databases: (context: CommandContext) => readonly Database[]): CommandHandler {
  return (context, args): Reply => {
    if (args.length > 2 || (args.length === 2 && !/^a?sync$/i.test(args[1]!))) throw syntaxError()
    for (const database of databases(context)) database.clear()
    return ok
  }
}
