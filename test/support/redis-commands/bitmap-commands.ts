import fc from 'fast-check'
import { number } from './string-commands.ts'
import { command, element, index, keyOf, some } from './words.ts'

const key = fc.oneof({ weight: 10, arbitrary: keyOf('bits') }, fc.constantFrom('string1', 'hash1'))
const offset = fc.oneof({ weight: 10, arbitrary: fc.integer({ min: 0, max: 100 }).map(String) }, fc.constantFrom('-1', 'x', '4294967296', '9223372036854775807'))
const bit = fc.oneof({ weight: 10, arbitrary: fc.constantFrom('0', '1') }, fc.constantFrom('2', '-1', 'x'))
const place = fc.oneof({ weight: 3, arbitrary: index }, fc.integer({ min: -40, max: 40 }).map(String))
const unit = fc.constantFrom([], ['BIT'], ['byte'], ['x'])

export const bitmapCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command('SETBIT', key, offset, bit) },
  { weight: 2, arbitrary: command('SET', key, fc.oneof(element, number, fc.constantFrom('\u00ff\u00ff\u00ff', '\0\0\0', '\u00ff'))) },
  command('GETBIT', key, offset),
  command('BITCOUNT', key),
  { weight: 3, arbitrary: command('BITCOUNT', key, place, place, unit) },
  command('BITPOS', key, bit),
  command('BITPOS', key, bit, place),
  { weight: 3, arbitrary: command('BITPOS', key, bit, place, place, unit) },
  { weight: 2, arbitrary: command('BITOP', fc.constantFrom('AND', 'or', 'XOR', 'NOT', 'x'), key, some(key)) },
  command('GET', key),
  command('SETRANGE', key, fc.constantFrom('0', '3', '20'), element),
  command('APPEND', key, element),
  command('STRLEN', key),
  command('OBJECT', 'ENCODING', key),
)
