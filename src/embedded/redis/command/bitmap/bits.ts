import type { CommandContext } from '../command.ts'
import { int64, integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import { StringValue } from '../../keyspace/string-value.ts'

const ones = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)
const none = Buffer.alloc(0)

/** The bytes of a string key, to be read only; undefined when there is no such key. */
export function bytesOf({ db }: CommandContext, key: string): Buffer | undefined {
  const value = db.get(key, StringValue)
  if (value === undefined) return undefined
  return Buffer.isBuffer(value.content) ? value.content : value.length === 0 ? none : Buffer.from(value.text, 'latin1')
}

export function bitAt(bytes: Buffer, at: number): number {
  return ((bytes[Math.floor(at / 8)] ?? 0) >> (7 - (at % 8))) & 1
}

/** The place of a bit, counted from the most significant one of the first byte. */
export function bitOffsetArgument({ engine }: CommandContext, text: string): number {
  const offset = Number(int64(text) ?? -1)
  if (offset < 0 || Math.floor(offset / 8) >= engine.settings.get('proto-max-bulk-len')) throw new CommandError('ERR bit offset is not an integer or out of range')
  return offset
}

/** A part of a string in bits, both ends included; empty when `last` is below `first`. */
export interface BitRange {
  readonly first: number
  readonly last: number
}

/** `start end [BYTE|BIT]`, negative from the end. Without `end` to the end of the string. */
export function bitRange(bytes: Buffer, startText: string, endText: string | undefined, unitText: string | undefined): BitRange {
  const start = integerArgument(startText)
  const end = endText === undefined ? Infinity : integerArgument(endText)
  const unit = unitArgument(unitText)
  const size = (bytes.length * 8) / unit
  const from = Math.max(0, start < 0 ? size + start : start)
  const to = Math.min(size - 1, Math.max(0, end < 0 ? size + end : end))
  return { first: from * unit, last: (to + 1) * unit - 1 }
}

/** How many bits an index of a range counts for. */
export function unitArgument(unit: string | undefined): 1 | 8 {
  switch (unit?.toLowerCase()) {
    case 'bit':
      return 1
    case 'byte':
    case undefined:
      return 8
    default:
      throw syntaxError()
  }
}

/** How many bits of the range are set. */
export function countBits(bytes: Buffer, { first, last }: BitRange): number {
  let count = 0
  let at = first
  for (; at <= last && at % 8 !== 0; at++) count += bitAt(bytes, at)
  for (; at + 7 <= last; at += 8) count += ones[bytes[at / 8]!]!
  for (; at <= last; at++) count += bitAt(bytes, at)
  return count
}

/** The first such bit of the range, or -1. */
export function findBit(bytes: Buffer, bit: number, { first, last }: BitRange): number {
  const skipped = bit === 1 ? 0 : 0xff
  let at = first
  while (at <= last) {
    if (at % 8 === 0 && at + 7 <= last && bytes[at / 8] === skipped) at += 8
    else if (bitAt(bytes, at) === bit) return at
    else at++
  }
  return -1
}
