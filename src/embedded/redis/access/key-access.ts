import { keysOf } from '../command/command-keys.ts'
import type { Entry } from '../command/command-table.ts'

/** What is done to a key's value: bits. 0: nothing is told of it but, say, its type or size. */
export const reads = 1
export const writes = 2

export interface KeyAccess {
  readonly key: string
  readonly access: number
}

type Rights = readonly [first: number, others: number]

function same(access: number, ...names: readonly string[]): readonly (readonly [string, Rights])[] {
  return names.map((name) => [name, [access, access]])
}

function split(first: number, others: number, ...names: readonly string[]): readonly (readonly [string, Rights])[] {
  return names.map((name) => [name, [first, others]])
}

/** By the key specifications of Redis 7.0, where the flags `write` and `readonly` do not tell. */
const exceptions: ReadonlyMap<string, Rights> = new Map([
  ...same(0, 'exists', 'hexists', 'hlen', 'hstrlen', 'llen', 'memory|usage', 'object|encoding', 'object|freq', 'object|idletime', 'object|refcount', 'scard', 'sismember', 'strlen', 'touch', 'type', 'watch', 'xlen', 'zcard'),
  ...same(reads | writes, 'blmpop', 'blpop', 'brpop', 'bzmpop', 'bzpopmax', 'bzpopmin', 'decr', 'decrby', 'getdel', 'getex', 'getset', 'hincrby', 'hincrbyfloat', 'incr', 'incrby', 'incrbyfloat', 'lmpop', 'lpop', 'move', 'rpop', 'spop', 'zincrby', 'zmpop', 'zpopmax', 'zpopmin'),
  ...split(reads | writes, reads, 'pfmerge'),
  ...split(reads, writes, 'copy'),
  ...split(reads | writes, writes, 'blmove', 'brpoplpush', 'lmove', 'rename', 'renamenx', 'rpoplpush', 'smove'),
  ...split(writes, reads, 'sdiffstore', 'sinterstore', 'sunionstore', 'zdiffstore', 'zinterstore', 'zrangestore', 'zunionstore'),
])

/** The keys of a call, and what it does to each. */
export function keyAccesses({ command, fullName, write }: Entry, args: readonly string[]): readonly KeyAccess[] {
  if (command.keys === undefined && command.keysOf === undefined) return []
  const [first, others] = exceptions.get(fullName) ?? usual(fullName, write, command.flags.includes('readonly'), args)
  return keysOf(command, args).map((key, i) => ({ key, access: i === 0 ? first : others }))
}

/** Neither one nor the other flag: a script, which may do anything to its keys. */
function usual(fullName: string, write: boolean, readOnly: boolean, args: readonly string[]): Rights {
  if (readOnly) return [reads, reads]
  const alsoReads = !write || (fullName === 'set' && args.some((arg, i) => i > 2 && arg.toLowerCase() === 'get'))
  return alsoReads ? [reads | writes, reads | writes] : [writes, writes]
}
