import type { Reply } from '../resp/reply.ts'
import { integerArgument } from './arguments.ts'
import { CommandError, syntaxError } from './command-error.ts'
import { matchesGlob } from './glob.ts'

export interface ScanOptions {
  /** Undefined for everything. */
  readonly pattern: string | undefined
  readonly count: number
}

/** What one call visits: places from the end towards 0, so what is there all the while is met whatever goes. */
export interface Slots<T> {
  readonly size: number
  atSlot(slot: number): T | undefined
}

/** As C's `strtoul` reads it; nothing at all is 0. */
const cursorText = /^(?:[+-]?\d+)?$/
const mostCursor = 2n ** 64n - 1n

/** The cursor of SCAN and its kin: 0 begins anew. */
export function cursorArgument(text: string): number {
  if (!cursorText.test(text)) throw invalidCursor()
  const value = BigInt(text)
  if (value > mostCursor || value < -mostCursor) throw invalidCursor()
  return Number(BigInt.asUintN(64, value))
}

/** MATCH and COUNT, from the argument at `from` on. */
export function scanOptions(args: readonly string[], from: number): ScanOptions {
  let pattern: string | undefined
  let count = 10
  for (let i = from; i < args.length; i += 2) {
    const value = args[i + 1]
    const name = args[i]!.toLowerCase()
    if (value === undefined) throw syntaxError()
    if (name === 'count') {
      count = integerArgument(value)
      if (count < 1) throw syntaxError()
    } else if (name === 'match') {
      pattern = value === '*' ? undefined : value
    } else {
      throw syntaxError()
    }
  }
  return { pattern, count }
}

/** The answer when there is nothing to visit. */
export const emptyScan: Reply = ['0', []]

/**
 * One call of SSCAN or ZSCAN: the next cursor and the elements met. What is `compact` comes whole, as
 * from Redis.
 */
export function scanSlots<T>(slots: Slots<T>, cursor: number, options: ScanOptions, compact: readonly T[] | undefined, nameOf: (element: T) => string, show: (element: T, into: string[]) => void): Reply {
  const found: string[] = []
  const visit = (element: T): void => {
    if (options.pattern === undefined || matchesGlob(options.pattern, nameOf(element))) show(element, found)
  }
  if (compact !== undefined) {
    for (const element of compact) visit(element)
    return ['0', found]
  }
  const from = cursor === 0 ? slots.size : Math.min(cursor, slots.size)
  const to = Math.max(0, from - options.count)
  for (let slot = from - 1; slot >= to; slot--) visit(slots.atSlot(slot)!)
  return [String(to), found]
}

function invalidCursor(): CommandError {
  return new CommandError('ERR invalid cursor')
}
