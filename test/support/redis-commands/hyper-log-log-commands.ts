import fc from 'fast-check'
import { command, element, keyOf, some } from './words.ts'

const key = keyOf('counted')
const damaged = fc.constantFrom('damaged1', 'damaged2')
const anything = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

export const hyperLogLogCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command('PFADD', key, some(anything, 30)) },
  command('PFADD', key, some(element)),
  command('PFADD', key),
  command('PFCOUNT', some(key)),
  command('PFMERGE', key, some(key)),
  command('GET', key),
  command('STRLEN', key),
  command('SETRANGE', key, fc.integer({ min: 0, max: 15 }).map(String), 'x'),
  // Where registers are damaged Redis keeps what it added before it came upon the damage; so one at a time.
  { weight: 2, arbitrary: command('PFADD', damaged, anything) },
  command('SETRANGE', damaged, fc.integer({ min: 16, max: 40 }).map(String), fc.constantFrom('x', '\0', '\x7f', '\x80')),
  command('PFCOUNT', some(damaged)),
  command('PFMERGE', key, damaged),
  command('GET', damaged),
  command('TYPE', key),
)
