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
  ...same(reads | writes, 'bitfield', 'blmpop', 'blpop', 'brpop', 'bzmpop', 'bzpopmax', 'bzpopmin', 'decr', 'decrby', 'getdel', 'getex', 'getset', 'hincrby', 'hincrbyfloat', 'incr', 'incrby', 'incrbyfloat', 'lmpop', 'lpop', 'move', 'rpop', 'set', 'setbit', 'spop', 'zincrby', 'zmpop', 'zpopmax', 'zpopmin'),
  ...split(reads | writes, reads, 'pfmerge'),
  ...split(reads, writes, 'copy', 'sort'),
  ...split(reads | writes, writes, 'blmove', 'brpoplpush', 'lmove', 'rename', 'renamenx', 'rpoplpush', 'smove'),
  ...split(writes, reads, 'bitop', 'sdiffstore', 'sinterstore', 'sunionstore', 'zdiffstore', 'zinterstore', 'zrangestore', 'zunionstore'),
])

/** What calls with these arguments do, where arguments tell. */
const byArguments: ReadonlyMap<string, (args: readonly string[]) => number> = new Map([
  ['set', (args) => (args.some((arg, i) => i > 2 && arg.toLowerCase() === 'get') ? reads | writes : writes)],
  ['bitfield', (args) => (onlyGets(args) ? reads : reads | writes)],
])

/** The keys of a call, and what it does to each. */
export function keyAccesses(entry: Entry, args: readonly string[]): readonly KeyAccess[] {
  const { command, fullName } = entry
  if (command.keys === undefined && command.keysOf === undefined) return []
  const told = byArguments.get(fullName)?.(args)
  const [first, others] = told === undefined ? keyRights(entry) : [told, told]
  return keysOf(command, args).map((key, i) => ({ key, access: i === 0 ? first : others }))
}

/** What the command does to its keys, whatever its arguments. Neither written nor read: a script, which may do anything. */
export function keyRights({ command, fullName, write }: Entry): Rights {
  const usual = command.flags.includes('readonly') ? reads : write ? writes : reads | writes
  return exceptions.get(fullName) ?? [usual, usual]
}

function onlyGets(args: readonly string[]): boolean {
  let at = 2
  while (at < args.length) {
    const name = args[at]!.toLowerCase()
    const size = name === 'get' ? 3 : name === 'overflow' ? 2 : Infinity
    if (at + size > args.length) return false
    at += size
  }
  return true
}
