import type { LoggedCommand } from '../engine/change-log.ts'
import type { Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Value } from '../keyspace/value.ts'

/** A database as it was: its keys, and what they held. */
interface Held {
  readonly database: number
  readonly keys: string[]
  readonly values: Value[]
  readonly expiries: (number | bigint | undefined)[]
}

/**
 * The commands that make the keyspace anew as it is at this moment, to be read bit by bit while it goes
 * on changing. A value that anybody is about to get, and so perhaps to change, is copied first, unless its
 * commands have been read already. One snapshot at a time; it must be read to its end, or ended.
 */
export function* snapshotCommands(keyspace: Keyspace): Generator<LoggedCommand> {
  const databases = keyspace.databases.filter(({ size }) => size > 0).map(hold)
  const copies = new Map<Value, Value>()
  let current: Value | undefined
  let rest: Iterator<readonly string[]> | undefined
  keyspace.beforeUse = (value) => {
    if (!value.held) return
    value.held = false
    if (value === current) rest = [...iterable(rest!)].values()
    else copies.set(value, value.copy())
  }
  try {
    for (const { database, keys, values, expiries } of databases) {
      for (const [i, key] of keys.entries()) {
        current = values[i]!
        rest = (copies.get(current) ?? current).rebuild(key)[Symbol.iterator]()
        for (let next = rest.next(); next.done !== true; next = rest.next()) yield { database, args: next.value }
        copies.delete(current)
        current.held = false
        current = undefined
        const expiry = expiries[i]
        if (expiry !== undefined) yield { database, args: ['PEXPIREAT', key, String(expiry)] }
      }
    }
  } finally {
    keyspace.beforeUse = undefined
  }
}

function hold(database: Database): Held {
  const keys: string[] = []
  const values: Value[] = []
  const expiries: (number | bigint | undefined)[] = []
  for (const [key, value] of database.entries()) {
    value.held = true
    keys.push(key)
    values.push(value)
    expiries.push(value.expiresAtMs)
  }
  return { database: database.index, keys, values, expiries }
}

function iterable<T>(iterator: Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: () => iterator }
}
