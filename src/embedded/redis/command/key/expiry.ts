import { CommandError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { expiryArgument } from '../expiry-argument.ts'

interface Conditions {
  readonly nx: boolean
  readonly xx: boolean
  readonly gt: boolean
  readonly lt: boolean
}

/** EXPIRE and its kin: in seconds or milliseconds, from now or from 1970. */
export function expire(name: string, unit: 1 | 1000, fromNow: boolean): CommandHandler {
  return (context, args) => {
    const { db, nowMs } = context
    const key = args[1]!
    const conditions = expiryConditions(args)
    const at = expiryArgument(args[2]!, { unit, fromMs: fromNow ? nowMs : 0 }, name)
    const value = db.find(key)
    if (value === undefined || !allowed(conditions, value.expiresAtMs, at)) return 0
    if (at <= nowMs) {
      db.delete(key)
      context.logAs('DEL', key)
    } else {
      db.setExpiry(key, value, at)
      context.logAs('PEXPIREAT', key, String(at))
    }
    return 1
  }
}

function allowed({ nx, xx, gt, lt }: Conditions, before: number | bigint | undefined, at: number | bigint): boolean {
  if (before === undefined) return !xx && !gt
  return !nx && !(gt && at <= before) && !(lt && at >= before)
}

function expiryConditions(args: readonly string[]): Conditions {
  const names = args.slice(3).map((name) => name.toLowerCase())
  const unknown = names.findIndex((name) => !['nx', 'xx', 'gt', 'lt'].includes(name))
  if (unknown >= 0) throw new CommandError(`ERR Unsupported option ${args[3 + unknown]!}`)
  const [nx, xx, gt, lt] = ['nx', 'xx', 'gt', 'lt'].map((name) => names.includes(name)) as [boolean, boolean, boolean, boolean]
  if (nx && (xx || gt || lt)) throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible')
  if (gt && lt) throw new CommandError('ERR GT and LT options at the same time are not compatible')
  return { nx, xx, gt, lt }
}

const noKey = -2
const noExpiry = -1

/** TTL and EXPIRETIME, in seconds or milliseconds. */
export function expiryOf(unit: 1 | 1000, fromNow: boolean): CommandHandler {
  return ({ db, nowMs }, args) => {
    const value = db.peek(args[1]!)
    if (value === undefined) return noKey
    const at = value.expiresAtMs
    if (at === undefined) return noExpiry
    if (typeof at === 'number') {
      const ms = fromNow ? at - nowMs : at
      return unit === 1 ? ms : Math.floor((ms + 500) / 1000)
    }
    const ms = fromNow ? at - BigInt(nowMs) : at
    return unit === 1 ? ms : (ms + 500n) / 1000n
  }
}

export const persist: CommandHandler = ({ db }, args) => {
  const value = db.find(args[1]!)
  if (value?.expiresAtMs === undefined) return 0
  db.setExpiry(args[1]!, value, undefined)
  return 1
}
