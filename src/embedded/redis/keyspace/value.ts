import { initialUses } from './use-count.ts'

/** Redis's names of the types, as TYPE answers them. */
export type TypeName = 'string' | 'hash' | 'list' | 'set' | 'zset' | 'stream'

/**
 * What a key holds. Each type has a class of its own (`hash-value.ts`, …) whose methods change it and keep
 * `bytes` up to date; the database looks at `bytes` and `empty` when it is told of the change.
 */
export abstract class Value {
  abstract readonly type: TypeName

  /** An estimate of the memory this takes, kept as it changes, never counted anew. */
  abstract readonly bytes: number

  /** A key never holds an empty list, set, sorted set or hash; it goes with its last element. */
  abstract readonly empty: boolean

  /** How Redis would hold a value of this size, as OBJECT ENCODING answers. */
  abstract readonly encoding: string

  /** A copy that shares nothing that changes. Without expiry. */
  abstract copy(): Value

  /** The commands that make this value at `key` anew, without expiry; each of bounded size. For the snapshot. */
  abstract rebuild(key: string): Iterable<readonly string[]>

  /** When the key expires, in ms since 1970; a bigint beyond 2^53. Only the database sets it. */
  expiresAtMs: number | bigint | undefined = undefined
  /** What the database has counted for it. Only the database uses it. */
  countedBytes = 0
  /** The key's place in the database's list of keys. Only the database uses it. */
  slot = -1
  /** A snapshot that is being read still needs it as it is. Only the snapshot sets it. */
  held = false
  /** Of the keyspace's clock when the key was last used, in s since the server's start. Only the database sets it. */
  usedAtS = 0
  /** How often it is used, see `use-count.ts`. Only the database sets it. */
  uses = initialUses
}
