import { StringValue } from '../../keyspace/string-value.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { Command, CommandHandler } from '../command.ts'
import { bitAt, bitOffsetArgument, bitRange, bytesOf, countBits, findBit, unitArgument } from './bits.ts'

const getbit: CommandHandler = (context, args) => {
  const offset = bitOffsetArgument(context, args[2]!)
  const bytes = bytesOf(context, args[1]!)
  return bytes === undefined ? 0 : bitAt(bytes, offset)
}

const setbit: CommandHandler = (context, args) => {
  const { db } = context
  const key = args[1]!
  const offset = bitOffsetArgument(context, args[2]!)
  const bit = integerArgument(args[3]!, 'ERR bit is not an integer or out of range')
  if (bit !== 0 && bit !== 1) throw new CommandError('ERR bit is not an integer or out of range')
  const found = db.get(key, StringValue)
  const value = found ?? new StringValue('')
  const at = Math.floor(offset / 8)
  const grows = value.length <= at
  const bytes = value.editable(at + 1)
  const before = bitAt(bytes, offset)
  const mask = 1 << (7 - (offset % 8))
  bytes[at] = bit === 1 ? bytes[at]! | mask : bytes[at]! & ~mask
  if (found === undefined) db.put(key, value)
  else if (grows || before !== bit) db.changed(key, value)
  return before
}

const bitcount: CommandHandler = (context, args) => {
  const bytes = bytesOf(context, args[1]!)
  if (bytes === undefined) return 0
  if (args.length === 2) return countBits(bytes, { first: 0, last: bytes.length * 8 - 1 })
  if (args.length !== 4 && args.length !== 5) throw syntaxError()
  const [start, end] = [integerArgument(args[2]!), integerArgument(args[3]!)]
  if (start < 0 && end < 0 && start > end) return 0
  return countBits(bytes, bitRange(bytes, args[2]!, args[3], args[4]))
}

const bitpos: CommandHandler = (context, args) => {
  const bit = integerArgument(args[2]!)
  if (bit !== 0 && bit !== 1) throw new CommandError('ERR The bit argument must be 1 or 0.')
  const bytes = bytesOf(context, args[1]!)
  if (bytes === undefined) return bit === 1 ? -1 : 0
  if (args.length > 6) throw syntaxError()
  integerArgument(args[3] ?? '0')
  unitArgument(args[5])
  const range = bitRange(bytes, args[3] ?? '0', args[4], args[5])
  if (range.first > range.last) return -1
  const found = findBit(bytes, bit, range)
  // Behind a string whose end was not given there are zeros without end.
  return found === -1 && bit === 0 && args.length < 5 ? range.last + 1 : found
}

type Operation = (a: number, b: number) => number
const operations: Readonly<Record<string, Operation>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => ~a,
}

const bitop: CommandHandler = (context, args) => {
  const { db } = context
  const name = args[1]!.toLowerCase()
  const operation = operations[name]
  if (operation === undefined) throw syntaxError()
  if (name === 'not' && args.length !== 4) throw new CommandError('ERR BITOP NOT must be called with a single source key.')
  const target = args[2]!
  const sources = args.slice(3).map((key) => bytesOf(context, key) ?? Buffer.alloc(0))
  const length = Math.max(...sources.map((source) => source.length))
  if (length === 0) {
    db.delete(target)
    return 0
  }
  const result = Buffer.alloc(length)
  const [first, ...rest] = sources as [Buffer, ...Buffer[]]
  for (let i = 0; i < length; i++) {
    const byte = first[i] ?? 0
    result[i] = name === 'not' ? operation(byte, 0) : rest.reduce((sum, source) => operation(sum, source[i] ?? 0), byte)
  }
  db.put(target, new StringValue(result))
  return length
}

const group = 'bitmap'

export const bitmapCommands: readonly Command[] = [
  { name: 'bitcount', arity: -2, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.6.0', summary: 'How many bits are set', run: bitcount },
  { name: 'bitop', arity: -4, flags: ['write', 'denyoom'], group, keys: [2, -1, 1], since: '2.6.0', summary: 'Combine strings bit by bit', run: bitop },
  { name: 'bitpos', arity: -3, flags: ['readonly'], group, keys: [1, 1, 1], since: '2.8.7', summary: 'The first bit that is set, or is not', run: bitpos },
  { name: 'getbit', arity: 3, flags: ['readonly', 'fast'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'One bit of a string', run: getbit },
  { name: 'setbit', arity: 4, flags: ['write', 'denyoom'], group, keys: [1, 1, 1], since: '2.2.0', summary: 'Set or clear one bit of a string', run: setbit },
]
